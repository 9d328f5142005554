#pragma once

#include "model/bisimulation/lts.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/specification.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// Numbers actions, so that systems that share a table can be compared. `__internal__` is
/// `lts::tau`, nothing else is.
class label_table {
public:
  /// The number of an action, a new one if it is not known yet.
  [[nodiscard]] lts::label of(std::string_view action);

private:
  std::map<std::string, lts::label, std::less<>> labels_{{std::string(internal_action), lts::tau}};
};

/// What a specification describes, from its initial state on. Without transitions it is a single
/// deadlock state.
[[nodiscard]] lts system_of(const specification& spec, label_table& labels);

/// What an implementation was seen to do, from the target of its initialisation on; the
/// initialisation itself is left out. A target that no other transition mentions is a deadlock.
/// @returns nothing if there is other than exactly one initialisation.
[[nodiscard]] std::optional<lts> system_of(const implementation_model& model, label_table& labels);

} // namespace lockstep
