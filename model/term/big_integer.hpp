#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// An integer of any size up to `max_bytes` of magnitude: a value to carry, compare and hash, not
/// to calculate with.
///
/// The limit keeps conversions from and to decimal text, which take quadratic time, below a few
/// milliseconds whatever a peer sends.
class big_integer {
public:
  /// Of the magnitude; about 9,860 decimal digits.
  static constexpr std::size_t max_bytes = 4'096;

  // -- construction -------------------------------------------------------------------------------

  /// Zero.
  big_integer() = default;
  explicit big_integer(std::int64_t value);

  /// From digits without a sign, of a base from 2 to 36.
  /// @returns nothing if there is no digit, if one is not of the base, or beyond `max_bytes`.
  [[nodiscard]] static std::optional<big_integer>
  from_digits(std::string_view digits, unsigned base = 10, bool negative = false);

  /// From the bytes of the magnitude, the least significant first.
  /// @returns nothing beyond `max_bytes`; zero bytes at the end do not count.
  [[nodiscard]] static std::optional<big_integer> from_magnitude(std::string_view bytes,
                                                                 bool negative);

  // -- inspection ---------------------------------------------------------------------------------

  [[nodiscard]] bool is_negative() const noexcept { return negative_; }
  [[nodiscard]] std::string to_decimal() const;
  /// The magnitude, least significant byte first, without zero bytes at the end.
  [[nodiscard]] std::string magnitude() const;
  /// The value, if it fits.
  [[nodiscard]] std::optional<std::int64_t> to_int64() const noexcept;

  /// The magnitude as 64-bit digits, the least significant is number 0; zero has none.
  [[nodiscard]] std::size_t digit_count() const noexcept { return (limbs_.size() + 1) / 2; }
  [[nodiscard]] std::uint64_t digit(std::size_t index) const noexcept;

  // -- order --------------------------------------------------------------------------------------

  /// Compares with a finite float by exact value, without rounding either.
  [[nodiscard]] std::strong_ordering compare(double value) const noexcept;

  friend std::strong_ordering operator<=>(const big_integer& lhs, const big_integer& rhs) noexcept;
  friend bool operator==(const big_integer&, const big_integer&) = default;

private:
  [[nodiscard]] std::size_t bit_length() const noexcept;
  [[nodiscard]] std::strong_ordering compare_magnitude(const big_integer& other) const noexcept;
  [[nodiscard]] bool multiply_add(std::uint32_t factor, std::uint32_t addend);
  void trim() noexcept;

  /// Never set for zero.
  bool negative_ = false;
  /// The magnitude, least significant limb first; the last one is not zero.
  std::vector<std::uint32_t> limbs_;
};

} // namespace lockstep
