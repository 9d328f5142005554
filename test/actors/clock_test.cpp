/// Clocks that are set back, as people and time servers do.

#include "test/support/shard_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

/// A shard whose clock can be set, unlike the time that its timers go by. Orders are late after
/// 30 s, or as it is given.
struct clock_world : test::shard_world {
  duration set_by{};
  shard_actor shard;

  clock_world() { start(); }
  explicit clock_world(duration transition_timeout) {
    specification_options how;
    how.transition_timeout = transition_timeout;
    configure(std::move(how));
    start();
  }

  void start() {
    shard_options options;
    options.where = placement::scheduler;
    options.now = [this] { return clock(); };
    options.report = [this](const failure& report, severity) { reports.push_back(report); };
    shard = spawn_shard(system(), books(1), options);
    run();
  }

  [[nodiscard]] timestamp clock() const { return now() + set_by; }

  auto init(const term& identifier) {
    return ask<receipt>(shard, atoms::initialise_v, initialisation_of(identifier));
  }
  auto step(const term& identifier, const std::string& action, const std::string& to) {
    return ask<receipt>(shard, atoms::step_v, step_of(identifier, action, to));
  }
  auto get(const term& identifier) { return ask<instance>(shard, atoms::get_v, identifier); }

  [[nodiscard]] auto late() const {
    return std::ranges::count(reports, ec::transition_timeout, &failure::code);
  }

  ~clock_world() {
    kill(shard);
    run();
  }
};

} // namespace

TEST_CASE("steps keep their order when the clock is set back between them", "[shard]") {
  clock_world w;
  const auto begin = w.clock();
  REQUIRE(w.init("order-1"));
  w.set_by = -1h;
  REQUIRE(w.step("order-1", "pay", "paid"));
  w.set_by = -2h;
  REQUIRE(w.step("order-1", "ship", "shipped"));
  const auto found = w.get("order-1");
  REQUIRE(found);
  CHECK(found->current_state == "shipped");
  REQUIRE(found->steps.size() == 3);
  CHECK(found->steps[1].action == "pay");
  CHECK(found->steps[1].at == begin - 1h);
  CHECK(found->steps[2].at == begin - 2h);
  CHECK(w.reports.empty());
}

TEST_CASE("who is late since the clock has jumped ahead is told before long", "[shard]") {
  clock_world w{10h};
  REQUIRE(w.init("order-1"));
  w.advance(5min);
  w.set_by = 11h;
  REQUIRE(w.init("order-2")); // of which the deadline is later
  w.advance(1min);
  CHECK(w.late() == 1);
}

TEST_CASE("nobody is late before the clock says so", "[shard]") {
  clock_world w;
  REQUIRE(w.init("order-1"));
  w.set_by = -1h;
  w.advance(31s); // the timer comes, and is too early now
  CHECK(w.late() == 0);
  w.advance(1h - 2s);
  CHECK(w.late() == 0);
  w.advance(2s);
  CHECK(w.late() == 1);
  w.advance(2h);
  CHECK(w.late() == 1);
}

TEST_CASE("a step after the clock was set back has its own deadline", "[shard]") {
  clock_world w;
  REQUIRE(w.init("order-1"));
  w.set_by = -1h;
  REQUIRE(w.step("order-1", "pay", "paid"));
  w.advance(29s);
  CHECK(w.late() == 0);
  w.advance(2s);
  CHECK(w.late() == 1);
}

TEST_CASE("a late instance is not late again when the clock is set back", "[shard]") {
  clock_world w;
  REQUIRE(w.init("order-1"));
  w.advance(31s);
  REQUIRE(w.late() == 1);
  w.set_by = -1h;
  w.advance(2h);
  CHECK(w.late() == 1);
  REQUIRE(w.step("order-1", "pay", "paid"));
  CHECK(w.late() == 1);
}

TEST_CASE("a shard starts with a clock that is behind its store", "[shard]") {
  clock_world w;
  REQUIRE(w.init("order-1"));
  w.kill(w.shard);
  w.run();
  w.set_by = -24h;
  w.start();
  CHECK(w.late() == 0);
  REQUIRE(w.step("order-1", "pay", "paid"));
  w.advance(31s);
  CHECK(w.late() == 1);
  REQUIRE(w.step("order-1", "ship", "shipped"));
  w.advance(48h);
  CHECK(w.late() == 1);
  CHECK(w.get("order-1")->steps.size() == 3);
}
