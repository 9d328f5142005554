#pragma once

#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// Numbers actions, so that systems that share a table can be compared. `__internal__` is
/// `lts::tau`, nothing else is: a reader of a format that writes tau otherwise maps it itself.
class label_table {
public:
  label_table();
  label_table(label_table&&) = default;
  label_table& operator=(label_table&&) = default;

  /// The number of an action, a new one if it is not known yet.
  [[nodiscard]] lts::label of(std::string_view action);

  /// The number of an action, nothing if it is not known.
  [[nodiscard]] std::optional<lts::label> find(std::string_view action) const;

  /// @pre `label` came from `of`, or is `lts::tau`.
  [[nodiscard]] const std::string& name(lts::label label) const { return names_[label]; }

  /// Numbers the labels anew in the order of their names; `lts::tau` stays what it is.
  /// @returns the new number of each label.
  std::vector<lts::label> sort();

  /// How many labels there are, `lts::tau` included.
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }

private:
  /// By label. A deque, so that the keys of `labels_` can point into it.
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, lts::label> labels_;
};

} // namespace lockstep
