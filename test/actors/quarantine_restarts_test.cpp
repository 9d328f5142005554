/// Crashes that end in a quarantine, and how often a node restarts its shards.

#include "test/support/node_world.hpp"
#include "test/support/results.hpp"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

const term poison = "poison";

std::vector<term> bad_instances(int count) {
  std::vector<term> names;
  for (int i = 0; i < count; ++i)
    names.emplace_back("bad-" + std::to_string(i));
  return names;
}

} // namespace

TEST_CASE("many instances that crash their shards are quarantined, and the node goes on",
          "[quarantine]") {
  node_world w;
  const auto bad = bad_instances(20);
  w.dangers->fatal_lookups.insert(bad.begin(), bad.end());
  std::vector<future_answer<receipt>> asked;
  for (const auto& one : bad)
    asked.push_back(w.ask_later<receipt>(w.manager, atoms::initialise_v, w.initialisation_of(one)));
  w.run();
  for (const auto& one : asked) {
    REQUIRE(*one);
    CHECK(error_code_of(**one) == ec::instance_quarantined);
  }
  CHECK_FALSE(w.ended);
  CHECK(must(w.quarantined()).size() == bad.size());
  must(w.init("good"));
}

TEST_CASE("so many bad instances that none of them can be to blame end the node", "[quarantine]") {
  node_world w;
  const auto bad = bad_instances(100);
  w.dangers->fatal_lookups.insert(bad.begin(), bad.end());
  for (const auto& one : bad)
    (void)w.ask_later<receipt>(w.manager, atoms::initialise_v, w.initialisation_of(one));
  w.run();
  CHECK(w.ended);
  CHECK(w.dangers->thrown < 200);
}

TEST_CASE("instances whose commits crash in all shards do not end the node", "[quarantine]") {
  node_world w{1};
  std::vector<term> bad;
  for (std::uint32_t shard = 1; shard <= node_world::shards; ++shard)
    for (int i = 0; bad.size() < shard; ++i)
      if (term name = "bad-" + std::to_string(i); node_world::home_of(name) == shard)
        bad.push_back(std::move(name));
  const auto in_list = GENERATE(false, true);
  CAPTURE(in_list);
  std::vector<step_report> steps;
  for (const auto& one : bad) {
    const auto other = node_world::neighbour_of(one, 100);
    must(w.init(one));
    must(w.init(other));
    w.dangers->fatal_commits.insert(one);
    steps.push_back(w.step_of(one, "pay", "paid"));
    steps.push_back(w.step_of(other, "pay", "paid"));
  }
  if (in_list)
    (void)must(w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, steps));
  std::vector<future_answer<receipt>> asked;
  for (const auto& one : steps)
    asked.push_back(w.ask_later<receipt>(w.manager, atoms::step_v, one));
  w.run();
  CHECK_FALSE(w.ended);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    REQUIRE(*asked[i]);
    if (i % 2 == 0)
      CHECK(error_code_of(**asked[i]) == ec::instance_quarantined);
    else
      must(**asked[i]);
  }
}

TEST_CASE("the steps of a refused list tell at once who is to blame", "[quarantine]") {
  node_world w;
  const auto other = node_world::neighbour_of(poison);
  must(w.init(poison));
  must(w.init(other));
  w.dangers->fatal_commits.insert(poison);
  const std::vector steps{w.step_of(other, "pay", "paid"), w.step_of(poison, "pay", "paid")};
  const auto refused = must(w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, steps));
  CHECK(refused[0].error->code == ec::unavailable);
  must(w.ask<receipt>(w.manager, atoms::step_v, steps[0]));
  CHECK(error_code_of(w.ask<receipt>(w.manager, atoms::step_v, steps[1]))
        == ec::instance_quarantined);
  CHECK_FALSE(w.ended);
}

TEST_CASE("crashes whose culprit is not known end the node when they are too many",
          "[quarantine]") {
  node_world w;
  for (int i = 0; i < 4; ++i) {
    w.kill(w.shard(1));
    w.run();
  }
  REQUIRE(w.ended);
}

TEST_CASE("a start that fails for ever ends the node, though a known culprit's crash led to it",
          "[quarantine]") {
  node_world w;
  w.dangers->fatal_lookups.insert(poison);
  w.stores_open = false;
  w.why_closed = ec::invalid_configuration;
  (void)w.ask_later<receipt>(w.manager, atoms::initialise_v, w.initialisation_of(poison));
  w.run();
  CHECK(w.ended);
}

TEST_CASE("if no restart is allowed, the first crash ends the node, whoever did it",
          "[quarantine]") {
  node_world w{0};
  w.dangers->fatal_lookups.insert(poison);
  auto asked = w.ask_later<receipt>(w.manager, atoms::initialise_v, w.initialisation_of(poison));
  w.run();
  CHECK(w.dangers->thrown == 1);
  CHECK(w.ended);
}

TEST_CASE("while the disk is full, an instance is quarantined in memory, and stored later",
          "[quarantine]") {
  node_world w;
  const auto other = node_world::neighbour_of(poison);
  must(w.init(other));
  w.dangers->fatal_lookups.insert(poison);
  w.dangers->failing_commits = 1'000;
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  CHECK(w.dangers->thrown == 2);
  CHECK_FALSE(w.ended);
  CHECK(must(w.quarantined()).size() == 1);
  CHECK(must(w.get(other)).steps.size() == 1);

  w.dangers->failing_commits = 0;
  must(w.pay(other));
  w.stop();
  w.start();
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  CHECK(w.dangers->thrown == 2);
}

TEST_CASE("a quarantine that was never stored can be released", "[quarantine]") {
  node_world w;
  w.dangers->fatal_lookups.insert(poison);
  w.dangers->failing_commits = 1;
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  w.dangers->fatal_lookups.clear();
  CHECK(must(w.release(poison)));
  must(w.init(poison));
  w.stop();
  w.start();
  must(w.pay(poison));
}

TEST_CASE("a shard whose store cannot be opened after a crash is tried again until it can",
          "[quarantine]") {
  node_world w;
  must(w.init(poison));
  w.stores_open = false;
  w.kill(w.shard(node_world::home_of(poison)));
  for (int i = 0; i < 60; ++i)
    w.advance(1s);
  CHECK_FALSE(w.ended);
  CHECK(w.restarts.size() < 70); // with a pause each time
  w.stores_open = true;
  w.advance(1s);
  must(w.pay(poison));
}

TEST_CASE("an orderly stop stores a quarantine that could not be stored before", "[quarantine]") {
  node_world w;
  w.dangers->fatal_lookups.insert(poison);
  w.dangers->failing_commits = 1;
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  w.stop();
  w.start();
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  CHECK(w.dangers->thrown == 2);
}
