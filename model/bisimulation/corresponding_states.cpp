#include "model/bisimulation/corresponding_states.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/explanation.hpp"
#include "model/bisimulation/joint_system.hpp"
#include "model/in_quotes.hpp"
#include "model/with_commas.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace lockstep {

namespace {

constexpr std::size_t max_classes_told = 1'000;
constexpr std::size_t max_states_told = 20;

std::string told(const std::vector<lts::state>& states, const named_system& system) {
  std::string out;
  for (std::size_t i = 0; i < states.size() && i < max_states_told; ++i)
    out += (i == 0 ? "" : ", ") + quoted_name(system.name_of(states[i]), '`');
  if (states.empty())
    return "-";
  if (states.size() > max_states_told)
    out += " ... (" + with_commas(states.size() - max_states_told) + " more)";
  return out;
}

} // namespace

std::vector<corresponding_states> corresponding(const lts& lhs, const lts& rhs, equivalence kind) {
  assert(kind == equivalence::branching || kind == equivalence::strong);
  // In the joint system of strong bisimilarity no step is internal any more.
  const auto joint = join_reachable(lhs, rhs, kind == equivalence::strong);
  const auto classes = branching_classes(joint.system);
  std::vector<corresponding_states> relation(std::ranges::max(classes) + std::size_t{1});
  for (lts::state state = 0; state < joint.system.state_count; ++state) {
    auto& found = relation[classes[state]];
    (joint.is_lhs(state) ? found.lhs : found.rhs).push_back(joint.original[state]);
  }
  for (auto& found : relation) {
    std::ranges::sort(found.lhs);
    std::ranges::sort(found.rhs);
  }
  return relation;
}

std::string in_words(const std::vector<corresponding_states>& relation,
                     const compared_systems& systems) {
  std::string out;
  for (std::size_t i = 0; i < relation.size() && i < max_classes_told; ++i) {
    const auto& [lhs, rhs] = relation[i];
    out += told(lhs, systems.lhs) + " = " + told(rhs, systems.rhs) + '\n';
  }
  if (relation.size() > max_classes_told)
    out += "... (" + with_commas(relation.size() - max_classes_told) + " more)\n";
  return out;
}

} // namespace lockstep
