#include "model/workflow/mermaid_entities.hpp"

#include "model/in_quotes.hpp"
#include "model/term/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace lockstep {

namespace {

struct named_entity {
  std::string_view name;
  char32_t code_point;
};

constexpr std::array named_entities{
    named_entity{"quot", U'"'}, named_entity{"amp", U'&'},   named_entity{"lt", U'<'},
    named_entity{"gt", U'>'},   named_entity{"apos", U'\''}, named_entity{"nbsp", U'\u00A0'},
    named_entity{"num", U'#'},  named_entity{"colon", U':'}, named_entity{"semi", U';'},
};

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// What is between the number sign that `text` begins with and its semicolon; empty if this is no
/// entity.
std::string_view entity_at(std::string_view text) {
  const auto end =
      std::ranges::find_if_not(text.substr(1), is_word_character) - text.substr(1).begin();
  const auto after = static_cast<std::size_t>(end) + 1;
  return after < text.size() && text[after] == ';' ? text.substr(1, after - 1) : "";
}

std::optional<char32_t> code_point_of(std::string_view entity) {
  const auto named = std::ranges::find(named_entities, entity, &named_entity::name);
  if (named != named_entities.end())
    return named->code_point;
  std::uint32_t number = 0;
  const char* const end = entity.data() + entity.size();
  const auto [rest, error] = std::from_chars(entity.data(), end, number);
  if (error != std::errc{} || rest != end || !utf8::is_character(number))
    return std::nullopt;
  return number;
}

} // namespace

tl::expected<decoded_text, text_flaw> decode_entities(std::string_view text) {
  decoded_text out;
  for (std::size_t i = 0; i < text.size();) {
    const auto entity = text[i] == '#' ? entity_at(text.substr(i)) : "";
    if (entity.empty()) {
      if (text[i] == ';' && !out.semicolon)
        out.semicolon = i;
      out.text += text[i++];
      continue;
    }
    const auto code_point = code_point_of(entity);
    if (!code_point)
      return tl::unexpected(
          text_flaw{i, in_quotes("#" + std::string(entity.substr(0, 80)) + ";")
                           + " is no entity that can be read; write the number of a character such "
                             "as #35; for a number sign"});
    utf8::append(out.text, *code_point);
    i += entity.size() + 2;
  }
  return out;
}

} // namespace lockstep
