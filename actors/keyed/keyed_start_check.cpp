#include "actors/keyed/keyed_start_check.hpp"

#include "model/term/term_text.hpp"
#include "persistence/cells/keyed_files.hpp"
#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

result<void> check_one(const keyed_shards_options& wanted, cell_store& store) {
  return store.shard_key_map().and_then(
      [&](const key_map& stored) { return check_key_map(wanted, stored); });
}

failure unwanted(const sqlite::keyed_file_info& file) {
  return {ec::invalid_configuration,
          "the store has keyed shards of " + to_text(file.label->node_id) + " in "
              + file.path.string()
              + ", which the configuration does not name, so they do not run; name them again if "
                "they are needed",
          {{"node_id", file.label->node_id}}};
}

} // namespace

result<std::vector<failure>> check_keyed_start(const std::filesystem::path& folder,
                                               const std::vector<keyed_shards_options>& wanted) {
  auto there = sqlite::sound_inventory(folder);
  if (!there)
    return tl::unexpected(there.error());
  for (const auto& one : wanted)
    if (const auto file = sqlite::keyed_file(folder, one.node_id);
        std::ranges::find(there->strays, file) != there->strays.end())
      return fail(ec::invalid_configuration,
                  file.string() + " does not have the keyed shards of " + to_text(one.node_id)
                      + ", whose file is called so; move it away",
                  {{"node_id", one.node_id}});
  std::vector<failure> warnings;
  for (const auto& file : there->files) {
    if (!file.label)
      continue;
    const auto one = std::ranges::find(wanted, file.label->node_id, &keyed_shards_options::node_id);
    if (one == wanted.end()) {
      warnings.push_back(unwanted(file));
      continue;
    }
    auto fits = sqlite::open_cell_store_for_reading(file.path).and_then(
        [&](const sqlite::opened_cell_store& opened) { return check_one(*one, *opened.store); });
    if (!fits)
      return tl::unexpected(fits.error());
  }
  return warnings;
}

result<void> check_keyed_start(const std::vector<keyed_shards_options>& wanted) {
  for (const auto& one : wanted) {
    auto fits = one.open_store().and_then(
        [&](const std::unique_ptr<cell_store>& store) { return check_one(one, *store); });
    if (!fits)
      return fits;
  }
  return {};
}

} // namespace lockstep
