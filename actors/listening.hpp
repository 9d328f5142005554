#pragma once

#include "model/failure.hpp"

#include <cstdint>
#include <string>

namespace lockstep {

/// Why a node cannot listen there, as one sentence.
[[nodiscard]] tl::unexpected<failure> cannot_listen(const std::string& address, std::uint16_t port,
                                                    const std::string& reason);

/// Can a node listen there? Tries it without taking a connection, so that a start can say no before
/// it makes anything. Somebody else may take the port afterwards.
/// @param address Empty: all networks.
/// @returns `unavailable` naming the port.
[[nodiscard]] result<void> try_listening(const std::string& address, std::uint16_t port);

} // namespace lockstep
