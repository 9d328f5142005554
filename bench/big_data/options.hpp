#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace lockstep::bench {

struct big_data_options {
  std::size_t instances = 1'000'000;
  std::uint32_t shards = 4;
  /// Per shard, as `node_options::max_resident_instances`.
  std::size_t residents = 100'000;
  /// How many instances make a step after the start, in random order; 0: all.
  std::size_t touched = 0;
  /// Where the folder for the stores is made; empty: see `disk_folder`.
  std::filesystem::path folder;
  std::optional<std::filesystem::path> json;
};

/// @returns nothing if the program is to end with that status.
[[nodiscard]] std::optional<big_data_options> read_big_data_options(int argc, char** argv,
                                                                    int& status);

} // namespace lockstep::bench
