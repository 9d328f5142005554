#pragma once

#include "model/failure.hpp"

#include <cstdint>

namespace lockstep {

/// Lets this process open so many files, if it may.
/// @returns `unavailable` with both numbers if it may not.
[[nodiscard]] result<void> provide_open_files(std::uint64_t needed);

} // namespace lockstep
