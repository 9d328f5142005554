#include "persistence/sqlite/store_folder.hpp"

#include "persistence/durable_folder.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/system_advice.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// The way from a division into N stores to one into M, with K = max(N, M); every step is durable
// before the next one:
//
//   1. files that are missing among 1 … M are made with the label 0
//   2. the label of 1 … K becomes -K, one by one
//   3. the instances are moved
//   4. the label of M + 1 … K, which are empty now, becomes 0
//   5. the label of 1 … M becomes M
//   6. the files beyond M are removed
//
// A label n or -n thus promises that the files 1 … n are all there: it is written after they were
// made, and gone before the first of them is removed. So a file that is missing all the same was
// lost, and is not replaced by an empty one. Files that no label vouches for have the label 0 or
// nothing in them: made for a division that was given up, or left by one that was finished but for
// their removal. The first start has nothing to move and takes the steps 1, 5 and 6; ended in
// between, it left files with the label 0, of which nobody misses any.
//
// The strategy is part of the label n, and written with it; -n says nothing of it. So a division
// into as many by another strategy takes the same way, with N = M.
//
// In steps 2 to 5 at least one label is -K, so the next start, with whatever factor, takes the way
// again with K as its N. Steps 4 and 6 never meet a file with instances; step 6 makes sure.

namespace lockstep::sqlite {

namespace {

constexpr std::string_view file_prefix = "shard-";
constexpr std::string_view file_suffix = ".sqlite";
constexpr std::int64_t largest_factor = std::numeric_limits<std::uint32_t>::max();

/// The number in a file's name as we write it, so not in `shard-01.sqlite`.
std::optional<std::uint32_t> shard_number(std::string_view name) {
  if (!name.starts_with(file_prefix) || !name.ends_with(file_suffix)
      || name.size() < file_prefix.size() + file_suffix.size())
    return std::nullopt;
  name.remove_prefix(file_prefix.size());
  name.remove_suffix(file_suffix.size());
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || name.front() == '0')
    return std::nullopt;
  return number;
}

tl::unexpected<failure> system_failure(const std::string& what, const std::filesystem::path& path,
                                       std::error_code error) {
  return fail(ec::store_failure, "cannot " + what + " " + path.string() + ": " + error.message()
                                     + "; check who may write there");
}

/// Makes the removal of files durable.
result<void> sync_folder(const std::filesystem::path& folder) {
  if (const auto error = sync_path(folder))
    return system_failure("write to the folder", folder, error);
  return {};
}

/// A folder on its way to a division.
class folder_division {
public:
  folder_division(std::filesystem::path folder, shard_layout layout)
      : folder_(std::move(folder)), layout_(layout), factor_(layout.shards) {}

  result<std::optional<redistribution_report>> run(const moving_function& progress) {
    if (auto known = read_labels(); !known)
      return tl::unexpected(known.error());
    auto vouched = check_labels(folder_, labels_);
    if (!vouched)
      return tl::unexpected(vouched.error());
    vouched_ = *vouched;
    if (is_complete())
      return remove_rest().map([] { return std::optional<redistribution_report>{}; });
    std::optional<redistribution_report> moved;
    auto done = make_missing();
    if (vouched_ > 0) {
      const auto all = std::max(vouched_, factor_);
      done = std::move(done)
                 .and_then([&] { return label(1, all, -std::int64_t{all}); })
                 .and_then([&] { return move(all, progress); })
                 .map([&](redistribution_report report) { moved = report; })
                 .and_then([&] { return label(factor_ + 1, all, 0); });
    }
    return std::move(done)
        .and_then([&] { return label(1, factor_, factor_); })
        .and_then([&] { return remove_rest(); })
        .map([&] { return moved; });
  }

private:
  result<void> read_labels() {
    auto files = shard_files(folder_);
    if (!files)
      return tl::unexpected(files.error());
    for (const auto& [shard, path] : *files) {
      auto found = database::open(path, if_missing::refuse).and_then([](database db) {
        return read_label(db).and_then([&](store_label label) {
          return (db.is_read_only() ? result<void>{} : db.rewrite_log()).map([&] { return label; });
        });
      });
      if (!found)
        return tl::unexpected(found.error());
      labels_.emplace(shard, *found);
    }
    return {};
  }

  [[nodiscard]] bool is_complete() const {
    if (vouched_ != factor_)
      return false;
    for (std::uint32_t shard = 1; shard <= factor_; ++shard)
      if (!is_labelled(shard, factor_))
        return false;
    return true;
  }

  result<void> make_missing() {
    for (std::uint32_t shard = 1; shard <= factor_; ++shard) {
      if (auto found = labels_.find(shard); found != labels_.end() && found->second.version > 0)
        continue;
      auto made = database::open(shard_file(folder_, shard)).and_then([&](database db) {
        return update_schema(db, shard, 0);
      });
      if (!made)
        return made;
      labels_[shard] = {schema_version(), shard, 0, routing_strategy::modulo};
    }
    return {};
  }

  /// Labels the stores `first` … `last`, from the first one on.
  result<void> label(std::uint32_t first, std::uint32_t last, std::int64_t division) {
    for (auto shard = first; shard <= last; ++shard) {
      if (is_labelled(shard, division))
        continue;
      auto db = open(shard);
      if (!db)
        return tl::unexpected(db.error());
      if (auto written = write_division(*db, division, layout_.routing); !written)
        return written;
      labels_.at(shard).division = division;
      labels_.at(shard).routing = layout_.routing;
    }
    return {};
  }

  [[nodiscard]] bool is_labelled(std::uint32_t shard, std::int64_t division) const {
    const auto& label = labels_.at(shard);
    return label.division == division && (division <= 0 || label.routing == layout_.routing);
  }

  result<redistribution_report> move(std::uint32_t all, const moving_function& progress) {
    std::vector<std::unique_ptr<instance_store>> opened;
    store_set stores;
    for (std::uint32_t shard = 1; shard <= all; ++shard) {
      auto store = open(shard).and_then([](database db) { return open_store(std::move(db)); });
      if (!store)
        return tl::unexpected(store.error());
      stores.emplace(shard, store->get());
      opened.push_back(std::move(*store));
    }
    const auto home = [this](const term& identifier) { return layout_.shard_of(identifier); };
    auto moved = redistribute(stores, factor_, home, progress);
    if (!moved)
      return fail(moved.error().code,
                  moved.error().message + "; the move to distribution-factor "
                      + std::to_string(factor_) + " and routing "
                      + std::string(to_string(layout_.routing))
                      + " is not finished, start again to go on",
                  moved.error().context);
    return moved;
  }

  result<void> remove_rest() {
    bool removed = false;
    for (const auto& [shard, label] : labels_) {
      if (shard <= factor_)
        continue;
      if (label.version > 0)
        if (auto empty = check_empty(shard); !empty)
          return empty;
      const auto path = shard_file(folder_, shard);
      for (const auto* part : {"", "-wal", "-shm"}) {
        auto file = path;
        file += part;
        std::error_code error;
        if (std::filesystem::remove(file, error); error)
          return system_failure("remove", file, error);
      }
      removed = true;
    }
    return removed ? sync_folder(folder_) : result<void>{};
  }

  result<void> check_empty(std::uint32_t shard) {
    return database::open(shard_file(folder_, shard), if_missing::refuse)
        .and_then([](database db) -> result<void> {
          auto instances = db.query_number("SELECT count(*) FROM instance");
          if (!instances)
            return tl::unexpected(instances.error());
          if (*instances != 0)
            return fail(ec::store_failure, db.path().string()
                                               + " is to be removed and still has instances; keep "
                                                 "the folder and report this");
          return {};
        });
  }

  result<database> open(std::uint32_t shard) {
    return database::open(shard_file(folder_, shard), if_missing::refuse)
        .and_then([&](database db) {
          return update_schema(db, shard, 0).map([&] { return std::move(db); });
        });
  }

  std::filesystem::path folder_;
  shard_layout layout_;
  /// Of the layout.
  std::uint32_t factor_;
  /// Of the files that there are, as they are now.
  store_labels labels_;
  /// The files 1 … `vouched_` must be there, since a label says so.
  std::uint32_t vouched_ = 0;
};

} // namespace

std::filesystem::path shard_file(const std::filesystem::path& folder, std::uint32_t shard) {
  return folder
         / std::string(file_prefix).append(std::to_string(shard)).append(std::string(file_suffix));
}

result<std::map<std::uint32_t, std::filesystem::path>>
shard_files(const std::filesystem::path& folder) {
  std::map<std::uint32_t, std::filesystem::path> files;
  std::error_code error;
  if (!std::filesystem::exists(folder, error) && !error)
    return files;
  std::filesystem::directory_iterator entries{folder, error};
  for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error))
    if (auto number = shard_number(entries->path().filename().string()))
      files.emplace(*number, entries->path());
  if (error)
    return fail(ec::store_failure, "cannot read the store " + folder.string() + ": "
                                       + error.message() + "; "
                                       + system_advice(error, "choose another store-dir"));
  return files;
}

result<std::uint32_t> check_labels(const std::filesystem::path& folder,
                                   const store_labels& labels) {
  std::uint32_t vouched = 0;
  std::optional<store_label> finished;
  for (const auto& [shard, label] : labels) {
    if (label.version == 0)
      continue;
    if (label.shard != shard)
      return store_of_another_shard(shard_file(folder, shard), label.shard, shard);
    const auto size = label.division < 0 ? -label.division : label.division;
    const auto fits = label.division == 0 || (shard <= size && size <= largest_factor);
    if (!fits || (label.division > 0 && finished && finished->division != size))
      return fail(ec::invalid_configuration,
                  shard_file(folder, shard).string() + " was made with distribution-factor "
                      + std::to_string(size)
                      + ", which does not fit its name or the files beside it; put the files of "
                        "each store into a folder of their own");
    if (label.division > 0 && finished && finished->routing != label.routing)
      return fail(ec::invalid_configuration,
                  shard_file(folder, shard).string() + " was divided by "
                      + std::string(to_string(label.routing)) + ", the files beside it by "
                      + std::string(to_string(finished->routing))
                      + "; put the files of each store into a folder of their own");
    if (label.division > 0)
      finished = label;
    vouched = std::max(vouched, static_cast<std::uint32_t>(size));
  }
  for (std::uint32_t shard = 1; shard <= vouched; ++shard)
    if (auto found = labels.find(shard); found == labels.end() || found->second.version == 0)
      return fail(ec::invalid_configuration,
                  shard_file(folder, shard).string()
                      + (found == labels.end() ? " is missing" : " is empty") + ", one of the "
                      + std::to_string(vouched)
                      + " files of this store; restore it from a backup, or choose another "
                        "store-dir");
  return vouched;
}

result<std::optional<redistribution_report>> prepare_folder(const std::filesystem::path& folder,
                                                            const shard_layout& layout,
                                                            const moving_function& progress) {
  if (auto made = make_durable_folder(folder); !made)
    return tl::unexpected(made.error());
  return folder_division{folder, layout}.run(progress);
}

} // namespace lockstep::sqlite
