#include "model/term/big_integer.hpp"

#include "model/term/text_characters.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace lockstep {

namespace {

constexpr std::size_t bytes_per_limb = sizeof(std::uint32_t);
constexpr std::size_t max_limbs = big_integer::max_bytes / bytes_per_limb;
constexpr unsigned bits_per_limb = 32;

} // namespace

big_integer::big_integer(std::int64_t value) : negative_(value < 0) {
  auto rest = negative_ ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  for (; rest != 0; rest >>= bits_per_limb)
    limbs_.push_back(static_cast<std::uint32_t>(rest));
}

std::optional<big_integer> big_integer::from_digits(std::string_view digits, unsigned base,
                                                    bool negative) {
  if (digits.empty())
    return std::nullopt;
  constexpr std::uint64_t limit = std::numeric_limits<std::uint32_t>::max();
  big_integer value;
  for (std::size_t i = 0; i < digits.size();) {
    std::uint64_t factor = 1;
    std::uint64_t chunk = 0;
    for (; i < digits.size() && factor * base <= limit; ++i) {
      const auto digit = digit_value(digits[i]);
      if (digit >= base)
        return std::nullopt;
      factor *= base;
      chunk = chunk * base + digit;
    }
    if (!value.multiply_add(static_cast<std::uint32_t>(factor), static_cast<std::uint32_t>(chunk)))
      return std::nullopt;
  }
  value.negative_ = negative && !value.limbs_.empty();
  return value;
}

std::optional<big_integer> big_integer::from_magnitude(std::string_view bytes, bool negative) {
  while (!bytes.empty() && bytes.back() == '\0')
    bytes.remove_suffix(1);
  if (bytes.size() > max_bytes)
    return std::nullopt;
  big_integer value;
  value.limbs_.resize((bytes.size() + bytes_per_limb - 1) / bytes_per_limb);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint32_t byte = static_cast<unsigned char>(bytes[i]);
    value.limbs_[i / bytes_per_limb] |= byte << (8 * (i % bytes_per_limb));
  }
  value.negative_ = negative && !value.limbs_.empty();
  return value;
}

std::string big_integer::to_decimal() const {
  if (limbs_.empty())
    return "0";
  constexpr std::uint32_t chunk_base = 1'000'000'000;
  constexpr std::size_t chunk_digits = 9;
  std::string reversed;
  auto rest = *this;
  while (!rest.limbs_.empty()) {
    std::uint64_t remainder = 0;
    for (auto limb = rest.limbs_.rbegin(); limb != rest.limbs_.rend(); ++limb) {
      const auto dividend = (remainder << bits_per_limb) | *limb;
      *limb = static_cast<std::uint32_t>(dividend / chunk_base);
      remainder = dividend % chunk_base;
    }
    rest.trim();
    for (std::size_t i = 0; i < chunk_digits; ++i, remainder /= 10)
      reversed.push_back(static_cast<char>('0' + remainder % 10));
  }
  reversed.erase(reversed.find_last_not_of('0') + 1);
  if (negative_)
    reversed.push_back('-');
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

std::string big_integer::magnitude() const {
  std::string bytes;
  for (auto limb : limbs_)
    for (unsigned shift = 0; shift < bits_per_limb; shift += 8)
      bytes.push_back(static_cast<char>(static_cast<unsigned char>(limb >> shift)));
  bytes.erase(bytes.find_last_not_of('\0') + 1);
  return bytes;
}

std::optional<std::int64_t> big_integer::to_int64() const noexcept {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (digit_count() > 1)
    return std::nullopt;
  const auto size = limbs_.empty() ? 0 : digit(0);
  if (size > most + (negative_ ? 1 : 0))
    return std::nullopt;
  return static_cast<std::int64_t>(negative_ ? 0 - size : size);
}

std::uint64_t big_integer::digit(std::size_t index) const noexcept {
  const std::uint64_t low = limbs_[2 * index];
  const std::uint64_t high = 2 * index + 1 < limbs_.size() ? limbs_[2 * index + 1] : 0;
  return (high << bits_per_limb) | low;
}

std::strong_ordering big_integer::compare(double value) const noexcept {
  const bool value_negative = value < 0;
  if (negative_ != value_negative)
    return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  // |value| is fraction * 2^exponent with fraction in [0.5, 1): its integer part has `exponent`
  // bits. With equally many, both sides are compared with their highest bits aligned.
  int exponent = 0;
  const auto fraction = std::frexp(std::fabs(value), &exponent);
  const auto bits = bit_length();
  const auto by_magnitude = [&]() -> std::strong_ordering {
    if (bits == 0)
      return fraction == 0 ? std::strong_ordering::equal : std::strong_ordering::less;
    if (exponent <= 0)
      return std::strong_ordering::greater;
    if (const auto value_bits = static_cast<std::size_t>(exponent); bits != value_bits)
      return bits <=> value_bits;
    const auto value_top = static_cast<std::uint64_t>(std::ldexp(fraction, 64));
    std::uint64_t top = 0;
    bool rest = false; // whether bits below the highest 64 are set
    for (std::size_t i = 0; i < bits; ++i) {
      const auto position = bits - 1 - i;
      const auto bit = (limbs_[position / bits_per_limb] >> (position % bits_per_limb)) & 1U;
      if (i < 64)
        top |= std::uint64_t{bit} << (63 - i);
      else
        rest |= bit != 0;
    }
    if (top != value_top)
      return top <=> value_top;
    return rest ? std::strong_ordering::greater : std::strong_ordering::equal;
  }();
  return negative_ ? 0 <=> by_magnitude : by_magnitude;
}

std::strong_ordering operator<=>(const big_integer& lhs, const big_integer& rhs) noexcept {
  if (lhs.negative_ != rhs.negative_)
    return lhs.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  return lhs.negative_ ? rhs.compare_magnitude(lhs) : lhs.compare_magnitude(rhs);
}

std::size_t big_integer::bit_length() const noexcept {
  return limbs_.empty() ? 0
                        : (limbs_.size() - 1) * bits_per_limb
                              + static_cast<std::size_t>(std::bit_width(limbs_.back()));
}

std::strong_ordering big_integer::compare_magnitude(const big_integer& other) const noexcept {
  if (limbs_.size() != other.limbs_.size())
    return limbs_.size() <=> other.limbs_.size();
  return std::lexicographical_compare_three_way(limbs_.rbegin(), limbs_.rend(),
                                                other.limbs_.rbegin(), other.limbs_.rend());
}

/// Makes this `this * factor + addend`; false beyond the limit.
bool big_integer::multiply_add(std::uint32_t factor, std::uint32_t addend) {
  std::uint64_t carry = addend;
  for (auto& limb : limbs_) {
    carry += std::uint64_t{limb} * factor;
    limb = static_cast<std::uint32_t>(carry);
    carry >>= bits_per_limb;
  }
  if (carry != 0)
    limbs_.push_back(static_cast<std::uint32_t>(carry));
  return limbs_.size() <= max_limbs;
}

void big_integer::trim() noexcept {
  while (!limbs_.empty() && limbs_.back() == 0)
    limbs_.pop_back();
}

} // namespace lockstep
