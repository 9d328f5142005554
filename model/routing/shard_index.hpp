#pragma once

#include "model/term/term.hpp"

#include <cstdint>

namespace lockstep {

/// The shard in charge of an identifier, from 1 to `distribution_factor`:
/// `phash2(identifier) mod distribution_factor + 1`. The same on every machine and in Erlang.
/// @pre `distribution_factor` is at least 1.
[[nodiscard]] std::uint32_t shard_index(const term& identifier,
                                        std::uint32_t distribution_factor) noexcept;

} // namespace lockstep
