#include "model/workflow/implementation_model.hpp"

#include <cassert>
#include <utility>

namespace lockstep {

implementation_model merge(implementation_model lhs, const implementation_model& rhs) {
  assert(lhs.specification == rhs.specification);
  lhs.learning = lhs.learning || rhs.learning;
  lhs.transitions.insert(rhs.transitions.begin(), rhs.transitions.end());
  return lhs;
}

implementation_model starting_model(implementation_model stored, const implementation_model& file) {
  return file.learning ? merge(std::move(stored), file) : file;
}

} // namespace lockstep
