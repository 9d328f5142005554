#pragma once

#include "model/bisimulation/lts.hpp"

#include <string>
#include <vector>

namespace lockstep {

/// A system with the names of its states, for messages and files. The names of its actions are in
/// the `label_table` that it was numbered with.
struct named_system {
  lts system;
  /// By state. Empty if the states have numbers only, as in Aldebaran files.
  std::vector<std::string> state_names;

  /// The state's name, or its number as text.
  [[nodiscard]] std::string name_of(lts::state state) const {
    return state_names.empty() ? std::to_string(state) : state_names[state];
  }
};

} // namespace lockstep
