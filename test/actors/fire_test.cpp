#include "model/term/term_text.hpp"
#include "test/support/node_world.hpp"
#include "test/support/results.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Clients that report steps of some instances, and keep what they were answered.
class clients {
public:
  /// @param with_ids Steps have operation ids.
  explicit clients(node_world& w, bool with_ids = true) : world_(w), with_ids_(with_ids) {}

  /// Reports the next step of an instance, whether or not those before were answered.
  void send_step(const term& identifier) {
    auto& sent = steps_[identifier];
    sent.push_back(world_.ask_later<receipt>(world_.manager, atoms::step_v,
                                             next_step(identifier, sent.size())));
  }

  /// The same with steps of several instances in one list.
  void send_list(const std::vector<term>& identifiers) {
    std::vector<step_report> list;
    std::vector<future_answer<receipt>> places;
    for (const auto& one : identifiers) {
      auto& sent = steps_[one];
      list.push_back(next_step(one, sent.size()));
      sent.push_back(std::make_shared<std::optional<result<receipt>>>());
      places.push_back(sent.back());
      in_list_.insert(sent.back());
    }
    lists_.emplace_back(
        world_.ask_later<std::vector<step_answer>>(world_.manager, atoms::step_v, list), places);
  }

  /// What is wrong with the answers and with what is recorded; empty if nothing is.
  std::string check() {
    for (auto& [answer, places] : lists_) {
      if (!*answer)
        return "a list was not answered";
      const auto parts = must(**answer);
      for (std::size_t i = 0; i < places.size(); ++i)
        *places[i] = parts[i].error ? result<receipt>{tl::unexpected(*parts[i].error)}
                                    : result<receipt>{parts[i].recorded};
    }
    for (const auto& [identifier, sent] : steps_) {
      const auto name = to_text(identifier);
      const auto steps = must(world_.get(identifier)).steps;
      std::size_t recorded = 1; // the initialisation
      for (std::size_t i = 0; i < sent.size(); ++i) {
        const auto which = "report " + std::to_string(i) + " of " + name;
        if (!*sent[i])
          return which + " was not answered";
        if (!**sent[i] && in_list_.contains(sent[i])
            && error_code_of(**sent[i]) == ec::unavailable) {
          // A shard is wary of lists after two crashes; by the first it may have been recorded.
          if (steps.size() > recorded && steps[recorded].to == state_after(i))
            ++recorded;
          continue;
        }
        if (!**sent[i])
          return which + " was refused: " + (**sent[i]).error().message;
        if ((**sent[i])->step_number != ++recorded)
          return which + " was answered with number " + std::to_string((**sent[i])->step_number);
        if (steps.size() < recorded || steps[recorded - 1].to != state_after(i))
          return which + " is not where it belongs";
      }
      if (steps.size() != recorded)
        return name + " has " + std::to_string(steps.size()) + " steps instead of "
               + std::to_string(recorded);
      acknowledged_ += recorded - 1;
    }
    return {};
  }

  /// How many steps were acknowledged; after `check`.
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }

private:
  static std::string state_after(std::size_t number) { return "state-" + std::to_string(number); }

  step_report next_step(const term& identifier, std::size_t number) {
    auto report = world_.step_of(identifier, "turn", state_after(number));
    report.initialise_as = "Order";
    if (with_ids_)
      report.operation_id = to_text(identifier) + "/" + std::to_string(number);
    return report;
  }

  node_world& world_;
  bool with_ids_;
  std::map<term, std::vector<future_answer<receipt>>> steps_;
  std::vector<
      std::pair<future_answer<std::vector<step_answer>>, std::vector<future_answer<receipt>>>>
      lists_;
  std::set<future_answer<receipt>> in_list_;
  std::size_t acknowledged_ = 0;
};

term order(std::uint64_t number) { return "order-" + std::to_string(number); }

/// A world in which unknown steps are recorded without an error.
struct fire_world : node_world {
  fire_world(std::size_t most_restarts, crash_count crashes)
      : node_world(most_restarts, std::move(crashes)) {
    stop();
    specification_options tolerant;
    tolerant.policy.swallowed = {ec::deviation_still_equivalent, ec::deviation_not_equivalent};
    configure(tolerant);
    start();
    ended.reset();
    restarts.clear();
  }
};

} // namespace

TEST_CASE("hundreds of crashes at random lose no step, and no order", "[fire]") {
  constexpr std::size_t many = 1'000'000;
  for (const std::uint64_t seed : {1, 2, 3}) {
    CAPTURE(seed);
    // Chance, not the instances, is to blame here.
    fire_world w{many, crash_count{many}};
    clients load{w};
    std::mt19937_64 chance{seed};
    const auto one_in = [&](std::uint64_t n) { return chance() % n == 0; };
    std::size_t kills = 0;
    for (int round = 0; round < 3'000; ++round) {
      load.send_step(order(chance() % 12));
      if (one_in(10))
        load.send_list({order(chance() % 12), order(chance() % 12), order(chance() % 12)});
      if (one_in(20)) {
        const auto victim = w.shard(1 + static_cast<std::uint32_t>(chance() % node_world::shards));
        kills += victim ? 1 : 0;
        if (victim)
          w.kill(victim);
      }
      if (one_in(20))
        w.dangers->calls_left = 1 + chance() % 5;
      if (one_in(50))
        w.dangers->after_commit = true;
      w.run(chance() % 30);
      if (one_in(200))
        w.advance(1s);
    }
    w.dangers->calls_left = 0;
    w.dangers->after_commit = false;
    w.advance(1min);
    CHECK_FALSE(w.ended);
    CHECK(kills + w.dangers->thrown >= 200);
    CHECK(w.restarts.size() >= 200);
    CHECK(load.check() == "");
    CHECK(load.acknowledged() > 3'000);
    CHECK(must(w.quarantined()).empty());
  }
}

TEST_CASE("crashes behind commits double no step, also of those without operation ids", "[fire]") {
  constexpr std::size_t many = 1'000'000;
  fire_world w{many, crash_count{many}};
  clients load{w, false};
  std::mt19937_64 chance{4};
  for (int round = 0; round < 1'000; ++round) {
    load.send_step(order(chance() % 12));
    if (chance() % 10 == 0)
      if (const auto victim = w.shard(1 + static_cast<std::uint32_t>(chance() % 3)))
        w.kill(victim);
    if (chance() % 10 == 0)
      w.dangers->after_commit = true;
    w.run(chance() % 30);
  }
  w.dangers->after_commit = false;
  w.advance(1min);
  CHECK(w.dangers->thrown >= 50);
  CHECK(load.check() == "");
}

TEST_CASE("poisonous instances among the crashes are quarantined, and only they", "[fire]") {
  fire_world w{1'000'000, crash_count{}};
  clients load{w};
  std::mt19937_64 chance{7};
  std::vector<future_answer<receipt>> poisoned;
  w.dangers->fatal_lookups = {"lookup-1", "lookup-2"};
  w.dangers->fatal_commits = {"commit-1", "commit-2"};
  for (int round = 0; round < 1'000; ++round) {
    load.send_step(order(chance() % 12));
    if (round % 50 == 0)
      for (const auto* name : {"lookup-1", "lookup-2", "commit-1", "commit-2"}) {
        auto report = w.step_of(name, "pay", "paid");
        report.initialise_as = "Order";
        poisoned.push_back(w.ask_later<receipt>(w.manager, atoms::step_v, report));
      }
    if (chance() % 20 == 0)
      if (const auto victim = w.shard(1 + static_cast<std::uint32_t>(chance() % 3)))
        w.kill(victim);
    w.run(chance() % 30);
  }
  w.advance(1min);
  CHECK(load.check() == "");
  for (const auto& answer : poisoned) {
    REQUIRE(*answer);
    CHECK(error_code_of(**answer) == ec::instance_quarantined);
  }
  std::vector<term> found;
  for (const auto& one : must(w.quarantined()))
    found.push_back(one.identifier);
  std::ranges::sort(found);
  CHECK(found == std::vector<term>{"commit-1", "commit-2", "lookup-1", "lookup-2"});
  // four times two crashes, and one more for each batch whose culprit was not known yet
  CHECK(w.dangers->thrown >= 8);
  CHECK(w.dangers->thrown <= 12);
}

TEST_CASE("crashes beyond the restart intensity end everything with a clear reason", "[fire]") {
  fire_world w{3, crash_count{}};
  auto victim = order(1);
  must(w.init(victim));
  const auto index = node_world::home_of(victim);
  for (int i = 0; i < 3; ++i) {
    w.kill(w.shard(index));
    w.run();
  }
  CHECK_FALSE(w.ended);
  w.advance(5s + 1us);
  for (int i = 0; i < 3; ++i) { // long ago is forgotten
    w.kill(w.shard(index));
    w.run();
  }
  CHECK_FALSE(w.ended);
  must(w.pay(victim));
  w.kill(w.shard(index));
  auto waiting =
      w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of(victim, "ship", "shipped"));
  w.run();
  REQUIRE(w.ended);
  CHECK(w.ended->code == ec::unavailable);
  CHECK_THAT(w.ended->message, ContainsSubstring("more than 3 restarts in 5 s")
                                   && ContainsSubstring(shard_display_name(index)));
  w.advance(1min); // nobody starts the shard again here
  REQUIRE(*waiting);
  CHECK(error_code_of(**waiting) == ec::unavailable);
}

TEST_CASE("one poisonous instance never exhausts the restarts of a node", "[fire]") {
  for (const auto in_commit : {false, true}) {
    CAPTURE(in_commit);
    fire_world w{3, crash_count{}};
    (in_commit ? w.dangers->fatal_commits : w.dangers->fatal_lookups).insert("poison");
    for (int i = 0; i < 20; ++i) {
      CHECK(error_code_of(w.init("poison")) == ec::instance_quarantined);
      w.advance(1s);
    }
    CHECK_FALSE(w.ended);
    CHECK(w.restarts.size() == (in_commit ? 3 : 2));
  }
}
