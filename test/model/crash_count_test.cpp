#include "model/supervision/crash_count.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{1'000s};

} // namespace

TEST_CASE("by default the second crash in a row is one too many", "[quarantine]") {
  crash_count count;
  CHECK_FALSE(count.too_many(count.add("a", start)));
  CHECK_FALSE(count.too_many(count.add("b", start)));
  CHECK(count.too_many(count.add("a", start + 10min)));
  CHECK_FALSE(count.too_many(count.add("b", start + 10min + 1us)));
}

TEST_CASE("crashes are counted from the one before, not from the first", "[quarantine]") {
  crash_count count{3, 1min};
  CHECK(count.add("a", start) == 1);
  CHECK(count.add("a", start + 1min) == 2);
  CHECK(count.add("a", start + 2min) == 3);
  CHECK(count.too_many(3));
  CHECK_FALSE(count.too_many(2));
  CHECK(count.add("a", start + 4min) == 1);
}

TEST_CASE("identifiers of different types are different suspects", "[quarantine]") {
  crash_count count;
  CHECK(count.add(5, start) == 1);
  CHECK(count.add("5", start) == 1);
  CHECK(count.add(term{atom{"5"}}, start) == 1);
}

TEST_CASE("a forgotten suspect begins anew", "[quarantine]") {
  crash_count count;
  CHECK(count.add("a", start) == 1);
  count.forget("a");
  count.forget("nobody");
  CHECK(count.add("a", start) == 1);
}

TEST_CASE("at least one crash is needed", "[quarantine]") {
  CHECK_FALSE(crash_count{0}.too_many(0));
  CHECK(crash_count{0}.too_many(1));
}

TEST_CASE("a clock that is set back does not clear anybody", "[quarantine]") {
  crash_count count;
  CHECK(count.add("a", start) == 1);
  CHECK(count.add("a", start - 1h) == 2);
}

TEST_CASE("only the latest suspects are remembered", "[quarantine]") {
  crash_count count{1'000, 1h};
  const auto many = static_cast<std::int64_t>(crash_count::max_suspects);
  for (std::int64_t i = 0; i <= many; ++i)
    CHECK(count.add(i, start + i * 1ms) == 1);
  CHECK(count.add(1, start + 1s) == 2);
  CHECK(count.add(0, start + 1s) == 1);
}
