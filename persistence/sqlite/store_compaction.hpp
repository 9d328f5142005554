#pragma once

#include "model/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace lockstep::sqlite {

/// What a file and its write-ahead log took, and what they take now.
struct compacted_file {
  std::filesystem::path path;
  std::uintmax_t bytes_before = 0;
  std::uintmax_t bytes_after = 0;
};

/// Told after each file how many are done, of how many.
using files_done = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// Gives back to the file system what a store's files no longer use, one file after the other;
/// ended at any point, by an error or by the process being killed, nothing is lost. For a time it
/// takes up to twice the size of a file; SQLite takes half of that in the folder that the
/// environment variable `SQLITE_TMPDIR` names, which the caller sets to have it in the same place.
///
/// Errors: `invalid_configuration` if the folder holds no store, or one that is not whole;
/// `store_failure`, also if a process has the store open, if it is being redistributed or if too
/// little space is free. Nothing is changed in a store that is refused.
[[nodiscard]] result<std::vector<compacted_file>> compact_store(const std::filesystem::path& folder,
                                                                const files_done& progress = {});

} // namespace lockstep::sqlite
