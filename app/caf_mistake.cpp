#include "app/caf_mistake.hpp"

#include "model/in_quotes.hpp"

#include <caf/message.hpp>
#include <caf/pec.hpp>
#include <caf/type_id.hpp>

#include <cstdint>

namespace lockstep {

namespace {

std::string describe(caf::pec code) {
  switch (code) {
  case caf::pec::unexpected_eof:
    return "the file ends within a section, list or text";
  case caf::pec::unexpected_character:
    return "unexpected character; texts need quotes";
  case caf::pec::trailing_character:
    return "unexpected character after the end";
  case caf::pec::unexpected_newline:
    return "a value or a closing quote is missing";
  case caf::pec::invalid_escape_sequence:
    return "unknown character after a backslash";
  case caf::pec::integer_overflow:
  case caf::pec::exponent_overflow:
    return "the number is too large";
  case caf::pec::integer_underflow:
  case caf::pec::exponent_underflow:
    return "the number is too small";
  case caf::pec::nested_too_deeply:
    return "nested too deeply";
  case caf::pec::not_an_option:
    return "it is no option of CAF";
  case caf::pec::invalid_argument:
    return "this option of CAF cannot have this value";
  case caf::pec::missing_argument:
    return "this option of CAF needs a value";
  default:
    return to_string(code);
  }
}

/// CAF counts the end of a line as the first column of the next one.
std::string place(std::int32_t line, std::int32_t column) {
  if (line == 1)
    return "line 1, column " + std::to_string(column);
  if (column == 1)
    return "line " + std::to_string(line - 1) + ", at its end";
  return "line " + std::to_string(line) + ", column " + std::to_string(column - 1);
}

} // namespace

std::string describe_caf_mistake(const caf::error& reason) {
  if (reason.category() != caf::type_id_v<caf::pec>)
    return caf::to_string(reason);
  auto code = static_cast<caf::pec>(reason.code());
  auto context = reason.context();
  if (context.size() >= 2 && context.match_element<std::int32_t>(0)
      && context.match_element<std::int32_t>(1))
    return place(context.get_as<std::int32_t>(0), context.get_as<std::int32_t>(1)) + ": "
           + describe(code);
  if (context.size() >= 1 && context.match_element<std::string>(0))
    return in_quotes(context.get_as<std::string>(0)) + ": " + describe(code);
  return describe(code);
}

} // namespace lockstep
