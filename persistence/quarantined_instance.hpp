#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"

#include <string>

namespace lockstep {

/// An instance that is refused any request until it is released, since handling it crashed its
/// shard. There need not be an instance of that identifier.
struct quarantined_instance {
  term identifier;
  /// For people: what happened.
  std::string reason;
  /// Since when.
  timestamp at;

  friend bool operator==(const quarantined_instance&, const quarantined_instance&) = default;
};

} // namespace lockstep
