#include "model/term/text_lexer.hpp"

#include "model/in_quotes.hpp"
#include "model/term/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lockstep {

namespace {

bool is_digit(char c) noexcept { return digit_value(c) < 10; }

/// What a backslash and this character stand for, if that is one character.
char32_t unescaped(char32_t c) noexcept {
  switch (c) {
  case 'b':
    return '\b';
  case 'd':
    return 0x7F;
  case 'e':
    return 0x1B;
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 's':
    return ' ';
  case 't':
    return '\t';
  case 'v':
    return '\v';
  default:
    return c;
  }
}

} // namespace

// -- tokens ---------------------------------------------------------------------------------------

char text_lexer::peek(std::size_t ahead) const noexcept {
  return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
}

void text_lexer::skip_blank() noexcept {
  for (; position_ < text_.size(); ++position_) {
    if (peek() == '%')
      position_ = std::min(text_.find('\n', position_), text_.size() - 1);
    else if (static_cast<unsigned char>(peek()) > ' ')
      return;
  }
}

bool text_lexer::sees(std::string_view token) {
  skip_blank();
  return rest().substr(0, token.size()) == token;
}

bool text_lexer::take(std::string_view token) {
  if (!sees(token))
    return false;
  position_ += token.size();
  return true;
}

bool text_lexer::at_end() {
  skip_blank();
  return rest().empty();
}

result<term> text_lexer::leaf() {
  skip_blank();
  if (sees("<<"))
    return binary();
  switch (peek()) {
  case '\'':
    return quoted_atom();
  case '$':
    return character();
  case '-':
  case '+':
    return number();
  default:
    break;
  }
  if (is_digit(peek()))
    return number();
  const auto next = utf8::first(rest());
  if (next && is_small_letter(next->code_point))
    return bare_atom();
  if (next && is_atom_character(next->code_point))
    return expected("a term (an atom that does not begin with a small letter needs single quotes)");
  return expected("a term");
}

// -- numbers --------------------------------------------------------------------------------------

/// Digits with single underscores between them, which are left out.
std::string text_lexer::digits(unsigned base) {
  std::string found;
  for (;; ++position_) {
    const bool separates = peek() == '_' && !found.empty() && text_[position_ - 1] != '_'
                           && digit_value(peek(1)) < base;
    if (digit_value(peek()) < base)
      found.push_back(peek());
    else if (!separates)
      return found;
  }
}

result<term> text_lexer::number() {
  const auto start = position_;
  const bool negative = peek() == '-';
  if (negative || peek() == '+') {
    ++position_;
    skip_blank();
  }
  auto whole = digits(10);
  if (whole.empty())
    return expected("a number");
  if (peek() == '.' && is_digit(peek(1)))
    return floating(start, negative, std::move(whole));
  if (peek() != '#')
    return integer(start, negative, 10, std::move(whole));
  unsigned base = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), base);
  if (error != std::errc{} || end != whole.data() + whole.size() || base < 2 || base > 36)
    return error_at(start, "the base of a number must be 2 to 36");
  ++position_;
  auto value = digits(base);
  if (value.empty())
    return expected("a digit of base " + std::to_string(base));
  return integer(start, negative, base, std::move(value));
}

result<term> text_lexer::integer(std::size_t start, bool negative, unsigned base,
                                 std::string digits) const {
  const auto value = big_integer::from_digits(digits, base, negative);
  if (!value)
    return error_at(start, "an integer may have at most " + std::to_string(big_integer::max_bytes)
                               + " bytes");
  return term{*value};
}

result<term> text_lexer::floating(std::size_t start, bool negative, std::string text) {
  ++position_;
  text += '.';
  text += digits(10);
  if (peek() == 'e' || peek() == 'E') {
    ++position_;
    text += 'e';
    if (peek() == '-' || peek() == '+')
      text += text_[position_++];
    const auto exponent = digits(10);
    if (exponent.empty())
      return expected("the digits of an exponent");
    text += exponent;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return error_at(start, "a float must be of the range of 64-bit floats");
  return term{negative ? -value : value};
}

result<term> text_lexer::character() {
  const auto start = position_++;
  if (rest().empty())
    return error_at(start, "expected a character after '$'");
  return quoted_character().map([](char32_t c) { return term{static_cast<std::int64_t>(c)}; });
}

// -- atoms and strings ----------------------------------------------------------------------------

result<term> text_lexer::bare_atom() {
  const auto start = position_;
  for (auto next = utf8::first(rest()); next && is_atom_character(next->code_point);
       next = utf8::first(rest()))
    position_ += next->length;
  return checked_atom(start, std::string{text_.substr(start, position_ - start)});
}

result<term> text_lexer::quoted_atom() {
  const auto start = position_;
  const auto characters = quoted();
  if (!characters)
    return tl::unexpected{characters.error()};
  std::string name;
  for (auto c : *characters)
    utf8::append(name, c);
  return checked_atom(start, std::move(name));
}

result<term> text_lexer::checked_atom(std::size_t start, std::string name) const {
  if (utf8::length(name).value_or(0) > max_atom_characters)
    return error_at(start, "an atom may have at most 255 characters");
  return term{atom{std::move(name)}};
}

result<std::u32string> text_lexer::string() {
  skip_blank();
  return quoted();
}

result<std::u32string> text_lexer::quoted() {
  const auto start = position_;
  const auto quote = text_[position_++];
  std::u32string characters;
  while (!rest().empty() && peek() != quote) {
    const auto next = quoted_character();
    if (!next)
      return tl::unexpected{next.error()};
    characters.push_back(*next);
  }
  if (rest().empty())
    return error_at(start, std::string{"the text that begins with "} + quote + " does not end");
  ++position_;
  return characters;
}

result<char32_t> text_lexer::quoted_character() {
  const auto start = position_;
  const auto next = utf8::first(rest());
  position_ += next->length;
  if (next->code_point != '\\')
    return next->code_point;
  const auto escaped = utf8::first(rest());
  if (!escaped)
    return error_at(start, "expected a character after '\\'");
  if (escaped->code_point >= '0' && escaped->code_point <= '7') {
    char32_t value = 0;
    for (int i = 0; i < 3 && digit_value(peek()) < 8; ++i, ++position_)
      value = value * 8 + digit_value(peek());
    return value;
  }
  position_ += escaped->length;
  if (escaped->code_point == 'x')
    return hexadecimal_escape(start);
  if (escaped->code_point == '^') {
    const auto letter = static_cast<unsigned char>(peek());
    if (letter < '@' || letter > '_')
      return expected("a character from '@' to '_' after '\\^'");
    ++position_;
    return char32_t{letter} - '@';
  }
  return unescaped(escaped->code_point);
}

/// Behind `\x`: two digits, or any number of them in braces.
result<char32_t> text_lexer::hexadecimal_escape(std::size_t start) {
  const bool braces = peek() == '{';
  if (braces)
    ++position_;
  constexpr char32_t beyond = 0x110000;
  char32_t value = 0;
  std::size_t count = 0;
  for (; digit_value(peek()) < 16 && (braces || count < 2); ++count, ++position_)
    value = std::min(char32_t{value * 16 + digit_value(peek())}, beyond);
  if (count == 0 || (!braces && count < 2))
    return expected("a hexadecimal digit");
  if (braces && peek() != '}')
    return expected("a hexadecimal digit or '}'");
  if (braces)
    ++position_;
  if (!utf8::is_character(value))
    return error_at(start, "there is no character of this number");
  return value;
}

// -- errors ---------------------------------------------------------------------------------------

tl::unexpected<failure> text_lexer::error_at(std::size_t position, const std::string& what) const {
  std::int64_t line = 1;
  std::int64_t column = 1;
  const auto before = text_.substr(0, position);
  for (auto byte : before) {
    if (byte == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(byte) & 0xC0U) != 0x80U) {
      ++column;
    }
  }
  const bool one_line = text_.find('\n') == std::string_view::npos;
  const auto where =
      (one_line ? "" : "line " + std::to_string(line) + ", ") + "column " + std::to_string(column);
  return fail(ec::invalid_term, "invalid term at " + where + ": " + what,
              {{"line", line}, {"column", column}});
}

tl::unexpected<failure> text_lexer::expected(std::string_view what) const {
  std::string message{"expected "};
  message.append(what).append(", found ");
  if (const auto next = utf8::first(rest()))
    message.append("'").append(on_one_line(rest().substr(0, next->length))).append("'");
  else
    message.append("the end");
  return error_at(position_, message);
}

} // namespace lockstep
