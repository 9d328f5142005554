#pragma once

#include "model/failure.hpp"
#include "model/term/text_characters.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

class bit_builder;

/// Reads the leaves of Erlang's text syntax from the front of a text, which must outlive this and
/// be UTF-8. Every failure is `invalid_term` with line and column. Internal to `model/term/`.
class text_lexer {
public:
  explicit text_lexer(std::string_view text) : text_(text) {}

  /// Skips white space and comments, then takes `token` if it comes next.
  [[nodiscard]] bool take(std::string_view token);
  /// Skips white space and comments; whether `token` comes next.
  [[nodiscard]] bool sees(std::string_view token);
  [[nodiscard]] bool at_end();

  /// A number, an atom, a character or a binary: whatever begins here and contains no term.
  [[nodiscard]] result<term> leaf();
  /// The characters of `"..."`.
  [[nodiscard]] result<std::u32string> string();

  /// "line 2, column 5: expected WHAT, found ...", for what comes next.
  [[nodiscard]] tl::unexpected<failure> expected(std::string_view what) const;
  /// The same without what was found.
  [[nodiscard]] tl::unexpected<failure> error_at(std::size_t position,
                                                 const std::string& what) const;
  [[nodiscard]] std::size_t position() const noexcept { return position_; }

private:
  [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(position_); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept;
  void skip_blank() noexcept;

  result<term> number();
  result<term> integer(std::size_t start, bool negative, unsigned base, std::string digits) const;
  result<term> floating(std::size_t start, bool negative, std::string text);
  std::string digits(unsigned base);
  result<term> bare_atom();
  result<term> quoted_atom();
  result<term> checked_atom(std::size_t start, std::string name) const;
  result<term> character();
  result<term> binary();
  result<void> integer_segment(bit_builder& bits);
  result<void> text_segment(bit_builder& bits);
  /// The characters up to the quote that comes next and once more later.
  result<std::u32string> quoted();
  /// One character of a quoted text, escaped or not.
  result<char32_t> quoted_character();
  result<char32_t> hexadecimal_escape(std::size_t start);

  std::string_view text_;
  std::size_t position_ = 0;
};

} // namespace lockstep
