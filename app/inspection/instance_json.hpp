#pragma once

#include "actors/whereabouts.hpp"
#include "model/workflow/instance.hpp"
#include "persistence/quarantined_instance.hpp"
#include "persistence/stored_instance.hpp"

#include <string>

namespace lockstep {

/// One instance without its history, as JSON on one line.
[[nodiscard]] std::string to_json_text(const stored_instance& one);

/// One instance with its history, as JSON on one line.
[[nodiscard]] std::string to_json_text(const instance& whole);

/// Where an instance is, as JSON on one line. @param from Where that was asked: `node`, `store`, or
/// `nowhere`, with nothing but the way to the shard.
[[nodiscard]] std::string to_json_text(const whereabouts& where, const std::string& from);

/// A quarantined instance, as JSON on one line.
[[nodiscard]] std::string to_json_text(const quarantined_instance& one);

} // namespace lockstep
