#pragma once

#include <cstdint>
#include <string>

namespace lockstep {

/// With a comma between thousands: `1,234,567`.
[[nodiscard]] std::string with_commas(std::uint64_t number);

} // namespace lockstep
