#include "model/workflow/implementation_model.hpp"

#include <cassert>

namespace lockstep {

implementation_model merge(implementation_model lhs, const implementation_model& rhs) {
  assert(lhs.specification == rhs.specification);
  lhs.learning = lhs.learning || rhs.learning;
  lhs.transitions.insert(rhs.transitions.begin(), rhs.transitions.end());
  return lhs;
}

} // namespace lockstep
