#pragma once

#include "app/input/event.hpp"
#include "app/input/input_options.hpp"
#include "app/input/record_reader.hpp"

#include <optional>
#include <string>

namespace lockstep {

/// Turns records into events: maps names, reads identifiers and timestamps, checks the result.
class event_builder {
public:
  /// @param source The first part of operation ids.
  event_builder(const input_options& options, std::string source);

  /// @returns the event; nothing if `actions` maps the action to ""; or `invalid_input` with the
  ///          reason, but without the place.
  [[nodiscard]] result<std::optional<event>> build(const record& from) const;

private:
  [[nodiscard]] result<term> identifier_of(const record& from) const;

  std::string source_;
  identifier_type identifier_as_;
  timestamp_format timestamp_format_;
  name_map actions_;
  name_map states_;
};

} // namespace lockstep
