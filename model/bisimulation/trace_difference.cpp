#include "model/bisimulation/trace_difference.hpp"

#include "model/bisimulation/disjoint_union.hpp"
#include "model/bisimulation/minimisation.hpp"
#include "model/bisimulation/relabel.hpp"
#include "model/bisimulation/state_sets.hpp"
#include "model/with_commas.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

namespace lockstep {

namespace {

/// Two systems that share the states that are bisimilar, and so have the same traces.
struct joined_systems {
  lts system;
  lts::state lhs_initial;
  lts::state rhs_initial;
};

joined_systems join(const lts& lhs, const lts& rhs, internal_steps treated) {
  auto both = disjoint_union(lhs, rhs);
  const auto fresh = unused_label(both);
  const auto rhs_initial = rhs.initial + lhs.state_count;
  // What the initial states do not reach is left out with what this state does not reach.
  both.initial = both.state_count++;
  both.edges.push_back({both.initial, fresh, lhs.initial});
  both.edges.push_back({both.initial, fresh, rhs_initial});
  auto smallest = treated == internal_steps::visible ? minimise_strong(std::move(both))
                                                     : minimise_branching(std::move(both));
  return {std::move(smallest.system), smallest.state_of[lhs.initial],
          smallest.state_of[rhs_initial]};
}

/// Which sets are known to have the same traces if all pairs that were joined so far do.
class set_partition {
public:
  /// @returns false if they were together already.
  bool join(state_sets::set lhs, state_sets::set rhs) {
    lhs = representative(lhs);
    rhs = representative(rhs);
    if (lhs == rhs)
      return false;
    parent_[std::max(lhs, rhs)] = std::min(lhs, rhs);
    return true;
  }

private:
  state_sets::set representative(state_sets::set one) {
    if (const auto known = parent_.size(); one >= known) {
      parent_.resize(one + std::size_t{1});
      std::iota(parent_.begin() + static_cast<std::ptrdiff_t>(known), parent_.end(),
                static_cast<state_sets::set>(known));
    }
    while (parent_[one] != one)
      one = parent_[one] = parent_[parent_[one]];
    return one;
  }

  std::vector<state_sets::set> parent_;
};

/// Breadth-first search for a trace after which one side can do what the other cannot.
///
/// Looks only at pairs of sets that are not equivalent already by the pairs found before, as
/// Hopcroft and Karp do ("A Linear Algorithm for Testing Equivalence of Finite Automata", 1971; see
/// Bonchi and Pous, POPL 2013, for nondeterministic systems). The result is a shortest difference
/// all the same: if a word tells such a pair apart, then it tells one of those apart that connect
/// the two sets, and none of them was found after more steps.
class search {
public:
  search(const lts& system, lts::state lhs, lts::state rhs, internal_steps treated,
         const trace_search_limits& limits)
      : sets_(system, treated), treated_(treated), limits_(limits) {
    find({sets_.closure(std::vector<state_sets::step>{{lts::tau, lhs}}),
          sets_.closure(std::vector<state_sets::step>{{lts::tau, rhs}}), 0, lts::tau});
  }

  result<std::optional<trace_difference>> run() {
    for (std::uint32_t i = 0; i < found_.size(); ++i) { // grows meanwhile
      sets_.visible_steps(found_[i].lhs, lhs_steps_);
      sets_.visible_steps(found_[i].rhs, rhs_steps_);
      if (auto difference = difference_at(i))
        return difference;
      if (!follow(i))
        return give_up();
    }
    return std::nullopt;
  }

private:
  using steps = std::vector<state_sets::step>;

  struct found_pair {
    state_sets::set lhs;
    state_sets::set rhs;
    /// The pair that it was found from, by its number in `found_`, and the label that led to it.
    std::uint32_t from;
    lts::label by;
  };

  void find(const found_pair& pair) {
    if (same_traces_.join(pair.lhs, pair.rhs))
      found_.push_back(pair);
  }

  /// The least label that only one side of this pair has.
  std::optional<trace_difference> difference_at(std::uint32_t pair) const {
    auto lhs = lhs_steps_.begin();
    auto rhs = rhs_steps_.begin();
    while (lhs != lhs_steps_.end() || rhs != rhs_steps_.end()) {
      if (rhs == rhs_steps_.end() || (lhs != lhs_steps_.end() && lhs->action < rhs->action))
        return trace_difference{trace_to(pair, lhs->action), side::lhs};
      if (lhs == lhs_steps_.end() || rhs->action < lhs->action)
        return trace_difference{trace_to(pair, rhs->action), side::rhs};
      const auto same = [action = lhs->action](const auto& step) { return step.action == action; };
      lhs = std::find_if_not(lhs, lhs_steps_.end(), same);
      rhs = std::find_if_not(rhs, rhs_steps_.end(), same);
    }
    return std::nullopt;
  }

  /// Finds the pairs that each label leads to. Both sides have the same labels.
  /// @returns false if that is too much.
  bool follow(std::uint32_t pair) {
    std::span<const state_sets::step> lhs(lhs_steps_);
    std::span<const state_sets::step> rhs(rhs_steps_);
    while (!lhs.empty()) {
      const auto action = lhs.front().action;
      const auto lhs_set = sets_.closure(take(lhs, action));
      const auto rhs_set = sets_.closure(take(rhs, action));
      find({lhs_set, rhs_set, pair, action});
      if (found_.size() > limits_.pairs || sets_.stored_states() > limits_.stored_states
          || sets_.work() > limits_.work)
        return false;
    }
    return true;
  }

  static std::span<const state_sets::step> take(std::span<const state_sets::step>& steps,
                                                lts::label action) {
    const auto other = std::ranges::find_if_not(
        steps, [action](const auto& step) { return step.action == action; });
    const auto count = static_cast<std::size_t>(other - steps.begin());
    const auto taken = steps.first(count);
    steps = steps.subspan(count);
    return taken;
  }

  std::vector<lts::label> trace_to(std::uint32_t pair, lts::label last) const {
    std::vector<lts::label> trace{last};
    for (; pair != 0; pair = found_[pair].from)
      trace.push_back(found_[pair].by);
    std::ranges::reverse(trace);
    return trace;
  }

  tl::unexpected<failure> give_up() const {
    return fail(ec::unavailable,
                "the systems have too many sets of states to compare their traces (gave up after "
                    + with_commas(found_.size()) + " pairs of sets); compare them by "
                    + (treated_ == internal_steps::visible
                           ? "strong bisimilarity, which implies equal traces"
                           : "branching or strong bisimilarity, which imply equal traces"),
                {{"explored", term{static_cast<std::int64_t>(found_.size())}}});
  }

  state_sets sets_;
  set_partition same_traces_;
  internal_steps treated_;
  trace_search_limits limits_;
  std::vector<found_pair> found_;
  /// Of the pair that is looked at.
  steps lhs_steps_;
  steps rhs_steps_;
};

} // namespace

result<std::optional<trace_difference>> shortest_trace_difference(const lts& lhs, const lts& rhs,
                                                                  internal_steps treated,
                                                                  std::size_t max_explored) {
  const auto joined = join(lhs, rhs, treated);
  return shortest_trace_difference(joined.system, joined.lhs_initial, joined.rhs_initial, treated,
                                   trace_search_limits::of_pairs(max_explored));
}

result<std::optional<trace_difference>>
shortest_trace_difference(const lts& system, lts::state lhs, lts::state rhs, internal_steps treated,
                          const trace_search_limits& limits) {
  constexpr std::size_t most_numbers = std::numeric_limits<std::uint32_t>::max() / 2;
  auto bounded = limits;
  bounded.pairs = std::min(bounded.pairs, most_numbers);
  return search(system, lhs, rhs, treated, bounded).run();
}

} // namespace lockstep
