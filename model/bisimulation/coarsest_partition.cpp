#include "model/bisimulation/coarsest_partition.hpp"

#include <limits>

namespace lockstep {

namespace {

template <class Partition>
std::vector<lts::state> numbered_classes(const Partition& partition, lts::state state_count,
                                         const std::vector<lts::state>& state_of) {
  constexpr auto none = std::numeric_limits<lts::state>::max();
  std::vector<lts::state> class_of_block(state_count, none);
  std::vector<lts::state> classes(state_count);
  lts::state count = 0;
  for (const auto state : state_of) {
    auto& number = class_of_block[partition.block_of(state)];
    if (number == none)
      number = count++;
    classes[state] = number;
  }
  return classes;
}

} // namespace

std::vector<lts::state> coarsest_classes(lts& system, const std::vector<lts::state>& state_of) {
  signature_refinement signatures;
  return refine_until(
      system, signatures, [](const auto&) { return false; },
      [&](const auto& partition) {
        return numbered_classes(partition, system.state_count, state_of);
      });
}

} // namespace lockstep
