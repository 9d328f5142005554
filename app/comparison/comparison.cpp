#include "app/comparison/comparison.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/minimisation.hpp"
#include "model/bisimulation/trace_difference.hpp"

namespace lockstep {

namespace {

bool sees_internal_steps(equivalence kind) {
  return kind == equivalence::strong || kind == equivalence::trace;
}

lts minimised(const lts& system, equivalence kind) {
  return sees_internal_steps(kind) ? minimise_strong(system).system
                                   : minimise_branching(system).system;
}

system_size size_of(const lts& system) { return {system.state_count, system.edges.size()}; }

result<bool> equivalent(const lts& lhs, const lts& rhs, equivalence kind) {
  switch (kind) {
  case equivalence::branching:
    return branching_bisimilar(lhs, rhs);
  case equivalence::strong:
    return strongly_bisimilar(lhs, rhs);
  case equivalence::trace:
  case equivalence::weak_trace: {
    const auto treated =
        sees_internal_steps(kind) ? internal_steps::visible : internal_steps::invisible;
    return shortest_trace_difference(lhs, rhs, treated, max_trace_pairs)
        .map([](const auto& difference) { return !difference; });
  }
  }
  return false;
}

} // namespace

result<comparison> compare_systems(const lts& lhs, const lts& rhs, equivalence kind) {
  const auto small_lhs = minimised(lhs, kind);
  const auto small_rhs = minimised(rhs, kind);
  return equivalent(small_lhs, small_rhs, kind).map([&](bool same) {
    return comparison{same, size_of(small_lhs), size_of(small_rhs)};
  });
}

std::string verdict_in_words(equivalence kind, bool equivalent) {
  const std::string negation = equivalent ? "" : "not ";
  switch (kind) {
  case equivalence::branching:
    return negation + "branching bisimilar";
  case equivalence::strong:
    return negation + "strongly bisimilar";
  case equivalence::trace:
    return negation + "trace equivalent";
  case equivalence::weak_trace:
    return negation + "weak-trace equivalent";
  }
  return negation + "equivalent";
}

} // namespace lockstep
