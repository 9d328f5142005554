#pragma once

#include "test/support/fault_vfs.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace lockstep::test {

inline constexpr std::size_t sector_size = 512;

/// A file on the disk.
struct disk_contents {
  /// What programs read.
  std::string now;
  /// What is on the disk for sure.
  std::string safe;
  /// Sectors that the next sync writes.
  std::set<std::size_t> dirty;
  // locks between connections
  int readers = 0;
  const void* reserved = nullptr;
  const void* pending = nullptr;
  const void* exclusive = nullptr;

  void copy_sector(std::size_t sector, const std::string& from, std::string& to) const;
  /// The sectors of these bytes are no longer as the disk has them.
  void soil(std::size_t begin, std::size_t end);
  void write(std::size_t offset, std::string_view bytes);
  void resize(std::size_t size);
  void sync();
};

/// What the connections to a database share of its log.
struct shared_memory {
  std::vector<std::unique_ptr<std::string>> regions;
  std::array<int, SQLITE_SHM_NLOCK> readers{};
  std::array<bool, SQLITE_SHM_NLOCK> exclusive{};
};

using file_names = std::map<std::string, std::shared_ptr<disk_contents>>;

/// The disk itself: what is on it, what of that is durable, and when it fails.
struct disk_state {
  fault_disk::plan plan;
  std::mt19937_64 random;
  std::uint64_t operations = 0;
  std::uint64_t reads = 0;
  /// No more bytes than these in all files.
  std::optional<std::size_t> space;
  bool read_only = false;
  /// A failed sync leaves what is on the disk.
  bool forgets = false;
  bool powered = true;
  survival surviving = survival::none;
  /// Handles of another one are dead.
  std::uint64_t generation = 0;
  file_names names;
  file_names safe_names;
  /// Since the folder was synced: a file made, or removed if there is none.
  std::vector<std::pair<std::string, std::shared_ptr<disk_contents>>> renamed;
  std::map<std::string, std::weak_ptr<shared_memory>> memory;

  bool coin() { return (random() & 1U) != 0; }

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

  disk_fault decide(disk_operation kind, const std::string& file);
  std::size_t used() const;
  /// How far a file may grow.
  std::size_t room(const disk_contents& file) const;
  void sync_folder();
  /// The name of a file is durable now.
  void sync_name(const std::string& name, const std::shared_ptr<disk_contents>& file);
  void fail_sync(disk_contents& file, bool torn);
  /// What the power cut leaves of a file.
  void lose(disk_contents& file);
  /// Ends all that is open.
  void end_processes();
  void cut_power();
};

} // namespace lockstep::test
