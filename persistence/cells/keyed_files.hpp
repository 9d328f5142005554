#pragma once

#include "model/failure.hpp"

#include <filesystem>
#include <vector>

namespace lockstep::sqlite {

/// The file of a `node_id`'s keyed shards in a store's folder: `keyed/NAME.sqlite`, where NAME is
/// the term's text, percent-encoded. One that is too long for a file is cut and has a hash.
[[nodiscard]] std::filesystem::path keyed_file(const std::filesystem::path& folder,
                                               const term& node_id);

/// The files in a store's folder that keyed shards may have, `keyed/*.sqlite`, sorted; none if
/// there are none. Some of them may be somebody else's, see `keyed_inventory`. Errors:
/// `store_failure` if the folder cannot be read.
[[nodiscard]] result<std::vector<std::filesystem::path>>
keyed_files(const std::filesystem::path& folder);

/// Is it called as a file of keyed shards is?
[[nodiscard]] bool may_be_keyed_file(const std::filesystem::path& file);

} // namespace lockstep::sqlite
