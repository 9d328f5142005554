#include "model/workflow/verdict.hpp"

namespace lockstep {

std::string_view to_string(verdict outcome) noexcept {
  switch (outcome) {
  case verdict::conforms:
    return "conforms";
  case verdict::learned:
    return "learned";
  case verdict::deviation_still_equivalent:
    return "deviation_still_equivalent";
  case verdict::deviation_not_equivalent:
    return "deviation_not_equivalent";
  }
  return "unknown_verdict"; // from a newer store
}

} // namespace lockstep
