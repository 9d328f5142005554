/// What a shard tells of many instances.

#include "test/support/messages.hpp"
#include "test/support/policy_world.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using test::policy_world;

namespace {

/// Makes the orders from 0 on.
void fill(policy_world& w, int orders) {
  std::vector<step_report> steps;
  for (int i = 0; i < orders; ++i) {
    steps.push_back(w.step_of(i, "pay", "paid"));
    steps.back().initialise_as = "Order";
  }
  REQUIRE(w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps));
}

/// Histories are said to be longer than they are.
class store_of_long_histories final : public test::forwarding_store {
public:
  using forwarding_store::forwarding_store;

  result<instance_page> page(const page_request& part, const instance_predicate& accept) override {
    return forwarding_store::page(part, accept).map([this](instance_page found) {
      ++pages;
      for (auto& one : found.instances)
        one.head.step_count = 30'000;
      return found;
    });
  }

  std::size_t pages = 0;
};

} // namespace

// -- whole instances ------------------------------------------------------------------------------

TEST_CASE("others are served while whole instances are gathered", "[shard]") {
  policy_world w;
  w.start();
  fill(w, 350);
  auto all = w.ask_later<std::vector<instance>>(w.shard, atoms::show_all_v, instance_filter{});
  auto also = w.ask_later<std::vector<instance>>(w.shard, atoms::show_all_v,
                                                 instance_filter{"", "shipped"});
  auto removed = w.ask_later<bool>(w.shard, atoms::remove_v, term{349}, std::string{});
  auto shipped = w.ask_later<receipt>(w.shard, atoms::step_v, w.step_of(348, "ship", "shipped"));
  auto born = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of(term{350}));
  while (!removed->has_value() || !shipped->has_value() || !born->has_value())
    w.run(1);
  CHECK_FALSE(all->has_value());
  w.run();
  REQUIRE(all->has_value());
  REQUIRE(also->has_value());
  REQUIRE(**all);
  REQUIRE(**also);
  CHECK((**all)->size() == 349);
  CHECK((**all)->back().current_state == "shipped");
  CHECK((**all)->back().steps.size() == 3);
  REQUIRE((**also)->size() == 1);
  CHECK((**also)->front().identifier == term{348});
}

TEST_CASE(
    "no more whole instances are gathered than a message can have, one by one if they are long",
    "[shard]") {
  policy_world w;
  w.configure(w.options);
  auto store = std::make_unique<store_of_long_histories>(w.store(1));
  const auto& pages = store->pages;
  w.shard = spawn_shard(w.system(), w.books(1, std::move(store)), w.fitting());
  w.run();
  fill(w, 4);
  const auto all = w.ask<std::vector<instance>>(w.shard, atoms::show_all_v, instance_filter{});
  REQUIRE_FALSE(all);
  CHECK(all.error().code == ec::invalid_argument);
  CHECK(test::is_presentable(all.error().message));
  REQUIRE(w.ask<bool>(w.shard, atoms::remove_v, term{3}, std::string{}));
  const auto before = pages;
  const auto few = w.ask<std::vector<instance>>(w.shard, atoms::show_all_v, instance_filter{});
  REQUIRE(few);
  CHECK(few->size() == 3);
  CHECK(few->front().identifier == term{0});
  CHECK(few->back().identifier == term{2});
  CHECK(pages - before == 3);
}

// -- sums -----------------------------------------------------------------------------------------

TEST_CASE("others are served while much is counted", "[shard]") {
  policy_world w;
  w.start();
  std::vector<step_report> steps;
  for (int i = 0; i < 12'000; ++i) {
    steps.push_back(w.step_of(i, "pay", "paid"));
    steps.back().initialise_as = "Order";
  }
  REQUIRE(w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps));
  auto summary = w.ask_later<shard_summary>(w.shard, atoms::summarise_v, std::uint64_t{10});
  auto removed = w.ask_later<bool>(w.shard, atoms::remove_v, term{11'999}, std::string{});
  auto ship = [&](int which) {
    return w.ask_later<receipt>(w.shard, atoms::step_v, w.step_of(which, "ship", "shipped"));
  };
  auto shipped = ship(11'998);
  auto late = ship(0);
  auto born = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of(term{12'000}));
  w.run();
  REQUIRE(summary->has_value());
  REQUIRE(removed->has_value());
  REQUIRE(shipped->has_value());
  REQUIRE(late->has_value());
  REQUIRE(born->has_value());
  // The requests behind it were committed after the first slice and before the last one. What has
  // come into being since does not count.
  std::map<std::string, std::uint64_t> states;
  for (const auto& one : (**summary)->states)
    states[one.state] = one.instances;
  CHECK(states == std::map<std::string, std::uint64_t>{{"paid", 11'998}, {"shipped", 1}});
}

TEST_CASE("two summaries at a time are both answered", "[shard]") {
  policy_world w;
  w.start();
  REQUIRE(w.ask<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("order-1")));
  auto first = w.ask_later<shard_summary>(w.shard, atoms::summarise_v, std::uint64_t{0});
  auto second = w.ask_later<shard_summary>(w.shard, atoms::summarise_v, std::uint64_t{0});
  w.run();
  REQUIRE(first->has_value());
  REQUIRE(second->has_value());
  CHECK((**first)->states.size() == 1);
  CHECK((**first)->states == (**second)->states);
}
