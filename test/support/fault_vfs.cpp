#include "test/support/fault_vfs.hpp"

#include "test/support/fault_disk_state.hpp"
#include "test/support/fault_file.hpp"

#include <atomic>
#include <utility>

#include <sqlite3.h>

namespace lockstep::test {

namespace {

disk_state& disk_of(sqlite3_vfs* vfs) {
  return **static_cast<std::shared_ptr<disk_state>*>(vfs->pAppData);
}

int vfs_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* to, int flags, int* out) {
  to->pMethods = nullptr;
  auto& state = disk_of(vfs);
  auto h = std::make_unique<fault_file>();
  h->disk = *static_cast<std::shared_ptr<disk_state>*>(vfs->pAppData);
  h->generation = state.generation;
  h->temporary = path == nullptr;
  if (h->temporary) {
    h->file = std::make_shared<disk_contents>();
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
      found = state.names.emplace(h->name, std::make_shared<disk_contents>()).first;
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
  to->pMethods = &file_methods();
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
                     std::string disk_contents::*part) {
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
  return bytes_of(state_->names, file, &disk_contents::now);
}

std::string fault_disk::read_durable(const std::string& file) const {
  return bytes_of(state_->safe_names, file, &disk_contents::safe);
}

} // namespace lockstep::test
