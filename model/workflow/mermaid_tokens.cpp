#include "model/workflow/mermaid_tokens.hpp"

#include "model/in_quotes.hpp"
#include "model/workflow/ascii_text.hpp"
#include "model/workflow/mermaid_entities.hpp"

#include <utility>

namespace lockstep {

std::string_view identifier_at(std::string_view text) {
  constexpr std::string_view delimiters = ":;{}\"<>[]#";
  std::size_t size = 0;
  while (size < text.size() && !is_blank(text[size])
         && delimiters.find(text[size]) == std::string_view::npos
         && !text.substr(size).starts_with("--") && !text.substr(size).starts_with("%%"))
    ++size;
  return text.substr(0, size);
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return lower(text.substr(0, word.size())) == word;
}

result<drawn_text> take_text(line_cursor at, std::string_view source, std::string_view what) {
  at.skip_blanks();
  const auto text = trimmed(at.rest());
  for (const auto& [mark, reason] :
       {std::pair{"%%", "Mermaid shows this, it is no comment; put the comment into a line of its "
                        "own, or write #37;#37;"},
        std::pair{class_mark.data(), "a class comes after the state, not after the text; write "
                                     "#58;#58;#58; for colons"}}) {
    if (const auto found = text.find(mark); found != std::string_view::npos)
      return refuse_at(source, after(at.here(), found), reason);
  }
  auto decoded = decode_entities(text);
  if (!decoded)
    return refuse_at(source, after(at.here(), decoded.error().offset), decoded.error().reason);
  if (decoded->semicolon && *decoded->semicolon + 1 < text.size())
    return refuse_at(source, after(at.here(), *decoded->semicolon),
                     "Mermaid ends the text at this semicolon; write #59; for one");
  if (decoded->semicolon)
    decoded = decode_entities(trimmed(text.substr(0, *decoded->semicolon)));
  if (decoded->text.empty())
    return refuse_at(source, at.here(), "expected " + std::string(what) + found(at));
  return drawn_text{std::move(decoded->text), at.here()};
}

line_cursor inside(const line_cursor& at, std::size_t begin, std::size_t end) {
  line_cursor part(at.line_up_to(end), at.here().line);
  part.skip(at.here().column - 1 + begin);
  return part;
}

source_position after(source_position at, std::size_t bytes) {
  return {at.line, at.column + bytes};
}

std::string found(const line_cursor& at) {
  return at.at_end() ? ", the line ends here" : ", found " + in_quotes(at.rest());
}

} // namespace lockstep
