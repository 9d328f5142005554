#include "model/workflow/instance_filter.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

instance_head order_in(const std::string& state, timestamp last) {
  return {"Order", term{"order-1"}, term{atom{"nil"}}, state, 2, last};
}

constexpr timestamp noon{12h};

} // namespace

TEST_CASE("a filter without anything set chooses everything", "[instance_filter]") {
  CHECK(matches({}, order_in("paid", noon), noon));
}

TEST_CASE("a filter chooses by specification and state", "[instance_filter]") {
  const auto paid = order_in("paid", noon);
  CHECK(matches({"Order", "paid"}, paid, noon));
  CHECK_FALSE(matches({"Order", "new"}, paid, noon));
  CHECK_FALSE(matches({"Invoice", "paid"}, paid, noon));
}

TEST_CASE("a filter chooses what made no step for so long", "[instance_filter]") {
  const instance_filter idle{"", "", 1h};
  CHECK_FALSE(matches(idle, order_in("paid", noon), noon + 1h - 1us));
  CHECK(matches(idle, order_in("paid", noon), noon + 1h));
  CHECK_FALSE(matches(idle, order_in("paid", noon + 2h), noon)); // a step that lies ahead
  auto mocked = order_in("paid", noon);
  mocked.step_count = 0;
  CHECK_FALSE(matches(idle, mocked, noon + 24h));
}

TEST_CASE("the idle time of the oldest step does not overflow", "[instance_filter]") {
  CHECK(idle_time(order_in("paid", timestamp::min()), timestamp::max()) == duration::max());
  CHECK(idle_time(order_in("paid", timestamp::max()), timestamp::min()) == duration::zero());
}
