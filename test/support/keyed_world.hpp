#pragma once

#include "actors/caf_compat.hpp"
#include "actors/keyed/keyed_tree.hpp"
#include "actors/naming/registry.hpp"
#include "persistence/cells/memory_cell_store.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "test/support/failing_cell_store.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"
#include "test/support/world.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/generators/catch_generators.hpp>

namespace lockstep::test {

enum class store_kind { memory, sqlite };

/// Keyed shards of "accounts" on a store that fails when it is told to; `stop` and `start` are the
/// end and a new start of the process, `kill_all` its sudden end.
class keyed_world : public world {
public:
  explicit keyed_world(store_kind kind = store_kind::memory) {
    if (kind == store_kind::sqlite)
      folder_.emplace();
    registry_ = spawn_registry(system(), names);
    run();
  }

  ~keyed_world() {
    kill_all();
    kill(registry_);
    run();
  }

  inline static const term node_id{"accounts"};

  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  std::shared_ptr<cell_faults> faults = std::make_shared<cell_faults>();
  std::vector<new_shard> schema{{{{"a"}}, term{1}}, {{{"b"}}, std::nullopt}};
  routing_strategy strategy = routing_strategy::one_per_key;
  cell_options cells;
  std::size_t max_pending = 10'000;
  /// What was reported.
  std::vector<failure> reports;
  /// Whoever tells of a store's failure gets an exception.
  bool reports_throw = false;

  // -- starting and ending -----------------------------------------------------------------------

  result<keyed_home> prepare() {
    keyed_shards_options options;
    options.node_id = node_id;
    options.strategy = strategy;
    options.schema = schema;
    options.names = names;
    options.cells = cells;
    options.max_pending = max_pending;
    options.keeper = placement::scheduler;
    options.open_store = [this]() -> result<std::unique_ptr<cell_store>> {
      return open().map([this](auto store) -> std::unique_ptr<cell_store> {
        return std::make_unique<failing_cell_store>(std::move(store), faults);
      });
    };
    options.report = [this](const failure& what) {
      reports.push_back(what);
      if (reports_throw && what.code == ec::store_failure)
        throw std::runtime_error("the test cannot hear of it");
    };
    return prepare_keyed_shards(std::move(options));
  }

  /// Begins a start without running the world.
  future_answer<caf::strong_actor_ptr> begin() { return begin(must(prepare())); }

  result<void> try_start() {
    auto home = prepare();
    if (!home)
      return tl::unexpected(home.error());
    auto started = begin(std::move(*home));
    settle();
    REQUIRE(started->has_value());
    return (**started).map([](const auto&) {});
  }

  void start() { must(try_start()); }

  /// Lets everything come to rest that takes no longer than some seconds.
  void settle() {
    for (int i = 0; i < 30; ++i)
      advance(std::chrono::milliseconds{100});
  }

  void stop() {
    if (auto root = tree())
      compat::ask_to_exit(root, caf::exit_reason::user_shutdown);
    run();
    started_.reset();
  }

  /// Ends everything without a chance to say goodbye.
  void kill_all() {
    for (const auto& name : running())
      compat::ask_to_exit(names->lookup(name), caf::exit_reason::kill);
    if (auto root = tree())
      compat::ask_to_exit(root, caf::exit_reason::kill);
    if (starter_)
      compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(starter_), caf::exit_reason::kill);
    settle();
    // The answer was on its way.
    if (auto root = tree()) {
      compat::ask_to_exit(root, caf::exit_reason::kill);
      settle();
    }
    started_.reset();
  }

  using world::kill;
  void kill(const term& name) {
    if (auto actor = names->lookup(name))
      compat::ask_to_exit(actor, caf::exit_reason::kill);
  }

  // -- what there is -----------------------------------------------------------------------------

  /// A fresh look into the store, past the faults.
  std::unique_ptr<cell_store> look() { return must(open()); }

  std::set<shard_key> listed() {
    std::set<shard_key> keys;
    for (const auto& one : must(look()->shard_key_map()).shards)
      keys.insert(one.key);
    return keys;
  }

  /// The names of the actors that run.
  std::set<term> running() const {
    std::set<term> found;
    for (const auto& role :
         {keyed_shards_name(node_id), cell_keeper_name(node_id), keyed_supervisor_name(node_id)})
      if (names->lookup(role))
        found.insert(role);
    for (const auto* key : {"a", "b", "c", "d"})
      if (auto name = name_of({{key}}); names->lookup(name))
        found.insert(name);
    return found;
  }

  /// Of the shards.
  std::set<shard_key> running_shards() const {
    std::set<shard_key> found;
    for (const auto* key : {"a", "b", "c", "d"})
      if (names->lookup(name_of({{key}})))
        found.insert({{key}});
    return found;
  }

  static term name_of(const shard_key& key) { return keyed_shard_name(node_id, key); }

  keyed_shards_actor front() const {
    return caf::actor_cast<keyed_shards_actor>(names->lookup(keyed_shards_name(node_id)));
  }
  keyed_shard_actor shard(const shard_key& key) const {
    return caf::actor_cast<keyed_shard_actor>(names->lookup(name_of(key)));
  }

  // -- requests ----------------------------------------------------------------------------------

  result<term> start_shard(const shard_key& key, std::optional<term> initial = std::nullopt,
                           const std::string& operation_id = {}) {
    return ask<term>(front(), atoms::start_shard_v,
                     new_shard{key, std::move(initial), operation_id});
  }
  result<void> reserve(const cell_key& key, std::uint64_t height,
                       const std::string& operation_id = {}) {
    return ask<void>(front(), atoms::reserve_v, key, height, operation_id);
  }
  result<void> write(const cell_key& key, const term& value, std::uint64_t height,
                     const std::string& operation_id = {}) {
    return ask<void>(front(), atoms::write_v, key, value, height, operation_id);
  }
  /// One version of which nothing is there yet.
  result<void> write_reserved(const cell_key& key, std::uint64_t height) {
    return reserve(key, height).and_then([&] { return write(key, term{"value"}, height); });
  }
  result<void> unreserve(const cell_key& key, std::uint64_t height,
                         const std::string& operation_id = {}) {
    return ask<void>(front(), atoms::unreserve_v, key, height, operation_id);
  }
  result<std::uint64_t> advance_watermark(const shard_key& key, std::uint64_t height,
                                          const std::string& operation_id = {}) {
    return ask<std::uint64_t>(front(), atoms::advance_watermark_v, key, height, operation_id);
  }
  future_answer<cell_reading> read_later(const cell_key& key, std::uint64_t height,
                                         duration patience = std::chrono::minutes{1}) {
    return ask_later<cell_reading>(front(), atoms::read_v, cell_query{key, height, patience});
  }
  /// Does not wait until it is certain.
  result<cell_value> read(const cell_key& key, std::uint64_t height) {
    return ask<cell_reading>(front(), atoms::read_v, cell_query{key, height, duration::zero()})
        .map([](const cell_reading& found) { return found.value; });
  }

private:
  result<std::unique_ptr<cell_store>> open() {
    if (folder_)
      return sqlite::open_cell_store(sqlite::keyed_file(folder_->path(), node_id), node_id);
    return std::make_unique<memory_cell_store>(node_id, contents_);
  }

  future_answer<caf::strong_actor_ptr> begin(keyed_home home) {
    starter_ = spawn_keyed_start(system(), std::move(home));
    started_ = ask_later<caf::strong_actor_ptr>(starter_, atoms::start_shard_v);
    return started_;
  }

  /// The supervisor of all, once the start is over.
  caf::strong_actor_ptr tree() const {
    return started_ && started_->has_value() && **started_ ? ***started_ : nullptr;
  }

  std::optional<temporary_folder> folder_;
  std::shared_ptr<memory_cell_contents> contents_ = std::make_shared<memory_cell_contents>();
  registry_actor registry_;
  keyed_start_actor starter_;
  future_answer<caf::strong_actor_ptr> started_;
};

/// Each kind in turn.
inline store_kind any_store_kind() { return GENERATE(store_kind::memory, store_kind::sqlite); }

} // namespace lockstep::test
