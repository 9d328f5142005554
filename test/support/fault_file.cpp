#include "test/support/fault_file.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string_view>
#include <utility>

namespace lockstep::test {

namespace {

fault_file& self(sqlite3_file* file) { return *reinterpret_cast<vfs_file*>(file)->self; }

// -- a file ---------------------------------------------------------------------------------------

int unlock(fault_file& h, int level) {
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

int lock(fault_file& h, int level) {
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

void release_memory(fault_file& h) {
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

} // namespace

const sqlite3_io_methods& file_methods() noexcept { return methods; }

} // namespace lockstep::test
