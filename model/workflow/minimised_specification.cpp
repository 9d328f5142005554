#include "model/workflow/minimised_specification.hpp"

#include "model/bisimulation/minimisation.hpp"
#include "model/bisimulation/system_of.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

lts smallest_of(const specification& spec) {
  label_table labels;
  return minimise_branching(system_of(spec, labels).system).system;
}

/// @pre The edges are sorted.
bool has_choice_of_chance(const lts& system) {
  const auto is_internal = [](const lts::edge& edge) { return edge.action == lts::tau; };
  const auto start_alike = [](const lts::edge& first, const lts::edge& second) {
    return first.from == second.from && first.action == second.action;
  };
  return std::ranges::any_of(system.edges, is_internal)
         || std::ranges::adjacent_find(system.edges, start_alike) != system.edges.end();
}

} // namespace

minimised_specification::minimised_specification(std::shared_ptr<const specification> described)
    : spec(std::move(described)),
      smallest(smallest_of(*spec)),
      is_deterministic(!has_choice_of_chance(smallest)) {}

} // namespace lockstep
