#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

struct sqlite3_vfs;

namespace lockstep::test {

/// What SQLite does to a disk. Reads are counted by themselves, everything else together.
enum class disk_operation { write, sync, truncate, remove, make, share, read };

/// What may become of an operation.
enum class disk_fault {
  none,
  /// Nothing is done, and that is an error.
  fails,
  /// A part of the bytes is written, or of the sectors synced; then there is an error.
  torn,
  /// All is done, and yet there is an error.
  late,
  /// A part of the bytes is written, then the disk is full: if the file grows, else nothing is
  /// wrong. Of other operations: `fails`.
  no_space,
  /// The power goes before the operation.
  power_cut,
};

struct disk_event {
  disk_operation kind;
  /// From 1.
  std::uint64_t number;
  std::string file;
};

/// What was not synced when the power went.
enum class survival {
  /// Nothing of it is there.
  none,
  /// Some sectors are there, and some of the files made or removed last are.
  some,
};

struct disk_state;

/// A disk in memory with a SQLite VFS of its own, which knows what was written and what of that is
/// durable. As bad as disks are:
///
///  - a power cut loses what was not synced, sector by sector, names of files included: a file's
///    own name is durable once the file was synced (as Linux's file systems have it), all names
///    once the folder was, as SQLite does with a new journal and its first sync
///  - a failed sync is the only one to tell: what was to be synced is not written by a later one,
///    unless it is written anew
///
/// A sector that is overwritten is the old one or the new one. One process: shared memory and locks
/// are between the connections in it. Not thread-safe; goes after all connections to it.
class fault_disk {
public:
  using plan = std::function<disk_fault(const disk_event&)>;

  explicit fault_disk(std::uint64_t seed = 1);
  ~fault_disk();
  fault_disk(const fault_disk&) = delete;
  fault_disk& operator=(const fault_disk&) = delete;

  /// The VFS's name, to open databases with.
  [[nodiscard]] const std::string& vfs() const noexcept { return name_; }

  /// Asked about every operation; nothing: no faults.
  void follow(plan faults);
  /// The n-th operation from now on has a fault.
  void fail_at(std::uint64_t operation, disk_fault fault);
  /// Every operation of the kind has the fault.
  void fail_all(disk_operation kind, disk_fault fault);
  /// Ends all faults that were planned.
  void mend() { follow({}); }

  /// No more bytes than these in all files together; nothing: as many as it takes.
  void limit_space(std::optional<std::size_t> bytes);
  /// How many bytes the files have.
  [[nodiscard]] std::size_t used() const;

  /// Files can be read only, and none can be made.
  void make_read_only(bool read_only);

  /// What a failed sync leaves in memory: what was written (as ext4 does), or what is on the disk.
  void forget_after_failed_sync(bool forget);

  /// All processes end without closing anything: what they wrote stays, synced or not.
  void kill();

  /// What becomes of unsynced data when the power goes.
  void set_survival(survival what);
  /// Everything that is open becomes useless, and nothing can be opened until `power_on`.
  void cut_power();
  void power_on();
  [[nodiscard]] bool has_power() const;

  /// So many operations there were, reads aside.
  [[nodiscard]] std::uint64_t operations() const;

  [[nodiscard]] bool has(const std::string& file) const;
  /// What a program reads now; nothing if there is no such file.
  [[nodiscard]] std::string read(const std::string& file) const;
  /// What would be there after a power cut without survivors.
  [[nodiscard]] std::string read_durable(const std::string& file) const;

private:
  std::string name_;
  std::shared_ptr<disk_state> state_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

} // namespace lockstep::test
