#include "model/routing/routing_strategy.hpp"

#include <array>

namespace lockstep {

std::string_view to_string(routing_strategy strategy) noexcept {
  switch (strategy) {
  case routing_strategy::modulo:
    return "modulo";
  case routing_strategy::rendezvous:
    return "rendezvous";
  case routing_strategy::one_per_key:
    return "one_per_key";
  case routing_strategy::ring:
    return "ring";
  }
  return "unknown_strategy";
}

std::optional<routing_strategy> parse_routing_strategy(std::string_view name) noexcept {
  constexpr std::array all{routing_strategy::modulo, routing_strategy::rendezvous,
                           routing_strategy::one_per_key, routing_strategy::ring};
  for (const auto strategy : all)
    if (to_string(strategy) == name)
      return strategy;
  return std::nullopt;
}

} // namespace lockstep
