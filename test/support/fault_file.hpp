#pragma once

#include "test/support/fault_disk_state.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <sqlite3.h>

namespace lockstep::test {

/// An open file.
struct fault_file {
  std::shared_ptr<disk_state> disk;
  std::shared_ptr<disk_contents> file;
  std::string name;
  /// Temporary files are neither counted nor faulty.
  bool temporary = false;
  /// Its first sync is one of the folder, too.
  bool syncs_folder = false;
  std::uint64_t generation = 0;
  int lock = SQLITE_LOCK_NONE;
  std::shared_ptr<shared_memory> memory;
  unsigned memory_shared = 0;
  unsigned memory_exclusive = 0;

  [[nodiscard]] bool is_dead() const { return disk->generation != generation; }

  disk_fault decide(disk_operation kind) const {
    return temporary ? disk_fault::none : disk->decide(kind, name);
  }
};

/// As SQLite knows it.
struct vfs_file {
  sqlite3_file base;
  fault_file* self;
};

/// What SQLite calls to use a `vfs_file`.
[[nodiscard]] const sqlite3_io_methods& file_methods() noexcept;

} // namespace lockstep::test
