#include "model/term/big_integer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <limits>

using namespace lockstep;

namespace {

big_integer decimal(std::string_view digits, bool negative = false) {
  return big_integer::from_digits(digits, 10, negative).value();
}

constexpr auto least = std::numeric_limits<std::int64_t>::min();
constexpr auto most = std::numeric_limits<std::int64_t>::max();

} // namespace

TEST_CASE("integers of 64 bits survive as big ones", "[big_integer]") {
  for (const auto value : {std::int64_t{0}, std::int64_t{-1}, least, most, least + 1})
    CHECK(big_integer{value}.to_int64() == value);
  CHECK_FALSE(decimal("9223372036854775808").to_int64());
  CHECK(decimal("9223372036854775808", true).to_int64() == least);
  CHECK_FALSE(decimal("9223372036854775809", true).to_int64());
}

TEST_CASE("digits of any base are read, others refused", "[big_integer]") {
  CHECK(big_integer::from_digits("ff", 16)->to_int64() == 255);
  CHECK(big_integer::from_digits("Zz", 36)->to_int64() == 35 * 36 + 35);
  CHECK(big_integer::from_digits("102", 2) == std::nullopt);
  CHECK(big_integer::from_digits("") == std::nullopt);
  CHECK(big_integer::from_digits("1-2") == std::nullopt);
  CHECK_FALSE(decimal("0", true).is_negative());
}

TEST_CASE("decimal text of any size survives", "[big_integer]") {
  CHECK(big_integer{}.to_decimal() == "0");
  CHECK(decimal("340282366920938463463374607431768211456").to_decimal()
        == "340282366920938463463374607431768211456");
  CHECK(decimal("1000000000000000000000", true).to_decimal() == "-1000000000000000000000");
  CHECK(decimal("000123").to_decimal() == "123");
  const auto digits = std::string(4'300, '7');
  CHECK(decimal(digits).to_decimal() == digits);
}

TEST_CASE("a magnitude survives without its leading zeros", "[big_integer]") {
  CHECK(rc::check([](std::string bytes, bool negative) {
    const auto value = big_integer::from_magnitude(bytes + std::string(3, '\0'), negative);
    bytes.erase(bytes.find_last_not_of('\0') + 1);
    RC_ASSERT(value->magnitude() == bytes);
    RC_ASSERT(big_integer::from_magnitude(value->magnitude(), negative) == value);
    RC_ASSERT(big_integer::from_digits(value->to_decimal().substr(value->is_negative() ? 1 : 0), 10,
                                       negative)
              == value);
  }));
}

TEST_CASE("an integer beyond the limit is refused", "[big_integer]") {
  const std::string greatest(big_integer::max_bytes, '\xFF');
  const auto value = big_integer::from_magnitude(greatest, true);
  REQUIRE(value);
  CHECK(big_integer::from_digits(value->to_decimal().substr(1), 10, true) == value);
  CHECK_FALSE(big_integer::from_magnitude(greatest + '\1', true));
  CHECK(big_integer::from_magnitude(greatest + '\0', true));
  CHECK_FALSE(big_integer::from_digits('1' + std::string(2 * big_integer::max_bytes, '0'), 16));
  CHECK_FALSE(big_integer::from_digits(std::string(1'000'000, '9')));
}

TEST_CASE("64-bit digits come least significant first", "[big_integer]") {
  const auto value = big_integer::from_digits("1"
                                              "00000002"
                                              "00000003",
                                              16)
                         .value();
  REQUIRE(value.digit_count() == 2);
  CHECK(value.digit(0) == 0x0000000200000003);
  CHECK(value.digit(1) == 1);
  CHECK(big_integer{}.digit_count() == 0);
}

TEST_CASE("big integers are ordered by value", "[big_integer]") {
  CHECK(rc::check([](std::int64_t lhs, std::int64_t rhs) {
    RC_ASSERT((big_integer{lhs} <=> big_integer{rhs}) == (lhs <=> rhs));
  }));
  CHECK(decimal("18446744073709551616") > decimal("18446744073709551615"));
  CHECK(decimal("18446744073709551616", true) < decimal("18446744073709551615", true));
}

TEST_CASE("a big integer is compared with a float exactly", "[big_integer]") {
  const auto two_to_64 = decimal("18446744073709551616");
  CHECK(two_to_64.compare(18446744073709551616.0) == 0);
  CHECK(decimal("18446744073709551617").compare(18446744073709551616.0) > 0);
  CHECK(decimal("18446744073709551615").compare(18446744073709551616.0) < 0);
  CHECK(decimal("18446744073709551617", true).compare(-18446744073709551616.0) < 0);
  CHECK(two_to_64.compare(-1e300) > 0);
  CHECK(two_to_64.compare(1e300) < 0);
  CHECK(decimal("1" + std::string(400, '0')).compare(std::numeric_limits<double>::max()) > 0);
  CHECK(two_to_64.compare(0.25) > 0);
  CHECK(big_integer{}.compare(0.0) == 0);
  CHECK(big_integer{}.compare(5e-324) < 0);
  CHECK(big_integer{3}.compare(3.5) < 0);
  CHECK(rc::check([](std::int32_t integer, double value) {
    RC_ASSERT(big_integer{integer}.compare(value)
              == std::partial_ordering{static_cast<double>(integer) <=> value});
  }));
}
