#include "persistence/store_summary.hpp"

#include <algorithm>
#include <iterator>

namespace lockstep {

void summary_sum::add(store_summary part) {
  for (auto& one : part.states) {
    auto [known, is_new] = states_.try_emplace({one.specification, one.state});
    auto& sum = known->second;
    if (is_new) {
      sum = std::move(one);
      continue;
    }
    sum.instances += one.instances;
    sum.steps += one.steps;
    sum.times_late += one.times_late;
  }
  deviations_.total += part.deviations.total;
  auto& found = part.deviations.first;
  const auto kept = std::min(found.size(), room());
  std::move(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept),
            std::back_inserter(deviations_.first));
}

std::vector<state_count> summary_sum::states() const {
  std::vector<state_count> all;
  all.reserve(states_.size());
  for (const auto& [key, one] : states_)
    all.push_back(one);
  return all;
}

} // namespace lockstep
