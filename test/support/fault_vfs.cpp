#include "test/support/fault_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace lockstep::test {

namespace {

constexpr std::size_t sector_size = 512;

struct contents {
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

  void copy_sector(std::size_t sector, const std::string& from, std::string& to) const {
    const auto begin = sector * sector_size;
    const auto end = std::min(begin + sector_size, to.size());
    for (auto i = begin; i < end; ++i)
      to[i] = i < from.size() ? from[i] : '\0';
  }

  void soil(std::size_t begin, std::size_t end) {
    for (auto sector = begin / sector_size; sector * sector_size < end; ++sector)
      dirty.insert(sector);
  }

  void write(std::size_t offset, std::string_view bytes) {
    if (bytes.empty())
      return;
    const auto end = offset + bytes.size();
    soil(std::min(offset, now.size()), end);
    if (now.size() < end)
      now.resize(end, '\0');
    std::copy(bytes.begin(), bytes.end(), now.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  void resize(std::size_t size) {
    if (size > now.size())
      soil(now.size(), size);
    now.resize(size, '\0');
  }

  void sync() {
    safe.resize(now.size(), '\0');
    for (auto sector : dirty)
      copy_sector(sector, now, safe);
    dirty.clear();
  }
};

struct shared_memory {
  std::vector<std::unique_ptr<std::string>> regions;
  std::array<int, SQLITE_SHM_NLOCK> readers{};
  std::array<bool, SQLITE_SHM_NLOCK> exclusive{};
};

using file_names = std::map<std::string, std::shared_ptr<contents>>;

} // namespace

struct disk_state {
  fault_disk::plan plan;
  std::mt19937_64 random;
  std::uint64_t operations = 0;
  std::uint64_t reads = 0;
  std::optional<std::size_t> space;
  bool read_only = false;
  bool forgets = false;
  bool powered = true;
  survival surviving = survival::none;
  /// Handles of another one are dead.
  std::uint64_t generation = 0;
  file_names names;
  file_names safe_names;
  /// Since the folder was synced: a file made, or removed if there is none.
  std::vector<std::pair<std::string, std::shared_ptr<contents>>> renamed;
  std::map<std::string, std::weak_ptr<shared_memory>> memory;

  bool coin() { return (random() & 1U) != 0; }

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

  disk_fault decide(disk_operation kind, const std::string& file) {
    auto& counter = kind == disk_operation::read ? reads : operations;
    const disk_event event{kind, ++counter, file};
    const auto fault = plan ? plan(event) : disk_fault::none;
    if (fault == disk_fault::power_cut)
      cut_power();
    return fault;
  }

  std::size_t used() const {
    std::size_t sum = 0;
    for (const auto& [name, file] : names)
      sum += file->now.size();
    return sum;
  }

  /// How far a file may grow.
  std::size_t room(const contents& file) const {
    if (!space)
      return SIZE_MAX;
    const auto taken = used();
    return file.now.size() + (taken < *space ? *space - taken : 0);
  }

  void sync_folder() {
    safe_names = names;
    renamed.clear();
  }

  void sync_name(const std::string& name, const std::shared_ptr<contents>& file) {
    if (auto found = names.find(name); found == names.end() || found->second != file)
      return; // removed
    safe_names[name] = file;
    std::erase_if(renamed, [&](const auto& change) { return change.first == name; });
  }

  void fail_sync(contents& file, bool torn) {
    for (auto sector : file.dirty) {
      if (torn && coin())
        file.copy_sector(sector, file.now, file.safe);
      if (forgets)
        file.copy_sector(sector, file.safe, file.now);
    }
    file.dirty.clear();
  }

  void lose(contents& file) {
    auto left = file.safe;
    if (surviving == survival::some) {
      if (coin())
        left.resize(file.now.size(), '\0');
      for (std::size_t sector = 0; sector * sector_size < file.now.size(); ++sector)
        if (coin())
          file.copy_sector(sector, file.now, left);
    }
    file.now = left;
    file.safe = std::move(left);
    file.dirty.clear();
  }

  /// Ends all that is open.
  void end_processes() {
    ++generation;
    memory.clear();
    for (auto& [name, file] : names) {
      file->readers = 0;
      file->reserved = file->pending = file->exclusive = nullptr;
    }
  }

  void cut_power() {
    powered = false;
    end_processes();
    if (surviving == survival::some) {
      renamed.resize(below(renamed.size() + 1));
      for (auto& [name, file] : renamed)
        if (file)
          safe_names[name] = file;
        else
          safe_names.erase(name);
    }
    renamed.clear();
    names = safe_names;
    end_processes(); // of files that are back
    for (auto& [name, file] : names)
      lose(*file);
  }
};

namespace {

/// An open file.
struct handle {
  std::shared_ptr<disk_state> disk;
  std::shared_ptr<contents> file;
  std::string name;
  /// Temporary files are neither counted nor faulty.
  bool temporary = false;
  bool delete_on_close = false;
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

struct vfs_file {
  sqlite3_file base;
  handle* self;
};

handle& self(sqlite3_file* file) { return *reinterpret_cast<vfs_file*>(file)->self; }

disk_state& disk_of(sqlite3_vfs* vfs) {
  return **static_cast<std::shared_ptr<disk_state>*>(vfs->pAppData);
}

// -- a file ---------------------------------------------------------------------------------------

int unlock(handle& h, int level) {
  auto& file = *h.file;
  if (h.lock > SQLITE_LOCK_SHARED && level <= SQLITE_LOCK_SHARED) {
    for (const auto** owner : {&file.reserved, &file.pending, &file.exclusive})
      if (*owner == &h)
        *owner = nullptr;
  }
  if (h.lock >= SQLITE_LOCK_SHARED && level == SQLITE_LOCK_NONE)
    --file.readers;
  h.lock = std::min(h.lock, level);
  return SQLITE_OK;
}

int lock(handle& h, int level) {
  auto& file = *h.file;
  if (h.lock >= level)
    return SQLITE_OK;
  const auto others = [&](const void* owner) { return owner != nullptr && owner != &h; };
  if (level == SQLITE_LOCK_SHARED) {
    if (others(file.pending) || others(file.exclusive))
      return SQLITE_BUSY;
    ++file.readers;
  } else {
    if (others(file.reserved) || others(file.pending) || others(file.exclusive))
      return SQLITE_BUSY;
    if (level == SQLITE_LOCK_RESERVED) {
      file.reserved = &h;
    } else {
      file.pending = &h;
      if (file.readers > 1) {
        h.lock = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
      }
      file.exclusive = &h;
    }
  }
  h.lock = level;
  return SQLITE_OK;
}

void release_memory(handle& h) {
  if (!h.memory)
    return;
  for (std::size_t slot = 0; slot < SQLITE_SHM_NLOCK; ++slot) {
    if ((h.memory_shared >> slot & 1U) != 0)
      --h.memory->readers[slot];
    if ((h.memory_exclusive >> slot & 1U) != 0)
      h.memory->exclusive[slot] = false;
  }
  h.memory_shared = h.memory_exclusive = 0;
  h.memory.reset();
}

int file_close(sqlite3_file* file) {
  auto& h = self(file);
  release_memory(h);
  if (!h.is_dead())
    unlock(h, SQLITE_LOCK_NONE);
  delete &h;
  return SQLITE_OK;
}

int file_read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  auto& h = self(file);
  if (h.is_dead() || h.decide(disk_operation::read) != disk_fault::none)
    return SQLITE_IOERR_READ;
  const auto& bytes = h.file->now;
  const auto begin = std::min(static_cast<std::size_t>(offset), bytes.size());
  const auto count = std::min(static_cast<std::size_t>(size), bytes.size() - begin);
  std::memcpy(to, bytes.data() + begin, count);
  std::memset(static_cast<char*>(to) + count, 0, static_cast<std::size_t>(size) - count);
  return count == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int file_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  auto& h = self(file);
  if (h.is_dead())
    return SQLITE_IOERR_WRITE;
  auto fault = h.decide(disk_operation::write);
  const auto offset = static_cast<std::size_t>(at);
  std::string_view bytes{static_cast<const char*>(from), static_cast<std::size_t>(size)};
  const auto fits = h.temporary ? SIZE_MAX : h.disk->room(*h.file);
  if (fault == disk_fault::no_space && offset + bytes.size() <= h.file->now.size())
    fault = disk_fault::none;
  switch (fault) {
  case disk_fault::power_cut:
  case disk_fault::fails:
    return SQLITE_IOERR_WRITE;
  case disk_fault::torn:
  case disk_fault::no_space:
    h.file->write(offset, bytes.substr(0, h.disk->below(bytes.size())));
    return fault == disk_fault::torn ? SQLITE_IOERR_WRITE : SQLITE_FULL;
  case disk_fault::none:
  case disk_fault::late:
    break;
  }
  if (offset + bytes.size() > fits) {
    h.file->write(offset, bytes.substr(0, offset < fits ? fits - offset : 0));
    return SQLITE_FULL;
  }
  h.file->write(offset, bytes);
  return fault == disk_fault::late ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  auto& h = self(file);
  if (h.is_dead())
    return SQLITE_IOERR_TRUNCATE;
  const auto fault = h.decide(disk_operation::truncate);
  if (fault == disk_fault::none || fault == disk_fault::late)
    h.file->resize(static_cast<std::size_t>(size));
  return fault == disk_fault::none ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int file_sync(sqlite3_file* file, int) {
  auto& h = self(file);
  if (h.is_dead())
    return SQLITE_IOERR_FSYNC;
  const auto fault = h.decide(disk_operation::sync);
  if (fault == disk_fault::none || fault == disk_fault::late) {
    h.file->sync();
    if (std::exchange(h.syncs_folder, false))
      h.disk->sync_folder();
    else if (!h.temporary)
      h.disk->sync_name(h.name, h.file);
  } else if (fault != disk_fault::power_cut) {
    h.disk->fail_sync(*h.file, fault == disk_fault::torn);
  }
  return fault == disk_fault::none ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  if (self(file).is_dead())
    return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(self(file).file->now.size());
  return SQLITE_OK;
}

int file_lock(sqlite3_file* file, int level) {
  return self(file).is_dead() ? SQLITE_IOERR_LOCK : lock(self(file), level);
}

int file_unlock(sqlite3_file* file, int level) {
  return self(file).is_dead() ? SQLITE_OK : unlock(self(file), level);
}

int file_check_reserved(sqlite3_file* file, int* reserved) {
  *reserved = self(file).file->reserved != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }

int sector(sqlite3_file*) { return static_cast<int>(sector_size); }

int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

// -- shared memory --------------------------------------------------------------------------------

int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** to) {
  auto& h = self(file);
  *to = nullptr;
  if (h.is_dead())
    return SQLITE_IOERR_SHMMAP;
  if (!h.memory) {
    auto& known = h.disk->memory[h.name];
    h.memory = known.lock();
    if (!h.memory)
      known = h.memory = std::make_shared<shared_memory>();
  }
  auto& regions = h.memory->regions;
  if (regions.size() <= static_cast<std::size_t>(region)) {
    if (extend == 0)
      return SQLITE_OK;
    if (h.decide(disk_operation::share) != disk_fault::none)
      return SQLITE_IOERR_SHMSIZE;
    while (regions.size() <= static_cast<std::size_t>(region))
      regions.push_back(std::make_unique<std::string>(static_cast<std::size_t>(size), '\0'));
  }
  *to = regions[static_cast<std::size_t>(region)]->data();
  return SQLITE_OK;
}

int shm_lock(sqlite3_file* file, int first, int count, int flags) {
  auto& h = self(file);
  if (h.is_dead() || !h.memory)
    return SQLITE_IOERR_SHMLOCK;
  auto& memory = *h.memory;
  const auto begin = static_cast<std::size_t>(first);
  const auto end = begin + static_cast<std::size_t>(count);
  for (auto slot = begin; slot < end; ++slot) {
    const auto bit = 1U << slot;
    const auto own = (h.memory_shared & bit) != 0 ? 1 : 0;
    const auto others = memory.readers[slot] - own;
    if ((flags & SQLITE_SHM_LOCK) != 0
        && ((memory.exclusive[slot] && (h.memory_exclusive & bit) == 0)
            || ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && others > 0)))
      return SQLITE_BUSY;
  }
  for (auto slot = begin; slot < end; ++slot) {
    const auto bit = 1U << slot;
    if ((flags & SQLITE_SHM_LOCK) != 0 && (flags & SQLITE_SHM_SHARED) != 0) {
      if ((h.memory_shared & bit) == 0)
        ++memory.readers[slot];
      h.memory_shared |= bit;
    } else if ((flags & SQLITE_SHM_LOCK) != 0) {
      memory.exclusive[slot] = true;
      h.memory_exclusive |= bit;
    } else {
      if ((h.memory_shared & bit) != 0)
        --memory.readers[slot];
      if ((h.memory_exclusive & bit) != 0)
        memory.exclusive[slot] = false;
      h.memory_shared &= ~bit;
      h.memory_exclusive &= ~bit;
    }
  }
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); }

int shm_unmap(sqlite3_file* file, int) {
  release_memory(self(file));
  return SQLITE_OK;
}

const sqlite3_io_methods methods = {2,
                                    file_close,
                                    file_read,
                                    file_write,
                                    file_truncate,
                                    file_sync,
                                    file_size,
                                    file_lock,
                                    file_unlock,
                                    file_check_reserved,
                                    file_control,
                                    sector,
                                    characteristics,
                                    shm_map,
                                    shm_lock,
                                    shm_barrier,
                                    shm_unmap,
                                    nullptr,
                                    nullptr};

// -- the file system ------------------------------------------------------------------------------

int vfs_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* to, int flags, int* out) {
  to->pMethods = nullptr;
  auto& state = disk_of(vfs);
  auto h = std::make_unique<handle>();
  h->disk = *static_cast<std::shared_ptr<disk_state>*>(vfs->pAppData);
  h->generation = state.generation;
  h->temporary = path == nullptr;
  if (h->temporary) {
    h->file = std::make_shared<contents>();
  } else {
    h->name = path;
    if (!state.powered)
      return SQLITE_CANTOPEN;
    auto found = state.names.find(h->name);
    if (found == state.names.end()) {
      if ((flags & SQLITE_OPEN_CREATE) == 0 || state.read_only)
        return SQLITE_CANTOPEN;
      const auto fault = state.decide(disk_operation::make, h->name);
      if (fault != disk_fault::none && fault != disk_fault::late)
        return SQLITE_CANTOPEN;
      found = state.names.emplace(h->name, std::make_shared<contents>()).first;
      state.renamed.emplace_back(h->name, found->second);
      h->syncs_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
      if (fault == disk_fault::late)
        return SQLITE_CANTOPEN;
    }
    h->file = found->second;
  }
  if (state.read_only && (flags & SQLITE_OPEN_READWRITE) != 0)
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  if (out != nullptr)
    *out = flags;
  reinterpret_cast<vfs_file*>(to)->self = h.release();
  to->pMethods = &methods;
  return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  auto& state = disk_of(vfs);
  if (!state.powered)
    return SQLITE_IOERR_DELETE;
  if (!state.names.contains(path))
    return SQLITE_IOERR_DELETE_NOENT;
  const auto fault =
      state.read_only ? disk_fault::fails : state.decide(disk_operation::remove, path);
  if (fault != disk_fault::none && fault != disk_fault::late)
    return SQLITE_IOERR_DELETE;
  state.names.erase(path);
  state.renamed.emplace_back(path, nullptr);
  if (sync_folder != 0)
    state.sync_folder();
  return fault == disk_fault::none ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int vfs_access(sqlite3_vfs* vfs, const char* path, int flags, int* found) {
  auto& state = disk_of(vfs);
  const auto file = state.names.find(path);
  if (!state.powered || file == state.names.end())
    *found = 0;
  else if (flags == SQLITE_ACCESS_EXISTS)
    *found = file->second->now.empty() ? 0 : 1; // as SQLite does on POSIX
  else
    *found = state.read_only && flags == SQLITE_ACCESS_READWRITE ? 0 : 1;
  return SQLITE_OK;
}

int vfs_full_path(sqlite3_vfs*, const char* path, int size, char* to) {
  sqlite3_snprintf(size, to, "%s", path);
  return SQLITE_OK;
}

int vfs_random(sqlite3_vfs* vfs, int size, char* to) {
  auto& random = disk_of(vfs).random;
  for (int i = 0; i < size; ++i)
    to[i] = static_cast<char>(random());
  return size;
}

/// Time does not pass: whoever waits for a lock does so in vain.
int vfs_sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

int vfs_time(sqlite3_vfs*, double* days) {
  *days = 2460370.5;
  return SQLITE_OK;
}

int vfs_last_error(sqlite3_vfs*, int, char*) { return 0; }

std::string next_name() {
  static std::atomic<int> count = 0;
  return "lockstep-fault-" + std::to_string(++count);
}

std::string bytes_of(const file_names& names, const std::string& file,
                     std::string contents::*part) {
  const auto found = names.find(file);
  return found == names.end() ? std::string{} : (*found->second).*part;
}

} // namespace

fault_disk::fault_disk(std::uint64_t seed)
    : name_(next_name()),
      state_(std::make_shared<disk_state>()),
      vfs_(std::make_unique<sqlite3_vfs>()) {
  state_->random.seed(seed);
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(vfs_file);
  vfs_->mxPathname = 512;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = &state_;
  vfs_->xOpen = vfs_open;
  vfs_->xDelete = vfs_delete;
  vfs_->xAccess = vfs_access;
  vfs_->xFullPathname = vfs_full_path;
  vfs_->xRandomness = vfs_random;
  vfs_->xSleep = vfs_sleep;
  vfs_->xCurrentTime = vfs_time;
  vfs_->xGetLastError = vfs_last_error;
  sqlite3_vfs_register(vfs_.get(), 0);
}

fault_disk::~fault_disk() { sqlite3_vfs_unregister(vfs_.get()); }

void fault_disk::follow(plan faults) { state_->plan = std::move(faults); }

void fault_disk::fail_at(std::uint64_t operation, disk_fault fault) {
  const auto number = state_->operations + operation;
  follow([number, fault](const disk_event& event) {
    return event.kind != disk_operation::read && event.number == number ? fault : disk_fault::none;
  });
}

void fault_disk::fail_all(disk_operation kind, disk_fault fault) {
  follow([kind, fault](const disk_event& event) {
    return event.kind == kind ? fault : disk_fault::none;
  });
}

void fault_disk::limit_space(std::optional<std::size_t> bytes) { state_->space = bytes; }

std::size_t fault_disk::used() const { return state_->used(); }

void fault_disk::make_read_only(bool read_only) { state_->read_only = read_only; }

void fault_disk::forget_after_failed_sync(bool forget) { state_->forgets = forget; }

void fault_disk::kill() { state_->end_processes(); }

void fault_disk::set_survival(survival what) { state_->surviving = what; }

void fault_disk::cut_power() { state_->cut_power(); }

void fault_disk::power_on() { state_->powered = true; }

bool fault_disk::has_power() const { return state_->powered; }

std::uint64_t fault_disk::operations() const { return state_->operations; }

bool fault_disk::has(const std::string& file) const { return state_->names.contains(file); }

std::string fault_disk::read(const std::string& file) const {
  return bytes_of(state_->names, file, &contents::now);
}

std::string fault_disk::read_durable(const std::string& file) const {
  return bytes_of(state_->safe_names, file, &contents::safe);
}

} // namespace lockstep::test
