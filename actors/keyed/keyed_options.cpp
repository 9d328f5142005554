#include "actors/keyed/keyed_options.hpp"

#include "model/term/term_text.hpp"

#include <atomic>
#include <set>
#include <string>
#include <utility>

namespace lockstep {

namespace {

term name_of(const term& node_id, const char* role) { return term::tuple({node_id, atom{role}}); }

tl::unexpected<failure> not_written(const term& node_id, const failure& reason) {
  auto context = reason.context;
  context.insert_or_assign("node_id", node_id);
  context.insert_or_assign("reason", term{std::string(to_string(reason.code))});
  return fail(ec::key_map_population_failed,
              "the key map of the keyed shards of " + to_text(node_id)
                  + " was not written, and nothing was started: " + reason.message,
              std::move(context));
}

/// Mistakes stay what they are; everything else is a store that does not do what it should.
tl::unexpected<failure> why_not_prepared(const term& node_id, failure reason) {
  switch (reason.code) {
  case ec::invalid_argument:
  case ec::invalid_configuration:
  case ec::store_too_new:
    return tl::unexpected(std::move(reason));
  default:
    return not_written(node_id, reason);
  }
}

std::set<shard_key> keys_of(const std::vector<new_shard>& schema) {
  std::set<shard_key> keys;
  for (const auto& one : schema)
    keys.insert(one.key);
  return keys;
}

/// Keys would be routed to other shards.
result<void> check_fixed_schema(const keyed_shards_options& options, const key_map& stored) {
  std::set<shard_key> before;
  for (const auto& one : stored.shards)
    before.insert(one.key);
  if (before == keys_of(options.schema))
    return {};
  return fail(ec::invalid_argument,
              "the schema of the keyed shards of " + to_text(options.node_id)
                  + " is not the one that they were started with, and with the strategy "
                  + std::string(to_string(options.strategy))
                  + " cells would no longer be found; give the shards that there were",
              {{"node_id", options.node_id}});
}

tl::unexpected<failure> bad_schema(const keyed_shards_options& options, const shard_key& key,
                                   const std::string& what) {
  return fail(ec::invalid_argument,
              "the schema of the keyed shards of " + to_text(options.node_id) + " " + what,
              {{"node_id", options.node_id}, {"key", to_term(key)}});
}

result<std::unique_ptr<cell_store>> populate(const keyed_shards_options& options) {
  auto store = options.open_store();
  if (!store)
    return store;
  return (*store)
      ->shard_key_map()
      .and_then([&](const key_map& stored) { return check_key_map(options, stored); })
      .and_then([&] {
        return (*store)->populate_key_map(std::string(to_string(options.strategy)), options.schema);
      })
      .map([&] { return std::move(*store); });
}

/// The one right to use the store of a `node_id`.
using store_token = std::shared_ptr<std::atomic<bool>>;

/// A store that gives the right back when it is closed.
class exclusive_cell_store final : public cell_store {
public:
  exclusive_cell_store(std::unique_ptr<cell_store> store, store_token taken)
      : store_(std::move(store)), taken_(std::move(taken)) {}
  ~exclusive_cell_store() override {
    store_.reset();
    taken_->store(false);
  }

  result<void> commit(const cell_batch& changes) override { return store_->commit(changes); }
  result<cell_contents> load(const shard_key& shard) override { return store_->load(shard); }
  result<key_map> shard_key_map() override { return store_->shard_key_map(); }
  result<void> populate_key_map(const std::string& strategy,
                                const std::vector<new_shard>& shards) override {
    return store_->populate_key_map(strategy, shards);
  }
  result<void> add_to_key_map(const new_shard& shard) override {
    return store_->add_to_key_map(shard);
  }

private:
  std::unique_ptr<cell_store> store_;
  store_token taken_;
};

/// Hands out one store at a time, the first time the one that is open already.
cell_store_opener one_at_a_time(std::unique_ptr<cell_store> opened,
                                std::shared_ptr<const keyed_shards_options> options) {
  return [first = std::make_shared<std::unique_ptr<cell_store>>(std::move(opened)),
          taken = std::make_shared<std::atomic<bool>>(false),
          options = std::move(options)]() -> result<std::unique_ptr<cell_store>> {
    if (taken->exchange(true))
      return fail(ec::unavailable,
                  "the store of the keyed shards of " + to_text(options->node_id)
                      + " is still used by a keeper that is ending; try again later",
                  {{"node_id", options->node_id}});
    // Gives the right back whatever happens.
    auto give_back = [taken](void*) { taken->store(false); };
    std::unique_ptr<void, decltype(give_back)> guard{taken.get(), give_back};
    auto store =
        *first ? result<std::unique_ptr<cell_store>>{std::move(*first)} : options->open_store();
    if (!store)
      return store;
    auto exclusive = std::make_unique<exclusive_cell_store>(std::move(*store), taken);
    (void)guard.release();
    return exclusive;
  };
}

router routing_of(const keyed_shards_options& options) {
  std::vector<term> shards;
  if (!shards_may_grow(options.strategy))
    for (const auto& one : options.schema)
      shards.push_back(to_term(one.key));
  return router{options.strategy, std::move(shards)};
}

} // namespace

term keyed_shards_name(const term& node_id) { return name_of(node_id, "shards"); }
term cell_keeper_name(const term& node_id) { return name_of(node_id, "keeper"); }
term keyed_supervisor_name(const term& node_id) { return name_of(node_id, "supervisor"); }

result<void> check_options(const keyed_shards_options& options) {
  if (!options.names || !options.open_store)
    return fail(ec::invalid_argument, "keyed shards need a registry and a store");
  if (options.max_pending == 0)
    return fail(ec::invalid_argument,
                "with a max_pending of 0 no request is let in; give 1 or more");
  const auto grows = shards_may_grow(options.strategy);
  if (!grows && options.schema.empty())
    return fail(ec::invalid_argument,
                "the keyed shards of " + to_text(options.node_id)
                    + " have no schema, and with the strategy "
                    + std::string(to_string(options.strategy))
                    + " none can be added; give a schema, or use one_per_key",
                {{"node_id", options.node_id}});
  std::set<shard_key> seen;
  for (const auto& one : options.schema) {
    if (!seen.insert(one.key).second)
      return bad_schema(options, one.key,
                        "has " + to_text(one.key) + " twice; give each shard once");
    if (one.initial_value && !grows)
      return bad_schema(options, one.key,
                        "has a value for " + to_text(one.key)
                            + ", whose cell may be another shard's with "
                              "the strategy "
                            + std::string(to_string(options.strategy))
                            + "; write the value to the cell, or use one_per_key");
  }
  return {};
}

result<void> check_key_map(const keyed_shards_options& options, const key_map& stored) {
  const std::string wanted{to_string(options.strategy)};
  if (stored.strategy.empty())
    return {};
  if (stored.strategy != wanted)
    return another_strategy(options.node_id, stored.strategy, wanted);
  return shards_may_grow(options.strategy) ? result<void>{} : check_fixed_schema(options, stored);
}

result<keyed_home> prepare_keyed_shards(keyed_shards_options given) {
  if (auto usable = check_options(given); !usable)
    return tl::unexpected(usable.error());
  auto store = populate(given);
  if (!store)
    return why_not_prepared(given.node_id, std::move(store).error());
  keyed_home home;
  home.routing = std::make_shared<const router>(routing_of(given));
  home.gates = std::make_shared<keyed_gates>(given.node_id, given.max_pending);
  home.options = std::make_shared<const keyed_shards_options>(std::move(given));
  home.open_store = one_at_a_time(std::move(*store), home.options);
  return home;
}

result<shard_key> shard_of_cell(const router& routing, const cell_key& key) {
  if (routing.strategy() == routing_strategy::one_per_key)
    return key;
  auto found = routing.route(to_term(key));
  if (!found)
    return fail(ec::shard_not_found, "there are no keyed shards to choose from");
  return to_binary_list(*found);
}

failure no_such_shard(const term& node_id, routing_strategy strategy, const shard_key& key) {
  return {ec::shard_not_found,
          "no keyed shard of " + to_text(node_id)
              + (shards_may_grow(strategy)
                     ? " is in charge of " + to_text(key)
                           + "; start it with start_shard, or with lockstep shards start"
                     : " has the key " + to_text(key) + "; with the strategy "
                           + std::string(to_string(strategy))
                           + " they are those of the schema, which lockstep shards list shows"),
          {{"node_id", node_id}, {"key", to_term(key)}}};
}

} // namespace lockstep
