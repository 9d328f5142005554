#include "actors/shard.hpp"

#include "test/support/hazardous_store.hpp"
#include "test/support/shard_world.hpp"

#include <memory>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

/// A shard that answers before it commits.
struct async_world : test::shard_world {
  shard_actor shard;
  std::shared_ptr<test::hazards> dangers = std::make_shared<test::hazards>();

  explicit async_world(std::size_t max_batch = 10'000) {
    start(max_batch);
    commits = 0;
  }

  ~async_world() {
    kill(shard);
    run();
  }

  void start(std::size_t max_batch = 10'000) {
    shard_options options;
    options.durability = durability::async;
    options.commit_interval = 50ms;
    options.max_batch = max_batch;
    auto hazardous = std::make_unique<test::hazardous_store>(store(1), dangers);
    shard = spawn_shard(system(), books(1, std::move(hazardous)), fitting(options));
    run();
  }

  auto init(const term& identifier) {
    return ask<receipt>(shard, atoms::initialise_v, initialisation_of(identifier));
  }
  auto get(const term& identifier) { return ask<instance>(shard, atoms::get_v, identifier); }
};

} // namespace

TEST_CASE("without waiting for durability an answer comes before its commit", "[durability]") {
  async_world w;
  CHECK(w.init("order-1") == receipt{1, verdict::conforms, false});
  w.advance(40ms);
  CHECK(w.init("order-2"));
  CHECK(w.commits == 0);
  w.advance(9ms);
  CHECK(w.commits == 0);
  w.advance(1ms); // 50 ms after the first change
  CHECK(w.commits == 1);
  CHECK(w.init("order-3"));
  w.advance(49ms);
  CHECK(w.commits == 1);
  w.advance(1ms);
  CHECK(w.commits == 2);
  w.advance(10s);
  CHECK(w.commits == 2);
}

TEST_CASE("reads commit first, and then nothing is left to be committed", "[durability]") {
  async_world w;
  REQUIRE(w.init("order-1"));
  CHECK(w.get("order-1")->current_state == "new");
  CHECK(w.commits == 1);
  w.advance(1s);
  CHECK(w.commits == 1);
}

TEST_CASE("a full batch is committed at once", "[durability]") {
  async_world w{1};
  for (int i = 0; i < 3; ++i)
    REQUIRE(w.init(i));
  CHECK(w.commits == 3);
  w.advance(50ms);
  CHECK(w.commits == 3);
}

TEST_CASE("an orderly stop commits what was answered", "[durability]") {
  async_world w;
  REQUIRE(w.init("order-1"));
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(w.shard),
                      caf::exit_reason::user_shutdown);
  w.run();
  CHECK(w.commits == 1);
  w.start();
  CHECK(w.get("order-1")->current_state == "new");
}

TEST_CASE("a crash loses what was answered since the last commit, and only that", "[durability]") {
  async_world w;
  REQUIRE(w.init("order-1"));
  w.advance(50ms);
  REQUIRE(w.init("order-2"));
  w.kill(w.shard);
  w.run();
  w.start();
  CHECK(w.get("order-1"));
  CHECK(w.get("order-2").error().code == ec::instance_identifier_not_found);
}

TEST_CASE("what a crash of the shard takes along is told as lost", "[durability]") {
  async_world w;
  REQUIRE(w.init("order-1"));
  w.dangers->fatal_lookups.insert("order-2");
  CHECK_FALSE(w.init("order-2"));
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].message.find("has lost") != std::string::npos);
  CHECK(w.reports[0].message.find("boom") != std::string::npos);
  CHECK(w.reports[0].context.at("lost_requests") == term{1});
  w.start();
  CHECK(w.get("order-1").error().code == ec::instance_identifier_not_found);
}

TEST_CASE("what was answered and cannot be committed is told as lost", "[durability]") {
  async_world w;
  w.fail_next_commits = 1;
  REQUIRE(w.init("order-1"));
  REQUIRE(w.init("order-2"));
  CHECK(w.reports.empty());
  w.advance(50ms);
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::store_failure);
  CHECK(w.reports[0].message.find("has lost") != std::string::npos);
  CHECK(w.reports[0].message.find("2 requests were answered") != std::string::npos);
  CHECK(w.reports[0].context.at("lost_requests") == term{2});
  CHECK(w.get("order-1").error().code == ec::instance_identifier_not_found);
  CHECK(w.init("order-1"));
}

TEST_CASE("requests that changed nothing are not among the lost ones", "[durability]") {
  async_world w;
  w.fail_next_commits = 1;
  auto request = w.initialisation_of("order-1");
  request.operation_id = "init-1";
  REQUIRE(w.ask<receipt>(w.shard, atoms::initialise_v, request));
  CHECK(w.ask<receipt>(w.shard, atoms::initialise_v, request)->duplicate);
  CHECK_FALSE(w.ask<receipt>(w.shard, atoms::step_v, w.step_of("nobody", "pay", "paid")));
  CHECK(w.ask<bool>(w.shard, atoms::remove_v, term{"nobody"}, std::string{}));
  w.reports.clear();
  w.advance(50ms);
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].message.find("1 request was answered") != std::string::npos);
  CHECK(w.reports[0].context.at("lost_requests") == term{1});
}

TEST_CASE("what concerns a whole shard is answered when it is durable, always", "[durability]") {
  async_world w;
  w.fail_next_commits = 1;
  auto declared = specification::make("Invoice", {{"draft", "send", "sent"}});
  REQUIRE(declared);
  auto refused =
      w.ask<void>(w.shard, atoms::declare_v,
                  local_specification{std::make_shared<const specification>(std::move(*declared))},
                  std::string{});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::store_failure);
}
