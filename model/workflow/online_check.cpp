#include "model/workflow/online_check.hpp"

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/bisimilarity_check.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/disjoint_union.hpp"
#include "model/bisimulation/system_of.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace lockstep {

namespace {

/// Below this many edges a check's memory is kept for the thread's next one.
constexpr std::size_t most_edges_kept = 10'000;

bool bisimilar_with(const lts& model, const lts::edge& additional, const lts& spec) {
  const std::span<const lts::edge> one(&additional, 1);
  if (model.edges.size() + spec.edges.size() > most_edges_kept)
    return bisimilarity_check()(model, one, spec);
  thread_local bisimilarity_check check;
  return check(model, one, spec);
}

std::vector<bool> reachable_states(const lts& system) {
  const auto out = adjacency::forward(system);
  std::vector<bool> is_reachable(system.state_count, false);
  std::vector<lts::state> open{system.initial};
  is_reachable[system.initial] = true;
  while (!open.empty()) {
    const auto state = open.back();
    open.pop_back();
    for (const auto& [action, target] : out.of(state)) {
      if (!is_reachable[target]) {
        is_reachable[target] = true;
        open.push_back(target);
      }
    }
  }
  return is_reachable;
}

} // namespace

online_check::online_check(std::shared_ptr<const minimised_specification> spec,
                           std::shared_ptr<const implementation_model> model)
    : spec_(std::move(spec)), model_(std::move(model)) {
  for (const auto& action : spec_->spec->actions())
    static_cast<void>(labels_.of(action)); // the numbers that the minimised system has
  auto named = system_of(*model_, labels_);
  if (!named)
    return;
  system_ = std::move(named->system);
  state_names_ = std::move(named->state_names);
  for (lts::state s = 0; s < state_names_.size(); ++s)
    states_.emplace(state_names_[s], s);
  is_reachable_ = reachable_states(*system_);

  const auto both = disjoint_union(*system_, spec_->smallest);
  classes_ = branching_classes(both);
  is_equivalent_ =
      classes_[system_->initial] == classes_[system_->state_count + spec_->smallest.initial];
  lts steps;
  for (const auto& [from, action, to] : both.edges) {
    if (action != lts::tau || classes_[from] != classes_[to])
      steps.edges.push_back({classes_[from], action, classes_[to]});
  }
  sort_edges(steps);
  class_steps_ = std::move(steps.edges);
  // Classes are numbered without gaps: the first one that has no step is the deadlock.
  state_class next = 0;
  for (const auto& step : class_steps_) {
    if (step.from > next)
      break;
    next = step.from + 1;
  }
  if (next <= *std::ranges::max_element(classes_))
    deadlock_ = next;
  classes_.resize(system_->state_count);
}

bool online_check::still_equivalent(const transition& step) const {
  if (model_->transitions.contains(step))
    return is_equivalent_;
  if (is_initialisation(step) || !system_) {
    // With a first initialisation the model would be another one; with a second one it is none.
    auto extended = *model_;
    extended.transitions.insert(step);
    return equivalent(extended, *spec_->spec);
  }
  const auto edge = numbered(step);
  if (changes_no_class(edge))
    return is_equivalent_;
  if (is_equivalent_ && spec_->is_deterministic)
    return false;
  return bisimilar_with(*system_, edge, spec_->smallest);
}

lts::edge online_check::numbered(const transition& step) const {
  auto next = system_->state_count;
  const auto number_of = [&](std::string_view state) {
    const auto known = states_.find(state);
    return known == states_.end() ? next++ : known->second;
  };
  const auto from = number_of(step.from);
  const auto to = step.to == step.from ? from : number_of(step.to);
  const auto action = labels_.find(step.action);
  return {from, action.value_or(static_cast<lts::label>(labels_.size())), to};
}

bool online_check::changes_no_class(const lts::edge& step) const {
  if (step.from >= system_->state_count || !is_reachable_[step.from])
    return true;
  const auto from = class_of(step.from);
  const auto to = class_of(step.to);
  if (!to) // it would be the first deadlock
    return false;
  if (step.action == lts::tau && from == to)
    return true;
  return std::ranges::binary_search(class_steps_, lts::edge{*from, step.action, *to});
}

std::optional<online_check::state_class> online_check::class_of(lts::state state) const {
  return state < system_->state_count ? std::optional(classes_[state]) : deadlock_;
}

} // namespace lockstep
