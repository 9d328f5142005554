#pragma once

#include "model/workflow/implementation_model.hpp"
#include "model/workflow/specification.hpp"
#include "model/workflow/transition.hpp"

#include <memory>

namespace lockstep {

/// Answers, again and again for one model: would it still be branching bisimilar to its
/// specification if it had one more transition? What takes time for both systems as a whole is done
/// once, in the constructor.
///
/// Immutable and thread-safe; keeps both alive.
class online_check {
public:
  /// Takes time in proportion to both systems (m log n).
  /// @pre Neither is null.
  online_check(std::shared_ptr<const specification> spec,
               std::shared_ptr<const implementation_model> model);

  [[nodiscard]] bool still_equivalent(const transition& step) const;

private:
  std::shared_ptr<const specification> spec_;
  std::shared_ptr<const implementation_model> model_;
};

} // namespace lockstep
