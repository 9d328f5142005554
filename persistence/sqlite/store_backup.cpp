#include "persistence/sqlite/store_backup.hpp"

#include "persistence/cells/cell_schema.hpp"
#include "persistence/cells/keyed_files.hpp"
#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/durable_folder.hpp"
#include "persistence/store_lock.hpp"
#include "persistence/system_advice.hpp"

#include <cerrno>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace lockstep::sqlite {

namespace {

namespace fs = std::filesystem;

tl::unexpected<failure> cannot_write(const fs::path& path, std::error_code why) {
  return fail(ec::store_failure, "cannot write the backup to " + path.string() + ": "
                                     + why.message() + "; "
                                     + system_advice(why, "choose another folder"));
}

std::error_code last_error() { return {errno, std::generic_category()}; }

/// Makes what was written to a file, or which files a folder has, durable.
result<void> sync(const fs::path& path) {
  if (const auto error = sync_path(path))
    return cannot_write(path, error);
  return {};
}

/// The message with another folder in the place of the one it tells about.
std::string named_as(std::string message, const fs::path& told, const fs::path& instead) {
  const auto from = (told / "").string();
  const auto to = (instead / "").string();
  for (auto at = message.find(from); at != std::string::npos;
       at = message.find(from, at + to.size()))
    message.replace(at, from.size(), to);
  return message;
}

/// Without `/.` and `/` at its end, so that another name can be made of it.
fs::path as_named(const fs::path& target) {
  auto path = fs::absolute(target).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

/// Where keyed shards' files are in a store's folder.
fs::path keyed_folder(const fs::path& folder) { return keyed_file(folder, {}).parent_path(); }

/// All files of a store, each as it was when this was made.
class snapshot {
public:
  static result<snapshot> of(const fs::path& folder) {
    auto files = files_of_store(folder);
    if (!files)
      return tl::unexpected(files.error());
    snapshot taken;
    store_labels labels;
    for (const auto& [shard, path] : *files) {
      auto opened = reading(path);
      if (!opened)
        return tl::unexpected(opened.error());
      auto label = read_label(*opened); // this reading is what fixes the moment
      if (!label)
        return tl::unexpected(label.error());
      labels.emplace(shard, *label);
      taken.files_.emplace(shard_file({}, shard), std::move(*opened));
    }
    auto divided = check_division(folder, labels);
    if (!divided)
      return tl::unexpected(divided.error());
    for (const auto& [shard, path] : *files)
      if (shard > *divided) // it holds nothing
        taken.files_.erase(shard_file({}, shard));
    if (auto keyed = taken.add_keyed(folder); !keyed)
      return tl::unexpected(keyed.error());
    for (auto& [name, file] : taken.files_) {
      auto pages = file.query_number("PRAGMA page_count");
      auto bytes = file.query_number("PRAGMA page_size");
      if (!pages || !bytes)
        return tl::unexpected((pages ? bytes : pages).error());
      taken.pages_ += static_cast<std::uint64_t>(*pages);
      taken.bytes_ += static_cast<std::uintmax_t>(*pages) * static_cast<std::uintmax_t>(*bytes);
    }
    return taken;
  }

  [[nodiscard]] std::uintmax_t bytes() const noexcept { return bytes_; }

  result<void> copy_to(const fs::path& folder, const copy_progress& progress) {
    std::uint64_t before = 0;
    for (auto& [name, file] : files_) {
      const auto path = folder / name;
      std::uint64_t copied = 0;
      std::error_code error;
      if (fs::create_directories(path.parent_path(), error); error)
        return cannot_write(path.parent_path(), error);
      auto done = database::open(path).and_then([&](database copy) {
        return file.copy_to(copy, [&](std::uint64_t pages, std::uint64_t) {
          copied = pages;
          if (progress)
            progress(before + pages, pages_);
        });
      });
      if (!done)
        return done;
      before += copied;
    }
    return {};
  }

private:
  /// The list first: what it promises then is there a moment later, and files that come meanwhile
  /// are none that it promised. But for a first list that comes meanwhile: what has its identity
  /// since then needs that list.
  result<void> add_keyed(const fs::path& folder) {
    const auto is_listed = add_list(folder);
    if (!is_listed)
      return tl::unexpected(is_listed.error());
    auto added = add_keyed_files(folder);
    if (*is_listed)
      return added;
    const auto is_listed_now = add_list(folder);
    if (!is_listed_now)
      return tl::unexpected(is_listed_now.error());
    return *is_listed_now ? add_keyed_files(folder) : added;
  }

  /// @returns whether there is one; while it is being made, its file is empty.
  result<bool> add_list(const fs::path& folder) {
    const auto list = keyed_list_file(folder);
    if (std::error_code none; !fs::exists(list, none))
      return false;
    auto opened = reading(list);
    if (!opened)
      return tl::unexpected(opened.error());
    auto entries = read_keyed_entries(*opened);
    if (!entries)
      return tl::unexpected(entries.error());
    if (*entries)
      files_.insert_or_assign(list.filename(), std::move(*opened));
    return entries->has_value();
  }

  result<void> add_keyed_files(const fs::path& folder) {
    auto there = sound_inventory(folder);
    if (!there)
      return tl::unexpected(there.error());
    for (const auto& [path, label] : there->files)
      if (auto added = add(path, keyed_folder({}) / path.filename(),
                           [](database& db) { return read_version(db, cell_format()); });
          !added)
        return added;
    return {};
  }

  /// @param look Reads something, which is what fixes the moment.
  template <class F>
  result<void> add(const fs::path& path, const fs::path& name, F look) {
    auto opened = reading(path);
    if (!opened)
      return tl::unexpected(opened.error());
    if (auto seen = look(*opened); !seen)
      return tl::unexpected(seen.error());
    files_.insert_or_assign(name, std::move(*opened));
    return {};
  }

  static result<database> reading(const fs::path& path) {
    return database::open(path, if_missing::refuse).and_then([](database db) {
      return db.execute("PRAGMA query_only = ON; BEGIN").map([&] { return std::move(db); });
    });
  }

  /// By their names in the folder.
  std::map<fs::path, database> files_;
  std::uint64_t pages_ = 0;
  std::uintmax_t bytes_ = 0;
};

/// A backup on its way, in a folder beside its target that nobody else writes to.
class unfinished_backup {
public:
  static result<unfinished_backup> begin(const fs::path& target) {
    auto folder = target;
    folder += ".incomplete";
    if (auto holder = store_lock::holder(folder))
      return fail(ec::store_failure, "process " + holder->process + " is writing a backup to "
                                         + target.string()
                                         + "; wait for it, or choose another folder");
    auto lock = store_lock::acquire(folder); // makes it
    if (!lock) {
      if (!store_lock::holder(folder))
        remove_empty(folder);
      return fail(ec::store_failure, "cannot write the backup: " + lock.error().message);
    }
    unfinished_backup begun{folder, std::move(*lock)};
    if (auto removed = begun.remove_files(); !removed)
      return tl::unexpected(removed.error());
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error})
      if (entry.path().filename() != "lock")
        return fail(ec::invalid_configuration,
                    entry.path().string()
                        + " is no file of a backup; move it out of the folder "
                          "that the backup is made in");
    if (error)
      return cannot_write(folder, error);
    return begun;
  }

  unfinished_backup(unfinished_backup&& other) noexcept
      : folder_(std::exchange(other.folder_, {})), lock_(std::move(other.lock_)) {}
  unfinished_backup& operator=(unfinished_backup&&) = delete;

  ~unfinished_backup() {
    if (folder_.empty())
      return;
    (void)remove_files();
    remove_empty(folder_);
  }

  [[nodiscard]] const fs::path& folder() const noexcept { return folder_; }

  /// Makes it durable, and then the target.
  result<void> finish(const fs::path& target) {
    auto files = all_files();
    if (!files)
      return tl::unexpected(files.error());
    for (const auto& path : *files)
      if (auto synced = sync(path); !synced)
        return synced;
    const auto keyed = keyed_folder(folder_);
    if (std::error_code none; fs::exists(keyed, none))
      if (auto synced = sync(keyed); !synced)
        return synced;
    if (auto synced = sync(folder_); !synced)
      return synced;
    if (::rename(folder_.c_str(), target.c_str()) != 0)
      return cannot_write(target, last_error());
    folder_.clear();
    // Only now: without it another backup to the same target would clear the folder as a ruin.
    std::error_code error;
    fs::remove(target / "lock", error);
    if (error)
      return cannot_write(target, error);
    if (auto synced = sync(target); !synced)
      return synced;
    return sync(target.parent_path());
  }

private:
  unfinished_backup(fs::path folder, store_lock lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}

  static void remove_empty(const fs::path& folder) {
    std::error_code ignored;
    fs::remove(folder / "lock", ignored);
    fs::remove(folder, ignored);
  }

  result<std::vector<fs::path>> all_files() const {
    auto all = keyed_files(folder_);
    auto files = all ? shard_files(folder_) : tl::unexpected(all.error());
    if (!files)
      return tl::unexpected(files.error());
    for (const auto& [shard, path] : *files)
      all->push_back(path);
    if (std::error_code none; fs::exists(keyed_list_file(folder_), none))
      all->push_back(keyed_list_file(folder_));
    return all;
  }

  /// Only what a backup writes.
  result<void> remove_files() {
    auto files = all_files();
    if (!files)
      return tl::unexpected(files.error());
    for (const auto& path : *files)
      for (const auto* part : {"", "-wal", "-shm", "-journal"}) {
        auto file = path;
        file += part;
        std::error_code error;
        if (fs::remove(file, error); error)
          return cannot_write(file, error);
      }
    std::error_code is_not_empty;
    fs::remove(keyed_folder(folder_), is_not_empty);
    return {};
  }

  fs::path folder_;
  store_lock lock_;
};

/// Is a file system mounted there?
bool is_mount_point(const fs::path& folder) {
  struct stat own {};
  struct stat above {};
  return ::stat(folder.c_str(), &own) == 0 && ::stat(folder.parent_path().c_str(), &above) == 0
         && own.st_dev != above.st_dev;
}

result<void> check_target(const fs::path& target) {
  std::error_code error;
  const auto status = fs::symlink_status(target, error);
  if (!fs::exists(status))
    return {};
  if (fs::is_directory(status) && is_mount_point(target))
    return fail(ec::invalid_configuration,
                target.string()
                    + " is where a file system begins, so no folder can take its "
                      "place; give the backup a folder within it");
  if (fs::is_directory(status) && fs::is_empty(target, error) && !error)
    return {};
  return fail(ec::invalid_configuration,
              target.string()
                  + " is there already and no empty folder; give the backup a name of "
                    "its own");
}

result<void> check_space(const fs::path& folder, std::uintmax_t bytes) {
  std::error_code error;
  const auto space = fs::space(folder, error);
  if (error || space.available >= bytes)
    return {};
  return fail(ec::store_failure, "the backup takes " + std::to_string(bytes) + " bytes, but "
                                     + folder.parent_path().string() + " has only "
                                     + std::to_string(space.available)
                                     + " free; make room there or choose another folder");
}

} // namespace

result<store_check> back_up_store(const fs::path& folder, const fs::path& target,
                                  const copy_progress& progress, const progress_function& looking) {
  if (target.empty())
    return fail(ec::invalid_configuration,
                "the backup's FOLDER is empty; name the folder that the backup shall be in");
  const auto end = as_named(target);
  if (auto free = check_target(end); !free)
    return tl::unexpected(free.error());
  auto taken = snapshot::of(folder);
  if (!taken)
    return tl::unexpected(taken.error());
  auto copy = unfinished_backup::begin(end);
  if (!copy)
    return tl::unexpected(copy.error());
  if (auto enough = check_space(copy->folder(), taken->bytes()); !enough)
    return tl::unexpected(enough.error());
  if (auto copied = taken->copy_to(copy->folder(), progress); !copied)
    return tl::unexpected(copied.error());
  auto checked = check_store(copy->folder(), looking);
  // What is wrong with the copy, which is gone then, is wrong with the store.
  if (!checked)
    return fail(checked.error().code, named_as(checked.error().message, copy->folder(), folder),
                checked.error().context);
  if (!checked->findings.empty())
    return fail(ec::store_failure,
                "no backup was made, since it would be damaged: "
                    + named_as(checked->findings.front().message, copy->folder(), folder));
  if (auto finished = copy->finish(end); !finished)
    return tl::unexpected(finished.error());
  for (auto& file : checked->files)
    file.path = shard_file(target, file.shard);
  for (auto& file : checked->keyed)
    file.path = keyed_folder(target) / file.path.filename();
  return checked;
}

} // namespace lockstep::sqlite
