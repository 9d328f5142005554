#include "test/support/fault_disk_state.hpp"

#include <algorithm>

namespace lockstep::test {

// -- a file ---------------------------------------------------------------------------------------

void disk_contents::copy_sector(std::size_t sector, const std::string& from,
                                std::string& to) const {
  const auto begin = sector * sector_size;
  const auto end = std::min(begin + sector_size, to.size());
  for (auto i = begin; i < end; ++i)
    to[i] = i < from.size() ? from[i] : '\0';
}

void disk_contents::soil(std::size_t begin, std::size_t end) {
  for (auto sector = begin / sector_size; sector * sector_size < end; ++sector)
    dirty.insert(sector);
}

void disk_contents::write(std::size_t offset, std::string_view bytes) {
  if (bytes.empty())
    return;
  const auto end = offset + bytes.size();
  soil(std::min(offset, now.size()), end);
  if (now.size() < end)
    now.resize(end, '\0');
  std::copy(bytes.begin(), bytes.end(), now.begin() + static_cast<std::ptrdiff_t>(offset));
}

void disk_contents::resize(std::size_t size) {
  if (size > now.size())
    soil(now.size(), size);
  now.resize(size, '\0');
}

void disk_contents::sync() {
  safe.resize(now.size(), '\0');
  for (auto sector : dirty)
    copy_sector(sector, now, safe);
  dirty.clear();
}

// -- the disk -------------------------------------------------------------------------------------

disk_fault disk_state::decide(disk_operation kind, const std::string& file) {
  auto& counter = kind == disk_operation::read ? reads : operations;
  const disk_event event{kind, ++counter, file};
  const auto fault = plan ? plan(event) : disk_fault::none;
  if (fault == disk_fault::power_cut)
    cut_power();
  return fault;
}

std::size_t disk_state::used() const {
  std::size_t sum = 0;
  for (const auto& [name, file] : names)
    sum += file->now.size();
  return sum;
}

std::size_t disk_state::room(const disk_contents& file) const {
  if (!space)
    return SIZE_MAX;
  const auto taken = used();
  return file.now.size() + (taken < *space ? *space - taken : 0);
}

void disk_state::sync_folder() {
  safe_names = names;
  renamed.clear();
}

void disk_state::sync_name(const std::string& name, const std::shared_ptr<disk_contents>& file) {
  if (auto found = names.find(name); found == names.end() || found->second != file)
    return; // removed
  safe_names[name] = file;
  std::erase_if(renamed, [&](const auto& change) { return change.first == name; });
}

void disk_state::fail_sync(disk_contents& file, bool torn) {
  for (auto sector : file.dirty) {
    if (torn && coin())
      file.copy_sector(sector, file.now, file.safe);
    if (forgets)
      file.copy_sector(sector, file.safe, file.now);
  }
  file.dirty.clear();
}

void disk_state::lose(disk_contents& file) {
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

void disk_state::end_processes() {
  ++generation;
  memory.clear();
  for (auto& [name, file] : names) {
    file->readers = 0;
    file->reserved = file->pending = file->exclusive = nullptr;
  }
}

void disk_state::cut_power() {
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

} // namespace lockstep::test
