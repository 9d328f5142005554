#pragma once

#include "model/failure.hpp"

namespace lockstep {

/// Sees to it that no file gets the number of a standard stream which the process was started
/// without: else what is printed would end up in that file. Reading from and writing to such a
/// stream fails as before; but what is said on standard error is lost.
///
/// To be called before anything is opened.
void occupy_standard_descriptors() noexcept;

/// Writes what was printed, so that nobody takes half an output for a whole one.
/// @returns `store_failure` with the system's reason if something is lost, now or earlier.
[[nodiscard]] result<void> flush_standard_output();

} // namespace lockstep
