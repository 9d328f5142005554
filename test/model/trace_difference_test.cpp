#include "model/bisimulation/trace_difference.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"

#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <map>
#include <set>

using namespace lockstep;
using test::any_system;

namespace {

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;
constexpr lts::label c = 3;
constexpr std::size_t plenty = 1'000'000;

using trace = std::vector<lts::label>;

lts system_with(lts::state states, std::vector<lts::edge> edges) {
  return {states, 0, std::move(edges)};
}

std::optional<trace_difference> difference(const lts& lhs, const lts& rhs, internal_steps treated) {
  auto found = shortest_trace_difference(lhs, rhs, treated, plenty);
  REQUIRE(found);
  return *found;
}

/// Straight from the definitions, on sets of states; for small systems.
class naive_traces {
public:
  using states = std::set<lts::state>;

  naive_traces(const lts& system, internal_steps treated) : system_(system), treated_(treated) {}

  [[nodiscard]] states start() const { return closed({system_.initial}); }

  /// Where a label leads from some states; nowhere if it is impossible.
  [[nodiscard]] states after(const states& from, lts::label action) const {
    states reached;
    for (const auto& edge : system_.edges) {
      if (edge.action == action && from.contains(edge.from))
        reached.insert(edge.to);
    }
    return closed(std::move(reached));
  }

  [[nodiscard]] bool can_do(const trace& labels) const {
    auto at = start();
    for (const auto action : labels) {
      if (treated_ == internal_steps::invisible && action == tau)
        return false;
      at = after(at, action);
    }
    return !at.empty();
  }

  /// All traces of up to so many labels.
  [[nodiscard]] std::set<trace> up_to(std::size_t length, lts::label max_label) const {
    std::map<trace, states> longest{{{}, start()}};
    std::set<trace> all{{}};
    for (; length > 0; --length) {
      std::map<trace, states> longer;
      for (const auto& [labels, at] : longest) {
        for (auto action = treated_ == internal_steps::visible ? tau : a; action <= max_label;
             ++action) {
          auto next = after(at, action);
          if (next.empty())
            continue;
          auto more = labels;
          more.push_back(action);
          all.insert(more);
          longer.emplace(std::move(more), std::move(next));
        }
      }
      longest = std::move(longer);
    }
    return all;
  }

private:
  [[nodiscard]] states closed(states some) const {
    if (treated_ == internal_steps::visible)
      return some;
    for (std::size_t before = 0; before != some.size();) {
      before = some.size();
      for (const auto& edge : system_.edges) {
        if (edge.action == tau && some.contains(edge.from))
          some.insert(edge.to);
      }
    }
    return some;
  }

  const lts& system_;
  internal_steps treated_;
};

trace without_last(trace labels) {
  labels.pop_back();
  return labels;
}

/// A trace of exactly the able side, its beginning one of both.
void check_difference(const trace_difference& found, const lts& lhs, const lts& rhs,
                      internal_steps treated) {
  const naive_traces of_lhs(lhs, treated);
  const naive_traces of_rhs(rhs, treated);
  RC_ASSERT(!found.trace.empty());
  RC_ASSERT(of_lhs.can_do(found.trace) == (found.able == side::lhs));
  RC_ASSERT(of_rhs.can_do(found.trace) == (found.able == side::rhs));
  RC_ASSERT(of_lhs.can_do(without_last(found.trace)));
  RC_ASSERT(of_rhs.can_do(without_last(found.trace)));
}

std::optional<trace_difference> checked_difference(const lts& lhs, const lts& rhs,
                                                   internal_steps treated) {
  const auto found = shortest_trace_difference(lhs, rhs, treated, plenty);
  RC_ASSERT(found.has_value());
  return *found;
}

constexpr std::array both_kinds{internal_steps::invisible, internal_steps::visible};

/// `(a + b)* a (a + b)^n`: remembers the last n + 1 labels in its set of states.
lts remembers(lts::state n) {
  lts system{n + 2, 0, {{0, a, 0}, {0, b, 0}, {0, a, 1}}};
  for (lts::state s = 1; s <= n; ++s) {
    system.edges.push_back({s, a, s + 1});
    system.edges.push_back({s, b, s + 1});
  }
  system.edges.push_back({n + 1, c, n + 1});
  return system;
}

} // namespace

// -- examples

TEST_CASE("systems without steps have the same traces", "[traces]") {
  for (const auto treated : both_kinds)
    CHECK_FALSE(difference(lts{}, system_with(3, {{1, a, 2}}), treated));
}

TEST_CASE("an internal step is a difference only if it is visible", "[traces]") {
  const auto direct = system_with(2, {{0, a, 1}});
  const auto delayed = system_with(3, {{0, tau, 1}, {1, a, 2}});
  CHECK_FALSE(difference(direct, delayed, internal_steps::invisible));
  // `a` would be as short; the least label is told.
  CHECK(difference(direct, delayed, internal_steps::visible) == trace_difference{{tau}, side::rhs});
}

TEST_CASE("traces do not see when a choice is made", "[traces]") {
  const auto late = system_with(4, {{0, a, 1}, {1, b, 2}, {1, c, 3}});
  const auto early = system_with(5, {{0, a, 1}, {0, a, 2}, {1, b, 3}, {2, c, 4}});
  for (const auto treated : both_kinds)
    CHECK_FALSE(difference(late, early, treated));
}

TEST_CASE("a difference tells the whole trace and who is able", "[traces]") {
  const auto longer = system_with(4, {{0, a, 1}, {1, tau, 2}, {2, b, 3}});
  const auto shorter = system_with(2, {{0, a, 1}});
  CHECK(difference(longer, shorter, internal_steps::invisible)
        == trace_difference{{a, b}, side::lhs});
  CHECK(difference(shorter, longer, internal_steps::invisible)
        == trace_difference{{a, b}, side::rhs});
  CHECK(difference(longer, shorter, internal_steps::visible)
        == trace_difference{{a, tau}, side::lhs});
}

TEST_CASE("of several differences a shortest one is told", "[traces]") {
  // After `b` it takes one more step to see one, after `a` two.
  const auto lhs = system_with(6, {{0, a, 1}, {1, a, 2}, {2, c, 3}, {0, b, 4}, {4, c, 5}});
  const auto rhs = system_with(4, {{0, a, 1}, {1, a, 2}, {0, b, 3}});
  CHECK(difference(lhs, rhs, internal_steps::visible) == trace_difference{{b, c}, side::lhs});
}

TEST_CASE("internal loops are no traces of their own", "[traces]") {
  const auto looping = system_with(3, {{0, tau, 1}, {1, tau, 0}, {1, a, 2}, {2, tau, 2}});
  const auto plain = system_with(2, {{0, a, 1}});
  CHECK_FALSE(difference(looping, plain, internal_steps::invisible));
}

TEST_CASE("a difference at the end of a long way is found", "[traces]") {
  constexpr lts::state length = 50'000;
  lts chain{length, 0, {}};
  for (lts::state s = 0; s + 1 < length; ++s)
    chain.edges.push_back({s, a, s + 1});
  auto other = chain;
  other.edges.back().action = b;
  const auto found = difference(chain, other, internal_steps::invisible);
  REQUIRE(found);
  CHECK(found->trace.size() == length - 1);
  CHECK(found->able == side::lhs);
}

// -- limits

TEST_CASE("too many sets of states are an error that says what to do", "[traces]") {
  auto other = remembers(20);
  other.edges.back().action = b; // differs only after 21 steps
  const auto found = shortest_trace_difference(remembers(20), other, internal_steps::visible, 1000);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ec::unavailable);
  CHECK(found.error().message.find("too many sets of states") != std::string::npos);
  CHECK(found.error().message
        == "the systems have too many sets of states to compare their traces (gave up after 1,001 "
           "pairs of sets); compare them by strong bisimilarity, which implies equal traces");
  const auto weak = shortest_trace_difference(remembers(20), other, internal_steps::invisible, 100);
  REQUIRE_FALSE(weak);
  CHECK(weak.error().message.ends_with(
      "compare them by branching or strong bisimilarity, which imply equal traces"));
}

TEST_CASE("few but large sets are too many, too", "[traces]") {
  // Each step leads to all states that are left, internal steps or not.
  constexpr lts::state length = 2000;
  lts ladder{length, 0, {}};
  for (lts::state s = 0; s + 1 < length; ++s) {
    ladder.edges.push_back({s, tau, s + 1});
    ladder.edges.push_back({s, s + 1, s + 1});
  }
  auto other = ladder;
  other.edges.push_back({length - 2, b, length - 1});
  CHECK(difference(ladder, other, internal_steps::invisible));
  CHECK_FALSE(shortest_trace_difference(ladder, other, internal_steps::invisible, 100));
}

TEST_CASE("bisimilar systems take no search", "[traces]") {
  auto renamed = remembers(40);
  for (auto& [from, action, to] : renamed.edges) {
    from = 41 - from;
    to = 41 - to;
  }
  renamed.initial = 41;
  const auto found = shortest_trace_difference(remembers(40), renamed, internal_steps::visible, 1);
  REQUIRE(found);
  CHECK_FALSE(*found);
}

// -- laws

TEST_CASE("traces agree with their definition", "[traces][law]") {
  // Three states each have seven sets each: a shortest difference has less than 14 labels.
  for (const auto treated : both_kinds) {
    const lts::label max_label = treated == internal_steps::visible ? a : b;
    int same = 0;
    int different = 0;
    CHECK(rc::check([&] {
      const auto lhs = *any_system(3, max_label);
      const auto rhs = *any_system(3, max_label);
      const auto found = checked_difference(lhs, rhs, treated);
      const auto of_lhs = naive_traces(lhs, treated).up_to(14, max_label);
      const auto of_rhs = naive_traces(rhs, treated).up_to(14, max_label);
      RC_ASSERT(found.has_value() == (of_lhs != of_rhs));
      ++(found ? different : same);
    }));
    CHECK(same > 0);
    CHECK(different > 0);
  }
}

TEST_CASE("a difference is a trace of the able side only, and a shortest one", "[traces][law]") {
  for (const auto treated : both_kinds) {
    int longest = 0;
    for (lts::state max_states = 3; max_states <= 12; max_states += 3) {
      CHECK(rc::check([&] {
        const auto lhs = *any_system(max_states);
        const auto rhs = *any_system(max_states);
        const auto found = checked_difference(lhs, rhs, treated);
        if (!found)
          return;
        check_difference(*found, lhs, rhs, treated);
        longest = std::max(longest, static_cast<int>(found->trace.size()));
        const auto shorter = std::min<std::size_t>(found->trace.size() - 1, 6);
        RC_ASSERT(naive_traces(lhs, treated).up_to(shorter, b)
                  == naive_traces(rhs, treated).up_to(shorter, b));
      }));
    }
    CHECK(longest > 1);
  }
}

TEST_CASE("a change far from the start is found by a shortest trace", "[traces][law]") {
  for (const auto treated : both_kinds) {
    int longest = 0;
    CHECK(rc::check([&] {
      auto lhs = *any_system(12);
      lhs.initial = 0;
      for (lts::state s = 0; s + 1 < lhs.state_count; ++s) // a long way to the last state
        lhs.edges.push_back({s, *rc::gen::inRange<lts::label>(0, 3), s + 1});
      auto rhs = lhs;
      rhs.edges.push_back({*rc::gen::inRange<lts::state>(0, lhs.state_count),
                           *rc::gen::inRange<lts::label>(0, 3),
                           *rc::gen::inRange<lts::state>(0, lhs.state_count)});
      const auto found = checked_difference(lhs, rhs, treated);
      if (!found)
        return;
      check_difference(*found, lhs, rhs, treated);
      RC_ASSERT(found->able == side::rhs);
      longest = std::max(longest, static_cast<int>(found->trace.size()));
      const auto shorter = std::min<std::size_t>(found->trace.size() - 1, 8);
      RC_ASSERT(naive_traces(lhs, treated).up_to(shorter, b)
                == naive_traces(rhs, treated).up_to(shorter, b));
    }));
    CHECK(longest > 2);
  }
}

TEST_CASE("swapping the sides swaps who is able", "[traces][law]") {
  CHECK(rc::check([] {
    const auto lhs = *any_system(6);
    const auto rhs = *any_system(6);
    const auto treated = *rc::gen::elementOf(both_kinds);
    const auto found = checked_difference(lhs, rhs, treated);
    const auto swapped = checked_difference(rhs, lhs, treated);
    RC_ASSERT(found.has_value() == swapped.has_value());
    if (found) {
      RC_ASSERT(found->trace.size() == swapped->trace.size());
      check_difference(*swapped, rhs, lhs, treated);
    }
  }));
}

TEST_CASE("bisimilar systems have the same traces", "[traces][law]") {
  int weakly = 0;
  int strongly = 0;
  CHECK(rc::check([&] {
    const auto lhs = *any_system(3, a);
    const auto rhs = *any_system(3, a);
    if (branching_bisimilar(lhs, rhs)) {
      RC_ASSERT(!checked_difference(lhs, rhs, internal_steps::invisible));
      ++weakly;
    }
    if (strongly_bisimilar(lhs, rhs)) {
      RC_ASSERT(!checked_difference(lhs, rhs, internal_steps::visible));
      ++strongly;
    }
  }));
  CHECK(weakly > 0);
  CHECK(strongly > 0);
}
