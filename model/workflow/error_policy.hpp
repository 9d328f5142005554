#pragma once

#include "model/failure.hpp"

#include <set>

namespace lockstep {

/// Which errors of a specification's instances their callers never see.
///
/// By default `deviation_still_equivalent` and `impl_model_not_found` are swallowed (logged, the
/// call succeeds) and every other error is propagated.
struct error_policy {
  std::set<ec> swallowed{ec::deviation_still_equivalent, ec::impl_model_not_found};

  [[nodiscard]] bool swallows(ec code) const { return swallowed.contains(code); }
  friend bool operator==(const error_policy&, const error_policy&) = default;
};

} // namespace lockstep
