#pragma once

#include <cstdint>
#include <span>

namespace lockstep {

/// A hash of a signature, by the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
/// Internal to `model/bisimulation/`.
[[nodiscard]] inline std::uint64_t signature_hash(std::span<const std::uint64_t> pairs) noexcept {
  std::uint64_t hash = pairs.size();
  for (const auto pair : pairs) {
    hash += pair + 0x9E3779B97F4A7C15U;
    hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBU;
    hash ^= hash >> 31U;
  }
  return hash;
}

} // namespace lockstep
