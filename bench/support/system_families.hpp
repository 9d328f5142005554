#pragma once

#include "model/bisimulation/lts.hpp"

#include <cstdint>
#include <random>

namespace lockstep::bench {

/// Families of systems that grow with `n`: typical ones, and those that are the worst cases of one
/// or another refinement. Each has O(n) edges.

/// `n` internal steps, then one visible one: all states but the last are equal.
inline lts tau_chain(lts::state n) {
  lts system{n + 2, 0, {}};
  for (lts::state s = 0; s < n; ++s)
    system.edges.push_back({s, lts::tau, s + 1});
  system.edges.push_back({n, 1, n + 1});
  return system;
}

/// `n` visible steps: no two states are equal, and they separate one after the other from the end.
inline lts visible_chain(lts::state n) {
  lts system{n + 1, 0, {}};
  for (lts::state s = 0; s < n; ++s)
    system.edges.push_back({s, 1, s + 1});
  return system;
}

/// Internal steps down a ladder, each of which takes away the choice of a rung: rungs differ since
/// they are visible chains' ends of different length. Flattened signatures have n² elements.
inline lts choice_ladder(lts::state n) {
  lts system{2 * n + 1, 0, {}};
  for (lts::state i = 0; i < n; ++i) {
    if (i + 1 < n)
      system.edges.push_back({i, lts::tau, i + 1});
    system.edges.push_back({i, 1, n + i});
    system.edges.push_back({n + i, 2, n + i + 1});
  }
  return system;
}

/// The same with the chain the other way round, so that the last rungs separate last.
inline lts reversed_choice_ladder(lts::state n) {
  auto system = choice_ladder(n);
  for (auto& edge : system.edges) {
    if (edge.action == 1)
      edge.to = 3 * n - 1 - edge.to;
  }
  return system;
}

/// A ladder with a label of its own on each rung.
inline lts label_ladder(lts::state n) {
  lts system{n + 1, 0, {}};
  for (lts::state i = 0; i < n; ++i) {
    system.edges.push_back({i, lts::tau, i + 1});
    system.edges.push_back({i, i + 1, n});
  }
  return system;
}

/// Two chains of internal steps side by side, with visible steps from each rung of the one to the
/// next of the other: each step that is found to be not inert makes the next one so.
inline lts double_ladder(lts::state n) {
  lts system{2 * n + 1, 0, {}};
  for (lts::state i = 0; i < n; ++i) {
    system.edges.push_back({2 * i, lts::tau, i + 1 < n ? 2 * i + 2 : 2 * n});
    system.edges.push_back({2 * i + 1, lts::tau, i + 1 < n ? 2 * i + 3 : 2 * n});
    system.edges.push_back({2 * i, 1, 2 * i + 1});
    if (i + 1 < n)
      system.edges.push_back({2 * i + 1, 1, 2 * i + 2});
  }
  return system;
}

/// A complete binary tree of internal steps with different chains at its leaves.
inline lts tau_tree(lts::state n) {
  lts system{n, 0, {}};
  const auto leaves = n / 2;
  for (lts::state s = 1; s < n; ++s)
    system.edges.push_back({(s - 1) / 2, lts::tau, s});
  for (auto s = n - leaves; s + 1 < n; ++s)
    system.edges.push_back({s, 1, s + 1});
  return system;
}

/// A path whose states have two visible successors, one step and half of the way on: blocks are
/// halved again and again.
inline lts halving(lts::state n) {
  lts system{n, 0, {}};
  for (lts::state s = 0; s + 1 < n; ++s) {
    system.edges.push_back({s, 1, s + 1});
    system.edges.push_back({s, 2, s + (n - s) / 2});
  }
  return system;
}

/// A cycle labelled by the infinite Fibonacci word, a worst case of partition refinement
/// (Castiglione, Restivo and Sciortino, TCS 411(38), 2010).
inline lts fibonacci_cycle(lts::state n) {
  lts system{n, 0, {}};
  constexpr double golden = 0.6180339887498949;
  for (lts::state s = 0; s < n; ++s) {
    const auto whole = [&](lts::state i) { return static_cast<std::uint64_t>(i * golden); };
    const auto label = static_cast<lts::label>(1 + whole(s + 1) - whole(s));
    system.edges.push_back({s, label, s + 1 == n ? 0 : s + 1});
  }
  return system;
}

/// A chain of internal steps to a state that can do everything that one of them can, each by a
/// label of its own: each step that is found to be not inert makes new bottom states of a block
/// with many shares.
inline lts label_chain(lts::state n) {
  constexpr lts::state dead = 0;
  constexpr lts::state end = 1;
  const auto other = 2 * n + 5;
  const auto nth = [n](lts::state i) { return 2 + n - i; };
  lts system{n + 2, nth(1), {}};
  for (lts::state i = n; i >= 1; --i) {
    system.edges.push_back({nth(i), lts::tau, i == n ? end : nth(i + 1)});
    system.edges.push_back({nth(i), other, dead});
    system.edges.push_back({nth(i), i, dead});
    system.edges.push_back({end, i, dead});
  }
  for (lts::state i = 0; i < n; ++i) {
    system.edges.push_back({nth(1), n + 1 + i, dead});
    system.edges.push_back({end, n + 1 + i, dead});
  }
  return system;
}

/// A state with steps to each state of a chain, and with many predecessors: what it can do changes
/// whenever the chain is split.
inline lts hub(lts::state n) {
  const auto length = n / 4;
  lts system{n + length + 2, 0, {}};
  const auto center = length + 1;
  for (lts::state i = 0; i < length; ++i) {
    system.edges.push_back({i, 1, i + 1});
    system.edges.push_back({center, 2, i});
  }
  for (lts::state i = center + 1; i < system.state_count; ++i)
    system.edges.push_back({i, 3, center});
  return system;
}

/// `n` states with `edges_per_state` random edges each, of which a share is internal.
inline lts random_system(lts::state n, unsigned edges_per_state, unsigned labels,
                         unsigned internal_percent, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  lts system{n, 0, {}};
  system.edges.reserve(std::size_t{n} * edges_per_state);
  for (std::size_t i = 0; i < std::size_t{n} * edges_per_state; ++i) {
    const auto from = static_cast<lts::state>(random() % n);
    const auto to = static_cast<lts::state>(random() % n);
    const bool internal = random() % 100 < internal_percent;
    const auto action = internal ? lts::tau : static_cast<lts::label>(1 + random() % labels);
    system.edges.push_back({from, action, to});
  }
  return system;
}

/// A random tree of visible steps with internal ones in between, as counted state spaces look: many
/// equal states.
inline lts branching_tree(lts::state n, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  lts system{n, 0, {}};
  for (lts::state s = 1; s < n; ++s) {
    const auto parent = static_cast<lts::state>(random() % s);
    system.edges.push_back({parent, static_cast<lts::label>(random() % 4), s});
  }
  return system;
}

struct family {
  const char* name;
  lts (*make)(lts::state n);
};

/// Worst cases of one or another refinement.
inline constexpr family hard_families[]{
    {"tau chain", tau_chain},
    {"visible chain", visible_chain},
    {"choice ladder", choice_ladder},
    {"reversed choice ladder", reversed_choice_ladder},
    {"label ladder", label_ladder},
    {"double ladder", double_ladder},
    {"tau tree", tau_tree},
    {"halving", halving},
    {"Fibonacci cycle", fibonacci_cycle},
    {"label chain", label_chain},
    {"hub", hub},
};

/// Such as they come.
inline constexpr family common_families[]{
    {"visible tree", [](lts::state n) { return branching_tree(n); }},
    {"random, 3 edges", [](lts::state n) { return random_system(n, 3, 5, 20); }},
    {"random, no internal", [](lts::state n) { return random_system(n, 3, 2, 0); }},
    {"random, half internal", [](lts::state n) { return random_system(n, 2, 50, 50); }},
};

} // namespace lockstep::bench
