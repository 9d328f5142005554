#include "model/workflow/error_policy.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

TEST_CASE("by default every error is logged as a warning and two are swallowed", "[error_policy]") {
  const error_policy policy;
  for (auto number = 1; number <= static_cast<int>(last_ec); ++number) {
    const auto code = static_cast<ec>(number);
    CHECK(policy.level_of(code) == severity::warning);
    CHECK(policy.swallows(code)
          == (code == ec::deviation_still_equivalent || code == ec::impl_model_not_found));
  }
}

TEST_CASE("severities and codes are read back by their names", "[error_policy]") {
  for (const auto level :
       {severity::off, severity::debug, severity::info, severity::warning, severity::error})
    CHECK(parse_severity(to_string(level)) == level);
  CHECK_FALSE(parse_severity("loud"));
  for (auto number = 1; number <= static_cast<int>(last_ec); ++number)
    CHECK(parse_ec(to_string(static_cast<ec>(number))) == static_cast<ec>(number));
  CHECK_FALSE(parse_ec("unknown_error"));
}

TEST_CASE("policies are compared without their callbacks", "[error_policy]") {
  error_policy one;
  error_policy other;
  other.callback = [](const failure&, const caller&) {};
  CHECK(one == other);
  other.logged[ec::store_failure] = severity::error;
  CHECK_FALSE(one == other);
}
