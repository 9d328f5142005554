#include "actors/shard.hpp"

#include "persistence/memory_store.hpp"
#include "test/support/shard_world.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

struct one_shard_world : test::shard_world {
  shard_actor shard;

  explicit one_shard_world(shard_options options = {}) { start(std::move(options)); }

  ~one_shard_world() {
    kill(shard);
    run();
  }

  void start(shard_options options = {}) {
    shard = spawn(1, std::move(options));
    run();
  }

  void restart(shard_options options = {}) {
    kill(shard);
    run();
    start(std::move(options));
  }

  auto init(const term& identifier) {
    return ask<receipt>(shard, atoms::initialise_v, initialisation_of(identifier));
  }
  auto step(const term& identifier, const std::string& action, const std::string& to) {
    return ask<receipt>(shard, atoms::step_v, step_of(identifier, action, to));
  }
  auto get(const term& identifier) { return ask<instance>(shard, atoms::get_v, identifier); }
};

/// What is answered to a read right behind a step whose commit fails.
template <class T, class... Ts>
result<T> read_behind_failure(one_shard_world& w, Ts... read) {
  w.fail_next_commits = 1;
  auto refused = w.ask_later<receipt>(w.shard, atoms::step_v, w.step_of("a", "pay", "paid"));
  auto found = w.ask_later<T>(w.shard, std::move(read)...);
  w.run();
  REQUIRE_FALSE(**refused);
  REQUIRE(found->has_value());
  return **found;
}

} // namespace

TEST_CASE("a shard records what its instances do", "[shard]") {
  one_shard_world w;
  CHECK(w.init("order-1") == receipt{1, verdict::conforms, false});
  CHECK(w.step("order-1", "pay", "paid") == receipt{2, verdict::conforms, false});
  auto found = w.get("order-1");
  REQUIRE(found);
  CHECK(found->current_state == "paid");
  CHECK(found->steps.size() == 2);
  CHECK(found->steps[1].at == w.now());
}

TEST_CASE("a reply leaves only after its commit", "[shard]") {
  one_shard_world w;
  w.fail_next_commits = 1;
  auto refused = w.init("order-1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::store_failure);
  CHECK(w.get("order-1").error().code == ec::instance_identifier_not_found);
  CHECK(w.init("order-1")); // the shard goes on
}

TEST_CASE("everything that waits is one commit", "[shard]") {
  one_shard_world w;
  std::vector<test::future_answer<receipt>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of(i)));
  w.commits = 0;
  w.run();
  CHECK(w.commits == 1);
  for (auto& answer : answers) {
    REQUIRE(answer->has_value());
    CHECK((*answer)->has_value());
  }
}

TEST_CASE("when a commit fails, everybody who waits for it is told", "[shard]") {
  one_shard_world w;
  w.fail_next_commits = 1;
  auto first = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("a"));
  auto second = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("b"));
  w.run();
  CHECK((*first)->error().code == ec::store_failure);
  CHECK((*second)->error().code == ec::store_failure);
}

TEST_CASE("a commit that fails fails nobody who only reads", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("a"));
  const auto one = read_behind_failure<instance>(w, atoms::get_v, term{"a"});
  REQUIRE(one);
  CHECK(one->current_state == "new");
  CHECK(read_behind_failure<std::vector<instance>>(w, atoms::show_all_v, instance_filter{}));
  CHECK(read_behind_failure<instance_page>(w, atoms::list_v, instance_filter{}, std::uint64_t{0},
                                           std::uint64_t{10}));
  CHECK(read_behind_failure<std::vector<implementation_model>>(w, atoms::show_models_v));
  CHECK(read_behind_failure<shard_summary>(w, atoms::summarise_v, std::uint64_t{1}));
}

TEST_CASE("a refusal that rests on what is not durable yet waits for it", "[shard]") {
  one_shard_world w;
  w.fail_next_commits = 1;
  auto first = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("a"));
  auto second = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("a"));
  w.run();
  CHECK((*first)->error().code == ec::store_failure);
  // not "already in use": nobody uses it
  CHECK((*second)->error().code == ec::store_failure);
}

TEST_CASE("a batch that is full is committed at once", "[shard]") {
  shard_options options;
  options.max_batch = 4; // two initialisations
  one_shard_world w{options};
  for (int i = 0; i < 10; ++i)
    (void)w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of(i));
  w.commits = 0;
  w.run();
  CHECK(w.commits == 5);
}

TEST_CASE("a list of steps is answered step by step, after one commit", "[shard]") {
  one_shard_world w;
  auto first = w.step_of("order-1", "pay", "paid");
  first.initialise_as = "Order";
  std::vector<step_report> steps{first, w.step_of("nobody", "pay", "paid"),
                                 w.step_of("order-1", "tamper", "new")};
  w.commits = 0;
  auto answers = w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps);
  REQUIRE(answers);
  REQUIRE(answers->size() == 3);
  CHECK(w.commits == 1);
  CHECK(answers->at(0).recorded.step_number == 2);
  CHECK(answers->at(1).error->code == ec::instance_identifier_not_found);
  CHECK(answers->at(2).error->code == ec::deviation_not_equivalent);
  CHECK(w.get("order-1")->steps.size() == 3);
}

TEST_CASE("a shard that is killed finds its instances again", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("order-1"));
  w.restart();
  CHECK(w.get("order-1")->current_state == "new");
}

TEST_CASE("what was not acknowledged when a shard was killed is not there", "[shard]") {
  one_shard_world w;
  auto pending = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("a"));
  w.kill(w.shard);
  w.run();
  REQUIRE(pending->has_value());
  if (!**pending) {
    w.start();
    CHECK_FALSE(w.get("a"));
  }
}

TEST_CASE("asked to exit, a shard commits and answers first", "[shard]") {
  one_shard_world w;
  auto pending = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("a"));
  w.run();
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(w.shard),
                      caf::exit_reason::user_shutdown);
  w.run();
  REQUIRE(pending->has_value());
  CHECK((*pending)->has_value());
  w.start();
  CHECK(w.get("a"));
}

TEST_CASE("an instance that takes too long is reported once", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("order-1"));
  w.advance(29s);
  CHECK(w.reports.empty());
  w.advance(1s);
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::transition_timeout);
  CHECK(w.reports[0].context.at("identifier") == term{"order-1"});
  w.advance(24h);
  CHECK(w.reports.size() == 1);
}

TEST_CASE("a step in time moves the deadline", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("order-1"));
  w.advance(20s);
  REQUIRE(w.step("order-1", "pay", "paid"));
  w.advance(20s);
  CHECK(w.reports.empty());
  w.advance(10s);
  CHECK(w.reports.size() == 1);
}

TEST_CASE("deadlines are watched again after a restart", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("passed"));
  w.advance(10s);
  REQUIRE(w.init("ahead"));
  w.kill(w.shard);
  w.advance(21s);
  CHECK(w.reports.empty());
  w.start();
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].context.at("identifier") == term{"passed"});
  w.advance(9s);
  REQUIRE(w.reports.size() == 2);
  CHECK(w.reports[1].context.at("identifier") == term{"ahead"});
  w.restart();
  CHECK(w.reports.size() == 2); // reported once, restart or not
}

TEST_CASE("deadlines that passed while the shard was down can be left unreported", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("order-1"));
  w.kill(w.shard);
  w.advance(60s);
  shard_options quiet;
  quiet.check_timeouts_on_start = false;
  w.start(quiet);
  w.advance(60s);
  CHECK(w.reports.empty());
}

TEST_CASE("in the time of events the clock makes nobody late", "[shard]") {
  shard_options options;
  options.time = timekeeping::events;
  one_shard_world w{options};
  auto old = w.initialisation_of("order-1");
  old.at = timestamp{duration{0}};
  REQUIRE(w.ask<receipt>(w.shard, atoms::initialise_v, old));
  w.advance(24h);
  CHECK(w.reports.empty());
  REQUIRE(w.ask<void>(w.shard, atoms::expire_v, point_in_time{timestamp{29s}}));
  CHECK(w.reports.empty());
  REQUIRE(w.ask<void>(w.shard, atoms::expire_v, point_in_time{timestamp{31s}}));
  CHECK(w.reports.size() == 1);
}

TEST_CASE("deviations are reported when they are durable", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("order-1"));
  auto refused = w.step("order-1", "tamper", "new");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::deviation_not_equivalent);
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::deviation_not_equivalent);
  CHECK(w.get("order-1")->current_state == "new");
  CHECK(w.get("order-1")->steps.size() == 2);
}

TEST_CASE("a shard tells what it holds", "[shard]") {
  one_shard_world w;
  REQUIRE(w.init("order-1"));
  REQUIRE(w.init("order-2"));
  (void)w.step("order-2", "tamper", "new");
  auto summary = w.ask<shard_summary>(w.shard, atoms::summarise_v, std::uint64_t{10});
  REQUIRE(summary);
  CHECK(summary->shard == "DistributedInstanceManager.Server_1");
  REQUIRE(summary->states.size() == 1);
  CHECK(summary->states[0].instances == 2);
  CHECK(summary->deviations.total == 1);
  auto page = w.ask<instance_page>(w.shard, atoms::list_v, instance_filter{}, std::uint64_t{0},
                                   std::uint64_t{1});
  REQUIRE(page);
  CHECK(page->instances.size() == 1);
  CHECK(page->next);
}
