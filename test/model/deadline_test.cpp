#include "model/workflow/deadline.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

specification order(time_limit timeout) {
  return specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}},
                             {.transition_timeout = timeout})
      .value();
}

instance_head in_state(std::string state) {
  instance_head head;
  head.specification = "Order";
  head.identifier = "order-1";
  head.current_state = std::move(state);
  head.step_count = 2;
  head.last_step_at = timestamp{1'000s};
  return head;
}

} // namespace

TEST_CASE("an instance is late one timeout after its last step", "[deadline]") {
  CHECK(deadline(order(30s), in_state("paid")) == timestamp{1'030s});
  CHECK(deadline(order(0s), in_state("paid")) == timestamp{1'000s});
}

TEST_CASE("without a limit no instance is late", "[deadline]") {
  CHECK(deadline(order({}), in_state("paid")) == std::nullopt);
}

TEST_CASE("an instance without steps is never late", "[deadline]") {
  auto mocked = in_state("paid");
  mocked.step_count = 0;
  CHECK(deadline(order(30s), mocked) == std::nullopt);
}

TEST_CASE("a finished instance is never late", "[deadline]") {
  CHECK(deadline(order(30s), in_state("shipped")) == std::nullopt);
}

TEST_CASE("an instance in a state that the specification does not have can be late", "[deadline]") {
  CHECK(deadline(order(30s), in_state("elsewhere")) == timestamp{1'030s});
}

TEST_CASE("a deadline beyond the end of time is none", "[deadline]") {
  CHECK(deadline(order(duration::max()), in_state("paid")) == std::nullopt);
  auto last = in_state("paid");
  last.last_step_at = timestamp::max() - 30s;
  CHECK(deadline(order(30s), last) == timestamp::max());
  CHECK(deadline(order(30s + 1us), last) == std::nullopt);
  last.last_step_at = timestamp::min();
  CHECK(deadline(order(duration::max()), last) == timestamp::min() + duration::max());
}

TEST_CASE("an instance's head is all but its history", "[instance]") {
  const instance mocked{"Order", "order-1", term(), "paid", {}};
  CHECK(head_of(mocked) == instance_head{"Order", "order-1", term(), "paid", 0, timestamp{}});
  auto whole = mocked;
  whole.steps = {{std::string(initialisation_action), "new", timestamp{1s}, verdict::conforms},
                 {"pay", "paid", timestamp{2s}, verdict::learned}};
  CHECK(head_of(whole) == instance_head{"Order", "order-1", term(), "paid", 2, timestamp{2s}});
}
