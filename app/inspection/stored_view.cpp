#include "actors/listing_pages.hpp"
#include "actors/locator.hpp"
#include "app/inspection/node_view.hpp"
#include "app/inspection/stored_shards.hpp"
#include "model/operation_id.hpp"
#include "model/workflow/specification_json.hpp"
#include "persistence/model_directory.hpp"
#include "persistence/reports.hpp"
#include "persistence/specification_files.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "persistence/sqlite/store_folder.hpp"
#include "persistence/store_lock.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

namespace lockstep {

namespace {

tl::unexpected<failure> only_read() {
  return fail(ec::unavailable, "the node is down and its store is only read; start the node with a "
                               "port to change something");
}

/// As a shard does it.
result<bool> release_in(instance_store& store, const term& identifier,
                        const std::string& operation) {
  if (!operation.empty()) {
    auto before = store.find_operation(operation);
    if (!before)
      return tl::unexpected(before.error());
    if (*before
        && ((*before)->identifier != identifier || !(*before)->may_be(recorded_operation::release)))
      return tl::unexpected(operation_of_another_kind(operation));
    if (*before)
      return ((*before)->step_number & recorded_operation::had_no_effect) == 0;
  }
  auto quarantined = store.quarantined();
  if (!quarantined)
    return tl::unexpected(quarantined.error());
  const auto was_held =
      std::ranges::find(*quarantined, identifier, &quarantined_instance::identifier)
      != quarantined->end();
  batch changes{release_instance{identifier}};
  if (!operation.empty())
    changes.emplace_back(restore_operation{
        {operation,
         {recorded_operation::release | (was_held ? 0 : recorded_operation::had_no_effect),
          verdict::conforms, identifier},
         std::chrono::time_point_cast<duration>(std::chrono::system_clock::now())}});
  return store.commit(changes).map([&] { return was_held; });
}

class stored_view final : public node_view {
public:
  stored_view(std::vector<std::unique_ptr<instance_store>> stores, shard_layout layout,
              configuration options)
      : stores_(std::move(stores)), layout_(layout), options_(std::move(options)) {}

  result<instance_listing> list(const instance_filter& filter, const listing_cursor& from,
                                std::uint64_t limit) override {
    if (auto fits = check_cursor(from, stores_.size()); !fits)
      return tl::unexpected(fits.error());
    const auto now = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    page_request part;
    part.from = from.from;
    part.limit = limit;
    auto page = stores_[from.shard - 1]->page(
        part, [&](const instance_head& one) { return matches(filter, one, now); });
    return std::move(page).map([&](instance_page found) {
      return part_of_listing(std::move(found), from.shard, stores_.size());
    });
  }

  result<instance> get(const term& identifier) override {
    auto& store = *stores_[layout_.shard_of(identifier) - 1];
    auto found = store.find(identifier);
    if (!found)
      return tl::unexpected(found.error());
    if (!*found)
      return tl::unexpected(not_found(identifier));
    return whole_instance(store, std::move((*found)->head));
  }

  result<whereabouts> where(const term& identifier) override {
    auto place = placed(layout_, identifier);
    place.store = sqlite::shard_file(options_.store_dir, place.shard).string();
    auto found = stores_[place.shard - 1]->find(identifier);
    if (!found)
      return tl::unexpected(found.error());
    if (*found) {
      auto& head = (*found)->head;
      place.found = {std::move(head.specification), std::move(head.current_state), head.step_count,
                     std::nullopt};
      if (head.step_count > 0)
        place.found->last_step_at = head.last_step_at;
    }
    return place;
  }

  [[nodiscard]] bool is_live() const noexcept override { return false; }

  result<bool> remove(const term&, const std::string&) override { return only_read(); }
  result<std::uint64_t> remove_all(const instance_filter&, const std::string&) override {
    return only_read();
  }

  result<std::vector<quarantined_instance>> quarantined() override {
    std::vector<quarantined_instance> all;
    for (auto& store : stores_) {
      auto part = store->quarantined();
      if (!part)
        return tl::unexpected(part.error());
      std::move(part->begin(), part->end(), std::back_inserter(all));
    }
    return all;
  }

  result<bool> release(const term& identifier, const std::string& operation) override {
    const auto lock = store_lock::acquire(options_.store_dir);
    if (!lock)
      return tl::unexpected(lock.error());
    const auto shard = layout_.shard_of(identifier);
    return sqlite::open_store(sqlite::shard_file(options_.store_dir, shard),
                              {shard, layout_.shards, layout_.routing})
        .and_then([&](const std::unique_ptr<instance_store>& store) {
          return release_in(*store, identifier, operation);
        });
  }

  result<std::vector<implementation_model>> models() override {
    std::map<std::string, implementation_model> by_name;
    auto add = [&](const implementation_model& model) {
      auto [known, is_new] = by_name.try_emplace(model.specification, model);
      if (!is_new)
        known->second = merge(std::move(known->second), model);
    };
    for (auto& store : stores_) {
      auto stored = store->models();
      if (!stored)
        return tl::unexpected(stored.error());
      for (const auto& model : *stored)
        add(model);
    }
    auto files = read_models(options_.impl_models_dir);
    if (!files)
      return tl::unexpected(files.error());
    for (const auto& file : *files) {
      auto [known, is_new] = by_name.try_emplace(file.specification, file);
      if (!is_new)
        known->second = starting_model(std::move(known->second), file);
    }
    std::vector<implementation_model> models;
    for (auto& [name, model] : by_name)
      models.push_back(std::move(model));
    return models;
  }

  result<std::vector<specification>> specifications() override {
    auto configured = read_specifications(options_.specifications);
    if (!configured)
      return tl::unexpected(configured.error());
    auto catalog = *configured->specifications;
    for (auto& store : stores_) {
      auto declared = store->specifications();
      if (!declared)
        return tl::unexpected(declared.error());
      for (const auto& [name, text] : *declared) {
        auto spec = parse_specification_json(text, "the stored specification " + name);
        if (!spec)
          return tl::unexpected(spec.error());
        catalog.try_emplace(name, std::make_shared<const specification>(std::move(*spec)));
      }
    }
    std::vector<specification> all;
    for (const auto& [name, spec] : catalog)
      all.push_back(*spec);
    return all;
  }

  result<std::vector<term>> keyed_nodes() override { return keyed().node_ids(); }
  result<keyed_shard_listing> keyed_list(const term& node_id) override {
    return keyed().list(node_id);
  }
  result<keyed_shard_contents> keyed_contents(const term& node_id, const shard_key& key) override {
    return keyed().contents(node_id, key);
  }
  result<term> start_keyed(const term& node_id, const new_shard& shard) override {
    return keyed().add(node_id, shard);
  }

private:
  [[nodiscard]] stored_shards keyed() const { return stored_shards{options_.store_dir}; }

  std::vector<std::unique_ptr<instance_store>> stores_;
  shard_layout layout_;
  configuration options_;
};

} // namespace

result<std::unique_ptr<node_view>> open_stored_view(const configuration& options) {
  auto files = sqlite::shard_files(options.store_dir);
  if (!files)
    return tl::unexpected(files.error());
  if (files->empty())
    return fail(ec::invalid_configuration,
                options.store_dir.string()
                    + " holds no store; give --store-dir or --config, or --connect HOST:PORT for a "
                      "running node");
  auto layout = sqlite::layout_of_store(options.store_dir);
  if (!layout)
    return tl::unexpected(layout.error());
  std::vector<std::unique_ptr<instance_store>> stores;
  for (std::uint32_t shard = 1; shard <= layout->shards; ++shard) {
    auto store = sqlite::open_store_for_reading(sqlite::shard_file(options.store_dir, shard));
    if (!store)
      return tl::unexpected(store.error());
    stores.push_back(std::move(*store));
  }
  return std::make_unique<stored_view>(std::move(stores), *layout, options);
}

} // namespace lockstep
