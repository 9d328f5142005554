#include "model/supervision/restart_rules.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

constexpr restart_intensity::clock::time_point start{1'000s};

end_verdict verdict_on(restart_type type, exit_kind how, bool forget_ended = false) {
  restart_intensity intensity;
  return judge_end(type, how, forget_ended, nullptr, intensity, start);
}

} // namespace

TEST_CASE("the restart type says which ends lead to a restart", "[supervision]") {
  using enum restart_type;
  using enum exit_kind;
  CHECK(verdict_on(permanent, clean) == end_verdict::restart);
  CHECK(verdict_on(permanent, crash) == end_verdict::restart);
  CHECK(verdict_on(transient, clean) == end_verdict::keep);
  CHECK(verdict_on(transient, crash) == end_verdict::restart);
  CHECK(verdict_on(temporary, clean) == end_verdict::forget);
  CHECK(verdict_on(temporary, crash) == end_verdict::forget);
}

TEST_CASE("a supervisor that forgets keeps no child that has ended for good", "[supervision]") {
  CHECK(verdict_on(restart_type::transient, exit_kind::clean, true) == end_verdict::forget);
  CHECK(verdict_on(restart_type::transient, exit_kind::crash, true) == end_verdict::restart);
  CHECK(verdict_on(restart_type::permanent, exit_kind::clean, true) == end_verdict::restart);
}

TEST_CASE("too many restarts of children without budgets make their supervisor give up",
          "[supervision]") {
  restart_intensity intensity{1, 5s};
  auto judge = [&](auto now) {
    return judge_end(restart_type::permanent, exit_kind::crash, false, nullptr, intensity, now);
  };
  CHECK(judge(start) == end_verdict::restart);
  CHECK(judge(start + 1s) == end_verdict::give_up);
}

TEST_CASE("a child with a budget is parked, and its supervisor counts nothing", "[supervision]") {
  restart_intensity intensity{0, 5s};
  restart_intensity budget{2, 5s};
  auto judge = [&](restart_intensity* own, auto now) {
    return judge_end(restart_type::permanent, exit_kind::crash, false, own, intensity, now);
  };
  CHECK(judge(&budget, start) == end_verdict::restart);
  CHECK(judge(&budget, start + 1s) == end_verdict::restart);
  CHECK(judge(&budget, start + 2s) == end_verdict::park);
  CHECK(judge(&budget, start + 1h) == end_verdict::restart);
  CHECK(judge(nullptr, start + 1h) == end_verdict::give_up);
}

TEST_CASE("an end that leads to no restart counts nothing", "[supervision]") {
  restart_intensity intensity{1, 5s};
  restart_intensity budget{1, 5s};
  for (int i = 0; i < 5; ++i) {
    CHECK(judge_end(restart_type::temporary, exit_kind::crash, false, &budget, intensity, start)
          == end_verdict::forget);
    CHECK(judge_end(restart_type::transient, exit_kind::clean, false, nullptr, intensity, start)
          == end_verdict::keep);
  }
  CHECK(intensity.allows(start));
  CHECK(budget.allows(start));
}
