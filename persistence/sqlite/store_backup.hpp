#pragma once

#include "persistence/sqlite/store_check.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace lockstep::sqlite {

/// Told now and then how many pages are copied, of how many.
using copy_progress = std::function<void(std::uint64_t pages, std::uint64_t all)>;

/// Copies a store into a new folder, also while a node uses it, which goes on writing meanwhile:
/// its write-ahead logs grow until the copy is done. Each file is copied as it is at one moment;
/// these moments lie as close together as the files can be opened.
///
/// The copy is made and looked through, see `check_store`, beside `target` under its name with
/// `.incomplete`, and gets that name when it is durable: what has it is whole. What an earlier call
/// left there when it was killed is written anew.
///
/// @param target Must be empty or missing; folders above it are made.
/// @param looking Told how many instances of the copy were looked through.
/// @returns what the copy holds. Errors: `invalid_configuration` if there is no store or `target`
///          cannot be it; `store_failure`, also for a store that is being redistributed, for too
///          little free space, and if something is wrong with the copy: then it is gone again.
[[nodiscard]] result<store_check> back_up_store(const std::filesystem::path& folder,
                                                const std::filesystem::path& target,
                                                const copy_progress& progress = {},
                                                const progress_function& looking = {});

} // namespace lockstep::sqlite
