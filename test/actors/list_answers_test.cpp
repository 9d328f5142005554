#include "actors/list_answers.hpp"
#include "actors/list_parts.hpp"
#include "test/support/checks_world.hpp"
#include "test/support/results.hpp"
#include "test/support/shard_world.hpp"
#include "test/support/term_generator.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

/// An answer to one step that says its number.
std::vector<step_answer> numbered(std::uint64_t step_number) {
  return {{{step_number, verdict::conforms, false}, std::nullopt}};
}

/// Part 0 of a list, with one step.
struct one_part {
  std::shared_ptr<list_answers> answers = std::make_shared<list_answers>(1);

  local_steps of(const step_report& step) {
    local_steps steps{std::vector{step}};
    steps.slot = answers->slot(0);
    return steps;
  }
};

} // namespace

TEST_CASE("answers are where their parts were, and those that come back are told once",
          "[list_answers]") {
  const auto answers = std::make_shared<list_answers>(4);
  auto first = answers->slot(0);
  auto second = answers->slot(1);
  auto third = answers->slot(2);
  auto fourth = answers->slot(3);
  third->put(numbered(7));
  first->put(fail(ec::store_failure, "the disk is full"));
  CHECK(answers->await_returned(now()).empty()); // not in time
  second.reset();
  CHECK(answers->await_returned(now() + 1h) == std::vector<std::size_t>{1});
  CHECK(answers->await_returned(now()).empty());
  fourth.reset();
  CHECK(answers->await_returned(now() + 1h) == std::vector<std::size_t>{3});
  CHECK(answers->await_returned(now() + 1h).empty());
  CHECK(error_code_of(answers->take(0).value()) == ec::store_failure);
  CHECK_FALSE(answers->take(1));
  CHECK(must(answers->take(2).value()).at(0).recorded.step_number == 7);
}

TEST_CASE("an answer counts once, though its slot ends later", "[list_answers]") {
  const auto answers = std::make_shared<list_answers>(2);
  auto first = answers->slot(0);
  const auto second = answers->slot(1);
  first->put(numbered(1));
  first.reset();
  CHECK(answers->await_returned(now()).empty());
  CHECK(answers->take(0));
  CHECK_FALSE(answers->take(1));
}

TEST_CASE("an answer may come when nobody waits any more", "[list_answers]") {
  auto answers = std::make_shared<list_answers>(1);
  const auto slot = answers->slot(0);
  answers.reset();
  slot->put(numbered(1));
}

TEST_CASE("a thread that waits for many others hears of all of them", "[list_answers]") {
  constexpr std::size_t parts = 8;
  for (int round = 0; round < 200; ++round) {
    const auto answers = std::make_shared<list_answers>(parts);
    std::vector<std::jthread> shards;
    for (std::size_t part = 0; part < parts; ++part)
      shards.emplace_back([part, slot = answers->slot(part)]() mutable {
        if (part % 3 == 0)
          slot.reset();
        else
          slot->put(numbered(part));
      });
    std::set<std::size_t> returned;
    for (;;) {
      const auto more = answers->await_returned(now() + 1min);
      if (more.empty())
        break;
      returned.insert(more.begin(), more.end());
    }
    REQUIRE(returned == std::set<std::size_t>{0, 3, 6});
    for (std::size_t part = 0; part < parts; ++part)
      if (part % 3 != 0)
        REQUIRE(must(answers->take(part).value()).at(0).recorded.step_number == part);
  }
}

TEST_CASE("a shard answers into the slot when the steps are durable", "[list_answers]") {
  shard_world w;
  const auto shard = w.spawn(1);
  w.run();
  one_part list;
  auto begun = w.step_of("a", "pay", "paid");
  begun.initialise_as = "Order";
  compat::anon_send(shard, atoms::step_v, list.of(begun), ticket{});
  CHECK_FALSE(list.answers->take(0));
  w.run();
  CHECK(must(list.answers->take(0).value()).at(0).recorded.step_number == 2);
  CHECK(w.commits == 1);

  w.fail_next_commits = 1;
  one_part refused;
  compat::anon_send(shard, atoms::step_v, refused.of(w.step_of("a", "ship", "shipped")), ticket{});
  w.run();
  CHECK(error_code_of(refused.answers->take(0).value()) == ec::store_failure);
  w.kill(shard);
  w.run();
}

TEST_CASE("a shard that commits later answers into the slot at once", "[list_answers]") {
  shard_world w;
  shard_options options;
  options.durability = durability::async;
  const auto shard = w.spawn(1, options);
  w.run();
  one_part list;
  auto begun = w.step_of("a", "pay", "paid");
  begun.initialise_as = "Order";
  compat::anon_send(shard, atoms::step_v, list.of(begun), ticket{});
  w.run();
  CHECK(must(list.answers->take(0).value()).at(0).recorded.step_number == 2);
  CHECK(w.commits == 0);
  w.kill(shard);
  w.run();
}

TEST_CASE("a part that waits at a shard that is killed comes back", "[list_answers]") {
  shard_world w;
  const auto shard = w.spawn(1);
  w.run();
  one_part list;
  compat::anon_send(shard, atoms::step_v, list.of(w.step_of("a", "pay", "paid")), ticket{});
  CHECK(list.answers->await_returned(now()).empty());
  w.kill(shard);
  w.run();
  if (!list.answers->take(0)) // the step may have been handled before the kill
    CHECK(list.answers->await_returned(now()) == std::vector<std::size_t>{0});
  one_part late;
  compat::anon_send(shard, atoms::step_v, late.of(w.step_of("a", "pay", "paid")), ticket{});
  CHECK(late.answers->await_returned(now()) == std::vector<std::size_t>{0});
}

TEST_CASE("a part waits for a check with its slot", "[list_answers]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  one_part list;
  compat::anon_send(w.shard, atoms::step_v, list.of(w.step_of("order-1", "tamper", "new")),
                    ticket{});
  w.advance(9s);
  CHECK_FALSE(list.answers->take(0));
  CHECK(list.answers->await_returned(now()).empty());
  w.advance(1s);
  const auto checked = must(list.answers->take(0).value());
  CHECK(checked.at(0).error.value().code == ec::deviation_not_equivalent);

  one_part lost;
  compat::anon_send(w.shard, atoms::step_v, lost.of(w.step_of("order-1", "peek", "new")), ticket{});
  w.advance(5s);
  CHECK(lost.answers->await_returned(now()).empty());
  w.kill(w.shard);
  w.run();
  CHECK(lost.answers->await_returned(now()) == std::vector<std::size_t>{0});
}

TEST_CASE("a list is divided among its shards, and their answers are put together again",
          "[list_answers]") {
  CHECK(rc::check([] {
    const shard_layout layout{
        *rc::gen::inRange<std::uint32_t>(1, 9),
        *rc::gen::element(routing_strategy::modulo, routing_strategy::rendezvous)};
    std::vector<step_report> list;
    for (const auto& identifier : *rc::gen::container<std::vector<term>>(generate::any_term(2)))
      list.push_back({.identifier = identifier});
    std::vector<step_answer> whole(list.size());
    std::uint32_t last_shard = 0;
    for (const auto& part : parts_of(list, layout)) {
      RC_ASSERT(part.shard > last_shard);
      last_shard = part.shard;
      RC_ASSERT(!part.places.empty());
      RC_ASSERT(std::ranges::is_sorted(part.places));
      std::vector<step_answer> own;
      for (const auto* one : steps_of(list, part)) {
        RC_ASSERT(layout.shard_of(one->identifier) == part.shard);
        const auto place = static_cast<std::uint64_t>(one - list.data());
        own.push_back(numbered(place + 1).front());
      }
      put_answers(whole, part, std::move(own));
    }
    for (std::size_t i = 0; i < whole.size(); ++i)
      RC_ASSERT(whole[i].recorded.step_number == i + 1);
  }));
}
