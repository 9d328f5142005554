#pragma once

#include "test/conformance/subject.hpp"
#include "test/conformance/trace.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace lockstep::recordings {

enum class mode : std::uint8_t {
  /// One shard.
  one_shard,
  /// As many shards as the recording says.
  distributed,
};

/// Where Lockstep and a recording part.
struct mismatch {
  /// In the recording's file, from 1.
  std::size_t line = 0;
  std::string call;
  std::string expected;
  std::string actual;
};

/// Makes a recording's calls on a fresh manager.
/// @returns the first answer that is not the recorded one, since what follows it says little;
///          nothing if all are the same by `rules.hpp`.
[[nodiscard]] std::optional<mismatch> replay(caf::actor_system& system, const trace& recording,
                                             mode how, store_kind store);

} // namespace lockstep::recordings
