#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/explanation.hpp"
#include "model/bisimulation/joint_system.hpp"
#include "model/bisimulation/refinement_history.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include "test/support/experiment_checker.hpp"
#include "test/support/formula_evaluator.hpp"
#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <random>
#include <set>
#include <utility>

using namespace lockstep;
using test::any_system;

namespace {

/// Faster than a generator, and with more of what makes a pair hard: internal steps, and a second
/// system that is the first one with few changes.
class random_pairs {
public:
  explicit random_pairs(unsigned seed) : random_(seed) {}

  std::pair<lts, lts> next() {
    lts lhs = system(2 + below(9), 1 + below(3), 10 + below(15));
    if (below(3) == 0)
      return {lhs, system(2 + below(9), 1 + below(3), 10 + below(15))};
    auto rhs = lhs;
    for (auto changes = 1 + below(2); changes-- > 0;) {
      const auto edge = below(static_cast<unsigned>(rhs.edges.size()) + 1);
      if (edge == rhs.edges.size())
        rhs.edges.push_back({state(rhs), below(3), state(rhs)});
      else if (below(2) == 0)
        rhs.edges[edge].to = state(rhs);
      else
        rhs.edges[edge].action = below(3);
    }
    return {lhs, rhs};
  }

private:
  unsigned below(unsigned end) {
    return std::uniform_int_distribution<unsigned>(0, end - 1)(random_);
  }
  lts::state state(const lts& of) { return below(of.state_count); }

  lts system(unsigned states, unsigned labels, unsigned edges_for_ten_states) {
    lts out;
    out.state_count = states;
    const auto edges = states * edges_for_ten_states / 10;
    for (unsigned i = 0; i < edges; ++i) {
      const auto action = below(2) == 0 ? lts::tau : below(labels + 1);
      // Every state is reachable: the first edge into it comes from an earlier one.
      if (i + 1 < states)
        out.edges.push_back({below(i + 1), action, i + 1});
      else
        out.edges.push_back({state(out), action, state(out)});
    }
    return out;
  }

  std::mt19937 random_;
};

void require_one_side(const explanation& why, const lts& lhs, const lts& rhs) {
  REQUIRE(test::holds(*why.distinguishing, lhs) == (why.holds_for == side::lhs));
  REQUIRE(test::holds(*why.distinguishing, rhs) == (why.holds_for == side::rhs));
  REQUIRE(why.distinguishing->nodes.back().what != formula::form::negation);
  if (const auto* experiment = std::get_if<trace_experiment>(&why.experiment)) {
    REQUIRE(why.holds_for == experiment->difference.able);
    REQUIRE(why.distinguishing->depth() == experiment->difference.trace.size());
  }
}

/// What explanations were like, so that a law that never applies does not pass.
struct tally {
  int traces = 0;
  int games = 0;
  int deep = 0;
  std::size_t nodes = 0;
};

void check_explanation(const lts& lhs, const lts& rhs, equivalence kind, tally& seen) {
  const auto why = explain_difference(lhs, rhs, kind);
  REQUIRE(why.distinguishing);
  require_one_side(why, lhs, rhs);
  const test::experiment_checker checker(lhs, rhs, kind);
  REQUIRE(std::visit([&](const auto& one) { return checker.check(one); }, why.experiment) == "");
  seen.traces += std::holds_alternative<trace_experiment>(why.experiment);
  seen.games += std::holds_alternative<game_experiment>(why.experiment);
  seen.deep += why.distinguishing->depth() > 2;
  seen.nodes += why.distinguishing->nodes.size();

  label_table labels;
  for (int i = 0; i < 8; ++i)
    (void)labels.of(std::string(1, static_cast<char>('a' + i)));
  const compared_systems systems{{lhs, {}}, {rhs, {}}, "the left", "the right"};
  const auto words = in_words(why, systems, labels);
  REQUIRE(words.ends_with('\n'));
  REQUIRE(words.size() < 10'000);
}

/// Partition after partition by the definition: the level of each pair of states.
std::vector<std::vector<unsigned>> levels_by_definition(const lts& system) {
  const auto count = system.state_count;
  std::vector<std::vector<unsigned>> levels(
      count, std::vector<unsigned>(count, refinement_history::never));
  std::vector<unsigned> block(count, 0);
  for (unsigned level = 1;; ++level) {
    std::vector<std::set<std::pair<lts::label, unsigned>>> signature(count);
    for (lts::state start = 0; start < count; ++start) {
      std::set<lts::state> reached{start};
      for (std::size_t before = 0; before != reached.size();) {
        before = reached.size();
        for (const auto& [from, action, to] : system.edges) {
          if (action == lts::tau && reached.contains(from) && block[from] == block[to])
            reached.insert(to);
        }
      }
      for (const auto& [from, action, to] : system.edges) {
        if (reached.contains(from) && (action != lts::tau || block[from] != block[to]))
          signature[start].emplace(action, block[to]);
      }
    }
    std::map<std::pair<unsigned, std::set<std::pair<lts::label, unsigned>>>, unsigned> numbers;
    std::vector<unsigned> next;
    for (lts::state s = 0; s < count; ++s) {
      const auto fresh = static_cast<unsigned>(numbers.size());
      next.push_back(numbers.try_emplace(std::pair(block[s], signature[s]), fresh).first->second);
    }
    bool changed = false;
    for (lts::state s = 0; s < count; ++s) {
      for (lts::state t = 0; t < count; ++t) {
        if (block[s] == block[t] && next[s] != next[t]) {
          levels[s][t] = level;
          changed = true;
        }
      }
    }
    if (!changed)
      return levels;
    block = next;
  }
}

} // namespace

TEST_CASE("states are separated in the round of the definition", "[explanation][law]") {
  random_pairs pairs(4711);
  unsigned deepest = 0;
  for (int i = 0; i < 1'500; ++i) {
    const auto [lhs, rhs] = pairs.next();
    const auto joint = join_reachable(lhs, rhs, i % 8 == 0);
    const auto collapsed = collapse_tau_cycles(joint.system);
    const auto& system = collapsed.system;
    const auto expected = levels_by_definition(system);
    refinement_history history(system);
    std::size_t work = 1'000'000;
    const auto rhs_initial = collapsed.state_of[joint.lhs_count];
    const auto outcome = history.separate(system.initial, rhs_initial, work);
    const auto last = expected[system.initial][rhs_initial];
    REQUIRE((outcome == refinement_history::outcome::separated)
            == (last != refinement_history::never));
    deepest = std::max(deepest, last == refinement_history::never ? 0 : last);
    for (lts::state s = 0; s < system.state_count; ++s) {
      for (lts::state t = 0; t < system.state_count; ++t) {
        const auto level = expected[s][t] > last ? refinement_history::never : expected[s][t];
        REQUIRE(history.level_of(s, t) == level);
        for (unsigned at = 0; at <= 4 && at <= last; ++at)
          REQUIRE((history.block_at(s, at) == history.block_at(t, at)) == (expected[s][t] > at));
      }
    }
  }
  CHECK(deepest >= 5);
}

TEST_CASE("a formula holds for one system only, and experiments can be repeated",
          "[explanation][law]") {
  random_pairs pairs(42);
  tally branching;
  tally strong;
  for (int i = 0; i < 15'000; ++i) {
    const auto [lhs, rhs] = pairs.next();
    if (!branching_bisimilar(lhs, rhs))
      check_explanation(lhs, rhs, equivalence::branching, branching);
    if (i % 3 == 0 && !strongly_bisimilar(lhs, rhs))
      check_explanation(lhs, rhs, equivalence::strong, strong);
  }
  CHECK(branching.traces > 1'000);
  CHECK(branching.games > 500);
  CHECK(branching.deep > 200);
  CHECK(strong.traces > 500);
  CHECK(strong.games > 100);
  CHECK(strong.deep > 50);
  // Parts that no answer needs are left out.
  const auto explained = static_cast<std::size_t>(branching.traces + branching.games);
  CHECK(100 * branching.nodes < 510 * explained);
}

TEST_CASE("explanations of differences that generators find are right", "[explanation][law]") {
  tally seen;
  CHECK(rc::check([&] {
    const auto lhs = *any_system(12, 2);
    const auto rhs = *any_system(12, 2);
    if (!branching_bisimilar(lhs, rhs))
      check_explanation(lhs, rhs, equivalence::branching, seen);
  }));
}

TEST_CASE("equivalent systems satisfy the same formulas", "[explanation][law]") {
  // A formula that tells two systems apart cannot tell apart what is equivalent to one of them.
  random_pairs pairs(7);
  int checked = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto [lhs, rhs] = pairs.next();
    if (branching_bisimilar(lhs, rhs))
      continue;
    const auto why = explain_difference(lhs, rhs, equivalence::branching);
    const auto classes = branching_classes(lhs);
    const auto where = test::states_where(*why.distinguishing, lhs);
    for (lts::state s = 0; s < lhs.state_count; ++s) {
      for (lts::state t = 0; t < s; ++t) {
        if (classes[s] == classes[t]) {
          REQUIRE(where[s] == where[t]);
          ++checked;
        }
      }
    }
  }
  CHECK(checked > 100);
}

TEST_CASE("an explanation within narrow limits is a right one or none", "[explanation][law]") {
  random_pairs pairs(99);
  int formulas = 0;
  int nothing = 0;
  for (int i = 0; i < 1'500; ++i) {
    const auto [lhs, rhs] = pairs.next();
    if (branching_bisimilar(lhs, rhs))
      continue;
    explanation_limits limits;
    limits.traces = trace_search_limits::of_pairs(static_cast<std::size_t>(i % 3));
    limits.max_work = static_cast<std::size_t>(i % 500);
    limits.max_formula_nodes = static_cast<std::size_t>(i % 20);
    limits.max_answers = 1;
    limits.max_exchanges = 1 + static_cast<std::size_t>(i % 2);
    const auto why = explain_difference(lhs, rhs, equivalence::branching, limits);
    if (why.distinguishing) {
      ++formulas;
      require_one_side(why, lhs, rhs);
    }
    nothing += std::holds_alternative<std::monostate>(why.experiment);
    if (const auto* game = std::get_if<game_experiment>(&why.experiment)) {
      REQUIRE(game->exchanges.size() <= limits.max_exchanges);
      for (const auto& one : game->exchanges)
        REQUIRE(one.answers.size() <= 1);
    }
  }
  CHECK(formulas > 100);
  CHECK(nothing > 20);
}
