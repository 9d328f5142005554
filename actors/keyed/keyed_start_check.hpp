#pragma once

#include "actors/keyed/keyed_options.hpp"
#include "model/failure.hpp"

#include <filesystem>
#include <vector>

namespace lockstep {

/// Looks whether these keyed shards can be started on the store in a folder, which may not be there
/// yet, before anything is written to it: a start that is refused changes nothing.
/// @returns keyed shards that the store has and that are not among them, as warnings. Errors:
///          `invalid_configuration` for files that are missing, empty or another one, and for
///          another strategy than before; `invalid_argument` for a schema that is not the one
///          before, where that matters; `store_too_new`; `store_failure`.
[[nodiscard]] result<std::vector<failure>>
check_keyed_start(const std::filesystem::path& folder,
                  const std::vector<keyed_shards_options>& wanted);

/// The same for stores that are opened to look. Errors: as above, and those of `open_store`.
[[nodiscard]] result<void> check_keyed_start(const std::vector<keyed_shards_options>& wanted);

} // namespace lockstep
