#pragma once

#include "model/routing/shard_layout.hpp"
#include "persistence/redistribution.hpp"
#include "persistence/sqlite/schema.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>

namespace lockstep::sqlite {

/// The file of a shard's store: `shard-<number>.sqlite`.
[[nodiscard]] std::filesystem::path shard_file(const std::filesystem::path& folder,
                                               std::uint32_t shard);

/// The stores' files in a folder by the number of their shard; none if there is no folder. Other
/// files are left out. Errors: `store_failure` if the folder cannot be read.
[[nodiscard]] result<std::map<std::uint32_t, std::filesystem::path>>
shard_files(const std::filesystem::path& folder);

/// The labels of a folder's files by the number of their shard.
using store_labels = std::map<std::uint32_t, store_label>;

/// Can these be the files of one store?
/// @returns the number of files, 1 … n, that the labels vouch for; 0 if the folder's first start
///          was not finished. Errors: `invalid_configuration` for files that are missing, mixed up
///          or of another shard.
[[nodiscard]] result<std::uint32_t> check_labels(const std::filesystem::path& folder,
                                                 const store_labels& labels);

/// Makes a folder hold the stores of a layout, with every instance where it belongs: makes a new
/// folder's files, finishes what was interrupted, and redistributes what was divided otherwise, by
/// number or by strategy. Files beyond the last shard are removed when they are empty. If there is
/// nothing to do, it only reads the labels of each file.
///
/// The folder must be locked. Ended at any point, by an error or by the process being killed, it
/// does the rest when it is called the next time, with whatever layout; until then no store opens.
/// store_folder.cpp tells how.
///
/// @returns what was moved; nothing if no redistribution was needed. Errors: `store_too_new`;
///          `invalid_configuration` for files that are missing, mixed up or of another shard;
///          `store_failure`; `unavailable` if the redistribution was not to go on.
[[nodiscard]] result<std::optional<redistribution_report>>
prepare_folder(const std::filesystem::path& folder, const shard_layout& layout,
               const moving_function& progress = {});

} // namespace lockstep::sqlite
