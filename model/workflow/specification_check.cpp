#include "model/workflow/specification_check.hpp"

#include "model/in_quotes.hpp"

#include <unordered_map>
#include <unordered_set>

namespace lockstep {

namespace {

using kind = specification_finding::kind;
using state_set = std::unordered_set<std::string_view>;

state_set reachable_states(const specification& spec) {
  std::unordered_map<std::string_view, std::vector<std::string_view>> targets;
  for (const auto& step : spec.transitions())
    targets[step.from].push_back(step.to);
  state_set reached{spec.initial_state()};
  std::vector<std::string_view> pending{spec.initial_state()};
  while (!pending.empty()) {
    const auto state = pending.back();
    pending.pop_back();
    const auto found = targets.find(state);
    if (found == targets.end())
      continue;
    for (const auto target : found->second) {
      if (reached.insert(target).second)
        pending.push_back(target);
    }
  }
  return reached;
}

} // namespace

std::vector<specification_finding> check_specification(const specification& spec) {
  std::vector<specification_finding> findings;
  if (spec.transitions().empty())
    findings.push_back({kind::no_initial_state,
                        {},
                        "specification " + in_quotes(spec.name())
                            + " has no transition and so no initial state; add at least one",
                        {}});
  const auto reached = reachable_states(spec);
  for (const auto& state : spec.states()) {
    if (!reached.contains(state))
      findings.push_back(
          {kind::orphan_state,
           state,
           "state " + in_quotes(state) + " of specification " + in_quotes(spec.name())
               + " cannot be reached from the initial state " + in_quotes(spec.initial_state())
               + "; add a transition to it or remove it",
           {}});
  }
  state_set known(spec.states().begin(), spec.states().end());
  for (const auto& state : spec.options().prunable_states.states) {
    if (known.insert(state).second) // also: tell of each only once
      findings.push_back({kind::unknown_prunable_state,
                          state,
                          "prunable state " + in_quotes(state) + " is no state of specification "
                              + in_quotes(spec.name())
                              + "; correct it unless only the implementation has it",
                          {}});
  }
  return findings;
}

void locate(specification_finding& finding, std::string_view source, source_position at) {
  finding.at = at;
  finding.message = describe(source, at) + ": " + finding.message;
}

} // namespace lockstep
