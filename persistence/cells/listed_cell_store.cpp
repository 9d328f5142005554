#include "persistence/cells/listed_cell_store.hpp"

#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "persistence/durable_folder.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace lockstep::sqlite {

namespace {

namespace fs = std::filesystem;

/// What was there before there was a list.
std::vector<keyed_entry> entries_of(const keyed_inventory& there) {
  std::vector<keyed_entry> found;
  for (const auto& file : there.files)
    if (file.label)
      found.push_back({file.label->node_id, new_identity(), keyed_file_state::found});
  return found;
}

result<keyed_entry> take_into_use(const fs::path& folder, const term& node_id,
                                  const fs::path& file) {
  if (auto made = make_durable_folder(file.parent_path()); !made)
    return tl::unexpected(made.error());
  return database::open(keyed_list_file(folder), if_missing::refuse)
      .and_then([](database db) { return keyed_list::open(std::move(db), {}); })
      .and_then([&](keyed_list list) { return take_into_use(list, node_id, file); });
}

} // namespace

result<void> prepare_keyed_list(const fs::path& folder) {
  auto there = sound_inventory(folder);
  if (!there)
    return tl::unexpected(there.error());
  if (there->list)
    return {};
  return database::open(keyed_list_file(folder))
      .and_then([&](database db) { return keyed_list::open(std::move(db), entries_of(*there)); })
      .map([](const keyed_list&) {});
}

listed_cell_stores open_listed_cell_stores(const fs::path& folder, const term& node_id) {
  return
      [folder, node_id, file = keyed_file(folder, node_id), entry = std::optional<keyed_entry>{}](
          std::shared_ptr<const void> in_use) mutable -> result<std::unique_ptr<cell_store>> {
        if (!entry) {
          auto taken = take_into_use(folder, node_id, file);
          if (!taken)
            return tl::unexpected(taken.error());
          entry = std::move(*taken);
        }
        // The store closes its file before it lets go of this function, and so of what it holds.
        return reopening_cell_store::open([file, known = *entry, held = std::move(in_use)] {
          return open_in_use(known, file).and_then([&](database db) {
            return open_cell_store(std::move(db), known.node_id);
          });
        });
      };
}

} // namespace lockstep::sqlite
