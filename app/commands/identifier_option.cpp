#include "app/commands/identifier_option.hpp"

#include "app/input/identifier.hpp"
#include "app/usage_error.hpp"
#include "model/workflow/ascii_text.hpp"

#include <map>

namespace lockstep {

void add_identifier_type(CLI::App& command, identifier_type& type) {
  static const std::map<std::string, identifier_type> types{{"binary", identifier_type::binary},
                                                            {"integer", identifier_type::integer},
                                                            {"atom", identifier_type::atom},
                                                            {"term", identifier_type::term}};
  command
      .add_option_function<std::string>(
          "--as", [&type](const std::string& typed) { type = types.at(typed); },
          "What identifiers are: binary, integer, atom, or term for Erlang text")
      ->transform(CLI::Validator(
          [](std::string& typed) {
            typed = lower(typed);
            return std::string{};
          },
          ""))
      ->check(one_of({"binary", "integer", "atom", "term"}))
      ->default_str("binary")
      ->type_name("TYPE");
}

result<term> typed_identifier(const std::string& text, identifier_type type) {
  auto identifier = parse_identifier(text, type);
  if (!identifier)
    return fail(ec::invalid_configuration,
                "identifier \"" + text + "\": " + identifier.error().message);
  return identifier;
}

} // namespace lockstep
