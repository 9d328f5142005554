#pragma once

#include "model/failure.hpp"

#include <filesystem>
#include <vector>

namespace lockstep::sqlite {

/// The file of a `node_id`'s keyed shards in a store's folder: `keyed/NAME.sqlite`, where NAME is
/// the term's text, percent-encoded. One that is too long for a file is cut and has a hash.
[[nodiscard]] std::filesystem::path keyed_file(const std::filesystem::path& folder,
                                               const term& node_id);

/// The files of all keyed shards in a store's folder, sorted; none if there are none. Other files
/// are left out. Errors: `store_failure` if the folder cannot be read.
[[nodiscard]] result<std::vector<std::filesystem::path>>
keyed_files(const std::filesystem::path& folder);

/// Makes a folder if it is missing, with those above it, durably. Errors: `store_failure`.
[[nodiscard]] result<void> make_durable_folder(const std::filesystem::path& folder);

} // namespace lockstep::sqlite
