#include "persistence/cells/keyed_inventory.hpp"

#include "model/term/term_text.hpp"
#include "persistence/cells/keyed_files.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace lockstep::sqlite {

namespace {

namespace fs = std::filesystem;

result<database> open_to_look(const fs::path& file) {
  return database::open(file, if_missing::refuse).and_then([](database db) {
    return db.execute("PRAGMA query_only = ON").map([&] { return std::move(db); });
  });
}

result<std::optional<std::vector<keyed_entry>>> read_list(const fs::path& folder) {
  const auto file = keyed_list_file(folder);
  std::error_code error;
  if (!fs::exists(file, error) && !error)
    return std::nullopt;
  return open_to_look(file).and_then([](database db) { return read_keyed_entries(db); });
}

/// Nothing: it is empty.
result<std::optional<cell_label>> read_label_of(const fs::path& file) {
  return open_to_look(file).and_then([](database db) -> result<std::optional<cell_label>> {
    auto version = read_version(db, cell_format());
    if (!version)
      return tl::unexpected(version.error());
    if (*version == 0)
      return std::nullopt;
    return read_cell_label(db).map([](cell_label label) { return std::optional{label}; });
  });
}

/// Compares files with a list, one by one.
class comparison {
public:
  comparison(const fs::path& folder, std::optional<std::vector<keyed_entry>> list)
      : folder_(folder) {
    if (list)
      for (const auto& entry : *list)
        expected_.emplace(keyed_file(folder, entry.node_id), entry);
    found_.list = std::move(list);
  }

  void look_at(const fs::path& file) {
    const auto entry = expected_.find(file);
    auto label = read_label_of(file);
    if (entry != expected_.end())
      compare(entry->second, file, std::move(label));
    else if (label)
      add_unlisted({file, std::move(*label)});
    else if (!found_.list && may_be_keyed_file(file))
      found_.problems.push_back({file, label.error()});
    else
      found_.strays.push_back(file);
    seen_.insert(file);
  }

  keyed_inventory finish() && {
    for (const auto& file : misnamed_)
      if (const auto right = keyed_file(folder_, file.label->node_id); seen_.contains(right))
        found_.strays.push_back(file.path); // somebody's copy
      else
        found_.problems.push_back(
            {file.path,
             {ec::invalid_configuration,
              file.path.string() + " has the keyed shards of " + to_text(file.label->node_id)
                  + ", whose file is called " + right.filename().string() + "; rename it",
              {{"node_id", file.label->node_id}}}});
    for (const auto& [file, entry] : expected_)
      if (entry.state != keyed_file_state::begun && !seen_.contains(file))
        found_.problems.push_back({file, keyed_file_missing(entry, file).value()});
    return std::move(found_);
  }

private:
  void compare(const keyed_entry& entry, const fs::path& file,
               result<std::optional<cell_label>> label) {
    auto right = label ? check_listed(entry, file, *label) : tl::unexpected(label.error());
    if (right)
      found_.files.push_back({file, std::move(*label)});
    else
      found_.problems.push_back({file, right.error()});
  }

  void add_unlisted(keyed_file_info file) {
    if (file.label && keyed_file(folder_, file.label->node_id) != file.path) {
      misnamed_.push_back(std::move(file));
      return;
    }
    if (!found_.list && file.label && !file.label->identity.empty() && !std::exchange(lost_, true))
      found_.problems.push_back(
          {keyed_list_file(folder_),
           {ec::invalid_configuration,
            keyed_list_file(folder_).string()
                + ", the list of the keyed shards that the store has, is missing, though "
                + file.path.string()
                + " was in it; restore it from a backup, or choose another store-dir",
            {}}});
    found_.files.push_back(std::move(file));
  }

  const fs::path& folder_;
  std::map<fs::path, keyed_entry> expected_;
  std::set<fs::path> seen_;
  keyed_inventory found_;
  /// Under another name than that of the one that it says.
  std::vector<keyed_file_info> misnamed_;
  bool lost_ = false;
};

result<keyed_inventory> compared_with(std::optional<std::vector<keyed_entry>> list,
                                      const fs::path& folder) {
  auto files = keyed_files(folder);
  if (!files)
    return tl::unexpected(files.error());
  comparison compared{folder, std::move(list)};
  for (const auto& file : *files)
    compared.look_at(file);
  return std::move(compared).finish();
}

} // namespace

result<keyed_inventory> take_inventory(const fs::path& folder) {
  auto list = read_list(folder);
  if (!list)
    return tl::unexpected(list.error());
  auto found = compared_with(std::move(*list), folder);
  if (!found || found->list || found->problems.empty())
    return found;
  // A node that started meanwhile may just have made it.
  list = read_list(folder);
  if (!list)
    return tl::unexpected(list.error());
  return *list ? compared_with(std::move(*list), folder) : found;
}

result<keyed_inventory> sound_inventory(const fs::path& folder) {
  return take_inventory(folder).and_then([](keyed_inventory found) -> result<keyed_inventory> {
    if (!found.problems.empty())
      return tl::unexpected(found.problems.front().what);
    return found;
  });
}

} // namespace lockstep::sqlite
