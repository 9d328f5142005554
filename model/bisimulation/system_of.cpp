#include "model/bisimulation/system_of.hpp"

#include <algorithm>
#include <unordered_map>

namespace lockstep {

namespace {

/// Numbers the states of one system in order of appearance, the initial one first.
class builder {
public:
  builder(std::string_view initial, label_table& labels) : labels_(labels) {
    system_.initial = number_of(initial);
  }

  void add(const transition& step) {
    const auto from = number_of(step.from);
    system_.edges.push_back({from, labels_.of(step.action), number_of(step.to)});
  }

  [[nodiscard]] lts take() && {
    system_.state_count = static_cast<lts::state>(numbers_.size());
    return std::move(system_);
  }

private:
  lts::state number_of(std::string_view state) {
    return numbers_.try_emplace(state, static_cast<lts::state>(numbers_.size())).first->second;
  }

  label_table& labels_;
  lts system_;
  std::unordered_map<std::string_view, lts::state> numbers_;
};

} // namespace

lts::label label_table::of(std::string_view action) {
  if (const auto known = labels_.find(action); known != labels_.end())
    return known->second;
  const auto label = static_cast<lts::label>(labels_.size());
  labels_.emplace(action, label);
  return label;
}

lts system_of(const specification& spec, label_table& labels) {
  builder system(spec.initial_state(), labels);
  for (const auto& step : spec.transitions())
    system.add(step);
  return std::move(system).take();
}

std::optional<lts> system_of(const implementation_model& model, label_table& labels) {
  if (std::ranges::count_if(model.transitions, is_initialisation) != 1)
    return std::nullopt;
  builder system(std::ranges::find_if(model.transitions, is_initialisation)->to, labels);
  for (const auto& step : model.transitions) {
    if (!is_initialisation(step))
      system.add(step);
  }
  return std::move(system).take();
}

} // namespace lockstep
