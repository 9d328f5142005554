// Binaries and bit strings: <<"text">>, <<"text"/utf8>>, <<1,2,3>>, <<255,1:3>>.

#include "model/term/text_lexer.hpp"
#include "model/term/utf8.hpp"

namespace lockstep {

/// Bits as they come, packed into bytes from the most significant one on.
class bit_builder {
public:
  /// Takes the `size` low bits of `value`.
  void append(std::uint64_t value, unsigned size) {
    for (; size > 0; --size) {
      if (used_ == 8) {
        bytes_.push_back('\0');
        used_ = 0;
      }
      const auto bit = static_cast<unsigned>((value >> (size - 1)) & 1U);
      const auto last = static_cast<unsigned char>(bytes_.back()) | (bit << (7U - used_));
      bytes_.back() = static_cast<char>(static_cast<unsigned char>(last));
      ++used_;
    }
  }

  term finish() { return term{bitstring{std::move(bytes_), used_}}; }

private:
  std::string bytes_;
  /// Bits of the last byte.
  std::uint8_t used_ = 8;
};

namespace {

constexpr unsigned bits_of_byte = 8;
constexpr unsigned max_segment_bits = 64;

/// The value of an integer that fits into `size` bits without a sign.
std::optional<std::uint64_t> as_unsigned(const term& value, unsigned size) {
  std::uint64_t found = 0;
  if (const auto* small = value.as_integer(); small != nullptr && *small >= 0)
    found = static_cast<std::uint64_t>(*small);
  else if (const auto* big = value.as_big_integer();
           big != nullptr && !big->is_negative() && big->digit_count() == 1)
    found = big->digit(0);
  else
    return std::nullopt;
  if (size < max_segment_bits && found >> size != 0)
    return std::nullopt;
  return found;
}

} // namespace

result<term> text_lexer::binary() {
  position_ += 2;
  bit_builder bits;
  if (take(">>"))
    return bits.finish();
  for (;;) {
    const auto read = sees("\"") ? text_segment(bits) : integer_segment(bits);
    if (!read)
      return tl::unexpected{read.error()};
    if (take(">>"))
      return bits.finish();
    if (!take(","))
      return expected("',' or '>>'");
  }
}

result<void> text_lexer::integer_segment(bit_builder& bits) {
  const auto start = position_;
  if (digit_value(peek()) > 9 && peek() != '$')
    return expected("a byte or a text in double quotes");
  const auto value = leaf();
  if (!value)
    return tl::unexpected{value.error()};
  auto size = bits_of_byte;
  if (take(":")) {
    skip_blank();
    const auto size_start = position_;
    const auto read = number();
    if (!read)
      return tl::unexpected{read.error()};
    const auto* given = read->as_integer();
    if (given == nullptr || *given < 1 || *given > std::int64_t{max_segment_bits})
      return error_at(size_start, "the size of a segment must be 1 to 64 bits");
    size = static_cast<unsigned>(*given);
  }
  const auto number = as_unsigned(*value, size);
  if (!number)
    return error_at(start, "expected an integer of at most " + std::to_string(size) + " bits");
  bits.append(*number, size);
  return {};
}

result<void> text_lexer::text_segment(bit_builder& bits) {
  const auto start = position_;
  const auto characters = quoted();
  if (!characters)
    return tl::unexpected{characters.error()};
  const bool as_utf8 = take("/");
  if (as_utf8 && !take("utf8"))
    return expected("'utf8'");
  std::string bytes;
  for (auto c : *characters) {
    if (as_utf8)
      utf8::append(bytes, c);
    else if (c <= 0xFF)
      bytes.push_back(static_cast<char>(static_cast<unsigned char>(c)));
    else
      return error_at(start,
                      "a character of this text is more than a byte; write <<\"...\"/utf8>>");
  }
  for (auto byte : bytes)
    bits.append(static_cast<unsigned char>(byte), bits_of_byte);
  return {};
}

} // namespace lockstep
