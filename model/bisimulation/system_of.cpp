#include "model/bisimulation/system_of.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace lockstep {

namespace {

/// Numbers the states of one system in order of appearance, the initial one first.
class builder {
public:
  builder(std::string_view initial, label_table& labels) : labels_(labels) {
    named_.system.initial = number_of(initial);
  }

  void add(const transition& step) {
    const auto from = number_of(step.from);
    named_.system.edges.push_back({from, labels_.of(step.action), number_of(step.to)});
  }

  [[nodiscard]] named_system take() && {
    named_.system.state_count = static_cast<lts::state>(numbers_.size());
    return std::move(named_);
  }

private:
  lts::state number_of(std::string_view state) {
    const auto next = static_cast<lts::state>(numbers_.size());
    const auto [known, is_new] = numbers_.try_emplace(state, next);
    if (is_new)
      named_.state_names.emplace_back(state);
    return known->second;
  }

  label_table& labels_;
  named_system named_;
  std::unordered_map<std::string_view, lts::state> numbers_;
};

} // namespace

named_system system_of(const specification& spec, label_table& labels) {
  builder system(spec.initial_state(), labels);
  for (const auto& step : spec.transitions())
    system.add(step);
  return std::move(system).take();
}

std::optional<named_system> system_of(const implementation_model& model, label_table& labels) {
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
