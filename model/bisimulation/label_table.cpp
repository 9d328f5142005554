#include "model/bisimulation/label_table.hpp"

#include "model/workflow/transition.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

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

std::vector<lts::label> label_table::sort() {
  std::vector<lts::label> by_name(names_.size());
  std::iota(by_name.begin(), by_name.end(), lts::label{0});
  std::ranges::sort(by_name.begin() + 1, by_name.end(), {},
                    [this](lts::label label) -> const std::string& { return names_[label]; });
  label_table sorted;
  std::vector<lts::label> number(names_.size());
  for (const auto label : by_name)
    number[label] = sorted.of(names_[label]);
  *this = std::move(sorted);
  return number;
}

} // namespace lockstep
