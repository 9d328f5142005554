#include "model/term/float_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace lockstep {

namespace {

/// The significant digits of a float and the power of ten of the first one.
struct decimal {
  std::string digits;
  int exponent;
};

/// The fewest digits that tell a positive float from its neighbours.
decimal shortest_digits(double value) {
  std::array<char, 32> buffer{}; // for "d.ddde+xx"
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  const std::string text(buffer.data(), end);
  const auto mark = text.find('e');
  decimal found{text.substr(0, 1), std::stoi(text.substr(mark + 1))};
  if (mark > 2)
    found.digits.append(text, 2, mark - 2);
  return found;
}

/// As in `1.25e-7`.
std::string scientific(const decimal& value) {
  auto text = value.digits.substr(0, 1);
  text += '.';
  if (value.digits.size() > 1)
    text.append(value.digits, 1);
  else
    text += '0';
  text += 'e';
  text += std::to_string(value.exponent);
  return text;
}

/// As in `0.025`, `2.5` or `250.0`.
std::string positional(const decimal& value) {
  std::string text;
  if (value.exponent < 0) {
    text = "0.";
    text.append(static_cast<std::size_t>(-value.exponent - 1), '0');
    text += value.digits;
    return text;
  }
  const auto whole_digits = static_cast<std::size_t>(value.exponent) + 1;
  text.append(value.digits, 0, whole_digits);
  text.resize(whole_digits, '0');
  text += '.';
  if (value.digits.size() > whole_digits)
    text.append(value.digits, whole_digits);
  else
    text += '0';
  return text;
}

} // namespace

std::string float_to_text(double value) {
  const auto size = std::fabs(value);
  const auto digits = shortest_digits(size);
  auto text = scientific(digits);
  // The shorter one, and without an exponent if both are equally long. From 2^53 on always with
  // one, for not all digits of the integer would be exact.
  constexpr double exact_integers = 9'007'199'254'740'992.0;
  if (size < exact_integers && digits.exponent > -20)
    if (auto plain = positional(digits); plain.size() <= text.size())
      text = std::move(plain);
  if (value < 0)
    text.insert(text.begin(), '-');
  return text;
}

} // namespace lockstep
