#include "model/bisimulation/equivalence.hpp"

#include <array>

namespace lockstep {

std::string_view to_string(equivalence kind) noexcept {
  switch (kind) {
  case equivalence::branching:
    return "branching";
  case equivalence::strong:
    return "strong";
  case equivalence::trace:
    return "trace";
  case equivalence::weak_trace:
    return "weak-trace";
  }
  return "unknown_equivalence";
}

std::optional<equivalence> parse_equivalence(std::string_view name) noexcept {
  constexpr std::array all{equivalence::branching, equivalence::strong, equivalence::trace,
                           equivalence::weak_trace};
  for (const auto kind : all)
    if (to_string(kind) == name)
      return kind;
  return std::nullopt;
}

} // namespace lockstep
