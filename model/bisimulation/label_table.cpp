#include "model/bisimulation/label_table.hpp"

#include "model/workflow/transition.hpp"

namespace lockstep {

label_table::label_table() {
  static_cast<void>(of(internal_action)); // the first number is `lts::tau`
}

lts::label label_table::of(std::string_view action) {
  if (const auto known = labels_.find(action); known != labels_.end())
    return known->second;
  const auto label = static_cast<lts::label>(names_.size());
  labels_.emplace(names_.emplace_back(action), label);
  return label;
}

std::optional<lts::label> label_table::find(std::string_view action) const {
  const auto known = labels_.find(action);
  return known == labels_.end() ? std::nullopt : std::optional(known->second);
}

} // namespace lockstep
