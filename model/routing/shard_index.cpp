#include "model/routing/shard_index.hpp"

#include "model/term/phash2.hpp"

#include <cassert>

namespace lockstep {

std::uint32_t shard_index(const term& identifier, std::uint32_t distribution_factor) noexcept {
  assert(distribution_factor >= 1);
  return phash2(identifier) % distribution_factor + 1;
}

} // namespace lockstep
