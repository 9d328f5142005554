#include "model/supervision/restart_intensity.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

constexpr restart_intensity::clock::time_point start{1'000s};

} // namespace

TEST_CASE("by default the fourth restart within five seconds is one too many", "[supervision]") {
  restart_intensity intensity;
  CHECK(intensity.allows(start));
  CHECK(intensity.allows(start + 1s));
  CHECK(intensity.allows(start + 2s));
  CHECK_FALSE(intensity.allows(start + 4s));
}

TEST_CASE("a restart counts up to one period later, inclusive", "[supervision]") {
  restart_intensity exactly(1, 5s);
  CHECK(exactly.allows(start));
  CHECK_FALSE(exactly.allows(start + 5s));
  restart_intensity later(1, 5s);
  CHECK(later.allows(start));
  CHECK(later.allows(start + 5s + 1ns));
}

TEST_CASE("restarts far enough apart may go on for ever", "[supervision]") {
  restart_intensity intensity(3, 5s);
  for (int i = 0; i < 1'000; ++i)
    CHECK(intensity.allows(start + i * 1'700ms));
}

TEST_CASE("a refused restart counts as well", "[supervision]") {
  restart_intensity intensity(1, 5s);
  CHECK(intensity.allows(start));
  CHECK_FALSE(intensity.allows(start + 3s));
  CHECK_FALSE(intensity.allows(start + 6s));
  CHECK(intensity.allows(start + 12s));
}

TEST_CASE("an intensity of nothing allows no restart", "[supervision]") {
  restart_intensity intensity(0, 5s);
  CHECK_FALSE(intensity.allows(start));
  CHECK_FALSE(intensity.allows(start + 1h));
}

TEST_CASE("an unlimited intensity allows every restart", "[supervision]") {
  restart_intensity intensity(no_limit, 5s);
  for (int i = 0; i < 100; ++i)
    CHECK(intensity.allows(start));
}
