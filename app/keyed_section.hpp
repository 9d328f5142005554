#pragma once

#include "actors/keyed/keyed_group.hpp"
#include "model/failure.hpp"

#include <string_view>
#include <vector>

#include <caf/settings.hpp>

namespace lockstep {

/// Reads the option `keyed-shards` of a section: a list of sections, one for each `node_id`:
///
///     { node = "accounts", strategy = "one_per_key", keep-heights = 1000,
///       schema = [ { key = ["a", "b"], value = "0" }, { key = ["c"] } ] }
///
/// Terms are texts or whole numbers, or Erlang text with `as = "term"` beside them, which counts
/// for the schema below it, too, unless an entry has an `as` of its own; keys are as `read_key`
/// reads them.
/// @param where How messages name the section.
/// @returns `invalid_configuration` naming the place and the option. Without it there are none.
[[nodiscard]] result<std::vector<keyed_group>> parse_keyed_groups(const caf::settings& section,
                                                                  std::string_view where);

} // namespace lockstep
