#include "app/input/identifier.hpp"

#include "app/input/quoted.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/specification.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace lockstep {

namespace {

result<term> parse_integer(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
    return fail(ec::invalid_input, "the identifier " + quoted(text)
                                       + " is no integer, as identifier-as = \"integer\" demands");
  return parse_term(text);
}

result<term> parse_atom(std::string_view text) {
  if (auto checked = check_name("identifier", text); !checked)
    return tl::unexpected(std::move(checked.error()));
  return term{atom{std::string{text}}};
}

} // namespace

result<term> parse_identifier(std::string_view text, identifier_type type) {
  if (text.empty())
    return fail(ec::invalid_input, "the identifier is empty");
  switch (type) {
  case identifier_type::integer:
    return parse_integer(text);
  case identifier_type::atom:
    return parse_atom(text);
  case identifier_type::term:
    return parse_term(text);
  case identifier_type::binary:
    break;
  }
  return term{text};
}

} // namespace lockstep
