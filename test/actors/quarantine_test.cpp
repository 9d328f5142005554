#include "actors/quarantine.hpp"

#include "persistence/memory_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/node_world.hpp"
#include "test/support/results.hpp"

#include <new>
#include <stdexcept>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Notes as a shard does that crashes.
template <class F>
void crash(F note) {
  try {
    throw std::runtime_error("boom");
  } catch (...) {
    note();
  }
}

/// Identifiers in one shard each.
const term poison = "poison";
const term good = "good";

} // namespace

// -- conclusions ----------------------------------------------------------------------------------

TEST_CASE("the second crash in a row quarantines an instance", "[quarantine]") {
  memory_store store;
  quarantine q;
  CHECK(must(q.begin(store, at_second(0))) == std::nullopt);
  crash([&] { q.suspect("a"); });
  CHECK(must(q.begin(store, at_second(1))) == std::nullopt);
  CHECK_FALSE(q.contains("a"));
  crash([&] { q.suspect("a"); });
  auto convicted = must(q.begin(store, at_second(2)));
  REQUIRE(convicted);
  CHECK(convicted->identifier == term{"a"});
  CHECK(convicted->at == at_second(2));
  CHECK_THAT(convicted->reason, ContainsSubstring("2 times") && ContainsSubstring("\"boom\""));
  CHECK(q.contains("a"));
  CHECK(must(store.quarantined()) == std::vector{*convicted});
  CHECK(must(q.begin(store, at_second(3))) == std::nullopt);
  CHECK(q.contains("a"));
}

TEST_CASE("an end without an exception is nobody's fault", "[quarantine]") {
  memory_store store;
  quarantine q{crash_count{1}};
  for (int i = 0; i < 10; ++i)
    CHECK(must(q.begin(store, at_second(i))) == std::nullopt);
  CHECK(q.empty());
}

TEST_CASE("too little memory is no instance's fault", "[quarantine]") {
  memory_store store;
  quarantine q{crash_count{1}};
  try {
    throw std::bad_alloc{};
  } catch (...) {
    q.suspect("a");
  }
  CHECK_FALSE(q.excuses_crash(at_second(0)));
  CHECK(must(q.begin(store, at_second(0))) == std::nullopt);
  CHECK(q.empty());
}

TEST_CASE("a crash is excused once", "[quarantine]") {
  memory_store store;
  quarantine q;
  CHECK_FALSE(q.excuses_crash(at_second(0)));
  crash([&] { q.suspect("a"); });
  CHECK(q.excuses_crash(at_second(0)));
  CHECK_FALSE(q.excuses_crash(at_second(0))); // the start failed
  crash([&] { q.suspect("b"); });
  (void)must(q.begin(store, at_second(1)));
  CHECK_FALSE(q.excuses_crash(at_second(1)));
}

TEST_CASE("the innermost note of a crash counts", "[quarantine]") {
  memory_store store;
  quarantine q{crash_count{1}};
  crash([&] {
    q.suspect("step of a list");
    q.suspect("the list");
  });
  CHECK(must(q.begin(store, at_second(0)))->identifier == term{"step of a list"});
}

TEST_CASE("who asks for a commit is not blamed for what others staged", "[quarantine]") {
  memory_store store;
  quarantine q{crash_count{1}};
  crash([&] {
    q.suspect_batch();
    q.suspect("reader");
  });
  CHECK(must(q.begin(store, at_second(0))) == std::nullopt);
  CHECK(q.careful());
  crash([&] {
    q.suspect_batch();
    q.suspect("writer");
  });
  CHECK(must(q.begin(store, at_second(1)))->identifier == term{"writer"});
  CHECK(q.careful());
  q.trust_again();
  crash([&] {
    q.suspect_batch();
    q.suspect("reader");
  });
  CHECK(must(q.begin(store, at_second(2))) == std::nullopt);
  CHECK(q.careful());
  // The start before failed, say: what was concluded still counts.
  CHECK(must(q.begin(store, at_second(3))) == std::nullopt);
  CHECK(q.careful());
  q.trust_again();
  CHECK_FALSE(q.careful());
}

TEST_CASE("only a batch that crashes when it is a single request makes wary of lists",
          "[quarantine]") {
  memory_store store;
  quarantine q;
  const auto crashes_in_a_batch = [&](int second) {
    crash([&] { q.suspect_batch(); });
    CHECK(must(q.begin(store, at_second(second))) == std::nullopt);
  };
  crashes_in_a_batch(1);
  CHECK_FALSE(q.wary_of_lists());
  crashes_in_a_batch(2);
  CHECK(q.wary_of_lists());
  q.trust_again();
  CHECK_FALSE(q.wary_of_lists());
  crashes_in_a_batch(3);
  CHECK_FALSE(q.wary_of_lists());
}

TEST_CASE("a quarantine that cannot be stored holds all the same, and is stored later",
          "[quarantine]") {
  auto contents = std::make_shared<memory_store_contents>();
  class broken : public forwarding_store {
  public:
    using forwarding_store::forwarding_store;
    result<void> commit(const batch&) override { return fail(ec::store_failure, "no space"); }
  };
  broken first{std::make_unique<memory_store>(contents)};
  memory_store second{contents};
  quarantine q{crash_count{1}};
  crash([&] { q.suspect("a"); });
  CHECK(must(q.begin(first, at_second(0))).has_value());
  CHECK(q.contains("a"));
  q.catch_up(first);
  CHECK(must(second.quarantined()).empty());
  q.catch_up(second);
  CHECK(must(second.quarantined()).size() == 1);
  CHECK(must(q.begin(second, at_second(1))) == std::nullopt);
  CHECK(q.contains("a"));
  CHECK(error_code_of(q.release(first, "a")) == ec::store_failure);
  CHECK(q.contains("a"));
  must(q.release(second, "a"));
  CHECK(q.empty());
  CHECK(must(second.quarantined()).empty());
}

TEST_CASE("a release that was stored without being known is found out", "[quarantine]") {
  class doubtful : public forwarding_store {
  public:
    using forwarding_store::forwarding_store;
    result<void> commit(const batch& changes) override {
      must(forwarding_store::commit(changes));
      return fail(ec::unavailable, "it is not known");
    }
  };
  auto contents = std::make_shared<memory_store_contents>();
  memory_store store{contents};
  doubtful later{std::make_unique<memory_store>(contents)};
  quarantine q{crash_count{1}};
  crash([&] { q.suspect("a"); });
  (void)must(q.begin(store, at_second(0)));
  CHECK(error_code_of(q.release(later, "a")) == ec::unavailable);
  CHECK(q.contains("a"));
  must(q.refresh(store));
  CHECK(q.empty());
}

TEST_CASE("a released instance has a clean slate", "[quarantine]") {
  memory_store store;
  quarantine q;
  for (int i = 0; i < 2; ++i) {
    crash([&] { q.suspect("a"); });
    (void)must(q.begin(store, at_second(i)));
  }
  must(q.release(store, "a"));
  must(q.release(store, "nobody"));
  crash([&] { q.suspect("a"); });
  CHECK(must(q.begin(store, at_second(3))) == std::nullopt);
}

// -- shards ---------------------------------------------------------------------------------------

TEST_CASE("an instance that crashes its shard is quarantined, and the others go on",
          "[quarantine]") {
  node_world w;
  const auto other = node_world::neighbour_of(poison);
  must(w.init(other));
  w.dangers->fatal_lookups.insert(poison);
  const auto refused = error_of(w.init(poison));
  CHECK(refused.code == ec::instance_quarantined);
  CHECK_THAT(refused.message, ContainsSubstring("boom: lookup") && ContainsSubstring("release"));
  CHECK(refused.context.at("identifier") == poison);
  CHECK(w.dangers->thrown == 2);
  CHECK_FALSE(w.ended);
  must(w.pay(other));
  must(w.init(good));

  const auto listed = must(w.quarantined());
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].identifier == poison);
  CHECK(listed[0].at == w.now());
}

TEST_CASE("everything that changes or reads a quarantined instance is refused", "[quarantine]") {
  node_world w;
  must(w.init(poison));
  must(w.init(good));
  w.dangers->fatal_lookups.insert(poison);
  w.kill(w.shard(w.home_of(poison)));
  w.run();
  const auto is_refused = [](auto answer) {
    return error_code_of(std::move(answer)) == ec::instance_quarantined;
  };
  CHECK(is_refused(w.get(poison)));
  CHECK(w.dangers->thrown == 2);
  CHECK(is_refused(w.init(poison)));
  CHECK(is_refused(w.pay(poison)));
  CHECK(is_refused(w.ask<void>(w.manager, atoms::mock_v, w.initialisation_of(poison))));
  CHECK(is_refused(w.ask<bool>(w.manager, atoms::remove_v, poison, std::string{})));
  CHECK(is_refused(
      w.ask<std::uint64_t>(w.manager, atoms::remove_v, std::vector<term>{poison}, std::string{})));
  CHECK(w.dangers->thrown == 2);
  // and told to those who watch
  CHECK(w.reports.back().code == ec::instance_quarantined);

  CHECK(must(w.ask<std::uint64_t>(w.manager, atoms::remove_all_v, instance_filter{}, std::string{}))
        == 1);
  CHECK(error_code_of(w.get(good)) == ec::instance_identifier_not_found);
  w.dangers->fatal_lookups.clear();
  must(w.release(poison));
  CHECK(must(w.get(poison)).steps.size() == 1);
}

TEST_CASE("of a list, the step of a quarantined instance is refused and the others are recorded",
          "[quarantine]") {
  node_world w;
  w.stop();
  w.with_checks = GENERATE(false, true);
  CAPTURE(w.with_checks);
  w.start();
  const auto other = node_world::neighbour_of(poison);
  must(w.init(poison));
  must(w.init(other));
  w.dangers->fatal_lookups.insert(poison);
  w.kill(w.shard(w.home_of(poison)));
  w.run();
  const std::vector steps{w.step_of(other, "pay", "paid"), w.step_of(poison, "pay", "paid"),
                          w.step_of(other, "ship", "shipped")};
  const auto answers = must(w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, steps));
  REQUIRE(answers.size() == 3);
  CHECK_FALSE(answers[0].error);
  CHECK(answers[0].recorded.step_number == 2);
  REQUIRE(answers[1].error);
  CHECK(answers[1].error->code == ec::instance_quarantined);
  CHECK(answers[2].recorded.step_number == 3);
  CHECK(w.dangers->thrown == 2);
  CHECK(must(w.get(other)).steps.size() == 3);
  CHECK(must(w.quarantined()).size() == 1);
}

TEST_CASE("an instance whose commit crashes is found among a batch", "[quarantine]") {
  node_world w;
  const auto other = node_world::neighbour_of(poison);
  must(w.init(poison));
  must(w.init(other));
  w.dangers->fatal_commits.insert(poison);
  // one batch, whose commit is asked for by a reader
  auto first = w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of(other, "pay", "paid"));
  auto second = w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of(poison, "pay", "paid"));
  auto third = w.ask_later<instance>(w.manager, atoms::get_v, other);
  w.run();
  REQUIRE((*first && *second && *third));
  CHECK(must(**first).step_number == 2);
  CHECK(error_code_of(**second) == ec::instance_quarantined);
  CHECK(must(**third).identifier == other);
  CHECK(w.dangers->thrown == 3);
  CHECK_FALSE(w.ended);
  CHECK(must(w.get(other)).steps.size() == 2);
  REQUIRE(must(w.quarantined()).size() == 1);
  CHECK(must(w.quarantined())[0].identifier == poison);
  w.dangers->fatal_commits.clear();
  must(w.release(poison));
  CHECK(must(w.get(poison)).steps.size() == 1);
}

TEST_CASE("lists that crash a commit are refused, and their steps tell who is to blame",
          "[quarantine]") {
  node_world w;
  const auto other = node_world::neighbour_of(poison);
  must(w.init(poison));
  must(w.init(other));
  w.dangers->fatal_commits.insert(poison);
  const std::vector steps{w.step_of(other, "pay", "paid"), w.step_of(poison, "pay", "paid")};
  const auto send = [&] {
    return must(w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, steps));
  };
  for (const auto& one : send()) {
    REQUIRE(one.error);
    CHECK(one.error->code == ec::unavailable);
    CHECK_THAT(one.error->message, ContainsSubstring("one by one"));
  }
  CHECK(w.dangers->thrown == 2);
  CHECK(must(w.get(other)).steps.size() == 1);
  // of one instance is as good as one by one
  CHECK_FALSE(
      must(w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, std::vector{steps[0]}))[0]
          .error);
  w.advance(10s);
  CHECK(error_code_of(w.pay(poison)) == ec::instance_quarantined);
  const auto answers = send();
  CHECK_FALSE((answers[0].error && answers[0].error->code == ec::unavailable));
  CHECK(answers[1].error->code == ec::instance_quarantined);
  CHECK_FALSE(w.ended);
}

TEST_CASE("a poisonous list that is sent again and again does not end the node", "[quarantine]") {
  node_world w;
  must(w.init(poison));
  w.dangers->fatal_commits.insert(poison);
  const std::vector steps{w.step_of(node_world::neighbour_of(poison), "pay", "paid"),
                          w.step_of(poison, "pay", "paid")};
  for (int i = 0; i < 60; ++i) {
    (void)w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, steps);
    w.advance(1s);
  }
  CHECK_FALSE(w.ended);
}

TEST_CASE("after a crash during a commit, changes are committed together again before long",
          "[quarantine]") {
  node_world w;
  const auto mock = [&](const term& identifier) {
    auto request = w.initialisation_of(identifier);
    request.initial_state = "paid";
    return w.ask_later<void>(w.manager, atoms::mock_v, request);
  };
  w.dangers->after_commit = true;
  (void)mock(poison);
  w.run();
  const auto commits_of_two = [&] {
    const auto before = w.commits;
    auto one = mock(node_world::neighbour_of(poison));
    auto two = mock(poison);
    w.run();
    CHECK((*one && *two));
    return w.commits - before;
  };
  CHECK(commits_of_two() == 2);
  w.advance(10s);
  CHECK(commits_of_two() == 1);
}

TEST_CASE("a step is made once, though a crash followed its commit", "[quarantine]") {
  node_world w;
  must(w.init(poison));
  w.dangers->after_commit = true;
  CHECK(must(w.pay(poison)).step_number == 2); // without an operation id
  CHECK(w.dangers->thrown == 1);
  CHECK(w.restarts.size() == 1);
  CHECK(must(w.get(poison)).steps.size() == 2);

  // With others in its batch, one of which is gone again.
  auto other = w.ask_later<receipt>(w.manager, atoms::initialise_v,
                                    w.initialisation_of(node_world::neighbour_of(poison)));
  auto step = w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of(poison, "ship", "shipped"));
  auto gone = w.ask_later<bool>(w.manager, atoms::remove_v, node_world::neighbour_of(poison),
                                std::string{});
  w.advance(10s);
  CHECK(must(w.get(poison)).steps.size() == 3);
  CHECK((*other && *step && *gone));
}

TEST_CASE("a crash while deadlines are read after a commit has nothing done twice",
          "[quarantine]") {
  node_world w;
  w.stop();
  w.deadlines_at_once = 1;
  w.start();
  const auto other = node_world::neighbour_of(poison);
  must(w.init(poison));
  w.advance(1s);
  must(w.init(other));
  w.advance(1s);
  w.kill(w.shard(node_world::home_of(poison))); // it reads the first deadline only
  w.run();
  w.dangers->deadlines = true;
  CHECK(must(w.pay(poison)).step_number == 2);
  CHECK(w.dangers->thrown == 1);
  CHECK(must(w.get(poison)).steps.size() == 2);
}

TEST_CASE("a quarantine lasts beyond the process", "[quarantine]") {
  node_world w;
  w.dangers->fatal_lookups.insert(poison);
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  w.stop();
  w.start();
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  CHECK(w.dangers->thrown == 2);

  w.dangers->fatal_lookups.clear();
  must(w.release(poison));
  must(w.init(poison));
  w.stop();
  w.start();
  must(w.pay(poison));
}

TEST_CASE("a release and a deletion are not taken for each other's repetition", "[quarantine]") {
  node_world w;
  const std::string operation = "once";
  w.dangers->fatal_lookups.insert(poison);
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  w.dangers->fatal_lookups.clear();
  CHECK(must(w.ask<bool>(w.manager, atoms::release_v, poison, operation)));
  must(w.init(poison));
  CHECK(error_code_of(w.ask<bool>(w.manager, atoms::remove_v, poison, operation))
        == ec::invalid_argument);
  CHECK(must(w.get(poison)).steps.size() == 1);
  CHECK(must(w.ask<bool>(w.manager, atoms::release_v, poison, operation)));
}

TEST_CASE("a release that a crash followed is repeated with the answer that it had",
          "[quarantine]") {
  node_world w;
  const std::string operation = "once";
  w.dangers->fatal_lookups.insert(poison);
  CHECK(error_code_of(w.init(poison)) == ec::instance_quarantined);
  w.dangers->fatal_lookups.clear();
  w.dangers->after_commit = true;
  CHECK(error_code_of(w.ask<bool>(w.manager, atoms::release_v, poison, operation))
        == ec::unavailable);
  CHECK(must(w.ask<bool>(w.manager, atoms::release_v, poison, operation)));
  CHECK_FALSE(must(w.release(poison)));
}
