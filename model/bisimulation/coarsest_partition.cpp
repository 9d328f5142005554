#include "model/bisimulation/coarsest_partition.hpp"

#include <limits>

namespace lockstep {

namespace {

template <class Partition>
std::vector<lts::state> numbered_classes(lts::state state_count, const Partition& partition) {
  constexpr auto none = std::numeric_limits<lts::state>::max();
  std::vector<lts::state> class_of_block(state_count, none);
  std::vector<lts::state> classes(state_count);
  lts::state count = 0;
  for (lts::state s = 0; s < state_count; ++s) {
    auto& number = class_of_block[partition.block_of(s)];
    if (number == none)
      number = count++;
    classes[s] = number;
  }
  return classes;
}

} // namespace

std::vector<lts::state> coarsest_classes(lts& system) {
  signature_refinement signatures;
  return refine_until(
      system, signatures, [](const auto&) { return false; },
      [&](const auto& partition) { return numbered_classes(system.state_count, partition); });
}

} // namespace lockstep
