/// Whom a shard tells its errors, and how.

#include "test/support/policy_world.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using test::policy_world;
using namespace std::chrono_literals;

TEST_CASE("a callback hears of an error before its caller does, and who that is", "[shard]") {
  policy_world w;
  w.start();
  auto request = w.initialisation_of("order-1");
  request.client = "checkout";
  REQUIRE(w.ask<receipt>(w.shard, atoms::initialise_v, request));
  CHECK_FALSE(w.ask<receipt>(w.shard, atoms::initialise_v, request));
  REQUIRE(w.heard.size() == 1);
  CHECK(w.heard[0].first == ec::instance_identifier_already_in_use);
  CHECK(w.heard[0].second == caller{"initialise", "checkout"});
  CHECK_FALSE(w.step("order-1", "tamper", "new"));
  REQUIRE(w.heard.size() == 2);
  CHECK(w.heard[1].second.call == "step");
  CHECK_FALSE(w.heard[1].second.sender.empty());
}

TEST_CASE("an error that belongs to no specification goes to the node's policy", "[shard]") {
  policy_world w;
  w.options.policy.callback = nullptr;
  w.start();
  CHECK_FALSE(w.step("order-1", "pay", "paid"));
  REQUIRE(w.heard.size() == 1);
  CHECK(w.heard[0].first == ec::instance_identifier_not_found);
}

TEST_CASE("a late instance is told to the callback", "[shard]") {
  policy_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  w.advance(31s);
  REQUIRE(w.heard.size() == 1);
  CHECK(w.heard[0].first == ec::transition_timeout);
  CHECK(w.heard[0].second.call == "timer");
}

TEST_CASE("a callback that throws fails its call and nothing else", "[shard]") {
  policy_world w;
  w.options.policy.swallowed = {ec::deviation_not_equivalent};
  w.start();
  REQUIRE(w.init("order-1"));
  w.callbacks_throw = true;
  auto failed = w.step("order-1", "tamper", "new");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ec::callback_failed);
  CHECK(failed.error().message.find("no pager today") != std::string::npos);
  CHECK(w.get("order-1")->steps.size() == 2); // recorded all the same
  auto report = w.step_of("order-1", "tamper", "new");
  auto answers = w.ask<std::vector<step_answer>>(
      w.shard, atoms::step_v, std::vector{w.step_of("order-1", "pay", "paid"), report});
  REQUIRE(answers);
  CHECK_FALSE(answers->at(0).error);
  REQUIRE(answers->at(1).error);
  CHECK(answers->at(1).error->code == ec::callback_failed);
  w.callbacks_throw = false;
  CHECK(w.step("order-1", "ship", "shipped"));
}

TEST_CASE("each error is logged at the level that its policy says", "[shard]") {
  policy_world w;
  w.options.policy.logged = {{ec::deviation_not_equivalent, severity::error},
                             {ec::instance_identifier_already_in_use, severity::off}};
  w.start();
  REQUIRE(w.init("order-1"));
  CHECK_FALSE(w.init("order-1"));
  CHECK(w.levels.empty());
  CHECK_FALSE(w.step("order-1", "tamper", "new"));
  CHECK(w.levels == std::vector{severity::error});
  w.advance(31s);
  CHECK(w.levels == std::vector{severity::error, severity::warning});
}

TEST_CASE("a failed commit is told to the node's policy", "[shard]") {
  policy_world w;
  w.start();
  w.fail_next_commits = 1;
  CHECK_FALSE(w.init("order-1"));
  REQUIRE(w.heard.size() == 1);
  CHECK(w.heard[0].first == ec::store_failure);
}

TEST_CASE("a log that throws harms nobody", "[shard]") {
  policy_world w;
  w.start();
  w.kill(w.shard);
  w.run();
  shard_options how;
  how.where = placement::scheduler;
  how.now = [&w] { return w.now(); };
  how.report = [](const failure&, severity) { throw std::runtime_error("the disk is full"); };
  w.shard = spawn_shard(w.system(), w.books(1), how);
  REQUIRE(w.init("order-1"));
  CHECK_FALSE(w.step("order-1", "tamper", "new"));
  CHECK(w.get("order-1")->steps.size() == 2);
}
