#include "app/input/term_option.hpp"

#include "app/input/quoted.hpp"
#include "model/term/term_text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace lockstep {

namespace {

/// Are texts of this section Erlang terms?
bool is_erlang(section_reader& section) {
  auto as = section.text("as").value_or("binary");
  if (as != "binary" && as != "term")
    section.refuse("as", quoted(as) + " is none of \"binary\", \"term\"");
  return as == "term";
}

result<binary_list> not_empty(binary_list key) {
  if (key.parts.empty())
    return fail(ec::invalid_argument,
                "[] is no key: it has no parts; write a/b for [\"a\", \"b\"]");
  return key;
}

} // namespace

term read_term(section_reader& section, std::string_view name) {
  if (auto number = section.is_integer(name) ? section.integer(name) : std::nullopt)
    return *number;
  auto written = section.text(name).value_or("");
  if (!is_erlang(section))
    return term{written};
  auto parsed = parse_term(written);
  if (!parsed)
    section.refuse(name, parsed.error().message);
  return parsed.value_or(term{});
}

binary_list read_key(section_reader& section, std::string_view name) {
  const auto read = [&]() -> result<binary_list> {
    if (!section.is_list(name))
      return parse_key(section.text(name).value_or(""), is_erlang(section));
    auto parts = section.text_list(name);
    if (!parts) // a problem already
      return binary_list{};
    if (std::ranges::find(*parts, std::string{}) != parts->end())
      return fail(ec::invalid_argument,
                  "a part of the key is empty; if that is what you mean, write "
                  "an Erlang term");
    return not_empty({std::move(*parts)});
  };
  auto key = read();
  if (!key)
    section.refuse(name, key.error().message);
  return key.value_or(binary_list{});
}

result<binary_list> parse_key(std::string_view text, bool is_term) {
  if (is_term)
    return parse_term(text).and_then(to_binary_list).and_then(not_empty);
  binary_list key;
  for (auto rest = text;;) {
    const auto slash = std::min(rest.find('/'), rest.size());
    if (slash == 0)
      return fail(ec::invalid_argument,
                  quoted(text)
                      + " is no key: a part of it is empty; write a/b for [\"a\", \"b\"], "
                        "or an Erlang term");
    key.parts.emplace_back(rest.substr(0, slash));
    if (slash == rest.size())
      return key;
    rest.remove_prefix(slash + 1);
  }
}

} // namespace lockstep
