#pragma once

/// The state of the front of keyed shards, for the files that implement it: `keyed_front.cpp`
/// receives and forwards, `keyed_front_starts.cpp` makes the shards that run those of the key map
/// and adds new ones.

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/keyed/key_map_repair.hpp"
#include "actors/keyed/keyed_front.hpp"
#include "actors/keyed/keyed_gates.hpp"
#include "actors/keyed/keyed_router.hpp"

#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lockstep {

struct keyed_front_state {
  static constexpr const char* name = "lockstep.keyed_shards";

  using start_promise = caf::typed_response_promise<term>;

  keyed_front_state(keyed_shards_actor::pointer self_ptr, const keyed_home& home);
  ~keyed_front_state();

  keyed_shards_actor::behavior_type make_behavior();

  template <class Handle>
  Handle find(const term& role) const {
    return caf::actor_cast<Handle>(options->names->lookup(role));
  }

  template <class... Ts>
  auto ask_keeper(const Ts&... content) {
    return compat::request(self, keeper, options->request_timeout, content...);
  }

  template <class... Ts>
  auto ask_supervisor(const Ts&... content) {
    return compat::request(self, supervisor, options->request_timeout, content...);
  }

  [[nodiscard]] term name_of(const shard_key& key) const {
    return keyed_shard_name(options->node_id, key);
  }

  // -- the key map and the shards that run --------------------------------------------------------

  /// Makes the shards that run those of the key map, once no shard is being added. None is added
  /// meanwhile.
  void reconcile();
  void not_listed(const caf::error& reason);
  void compare_with(const key_map& map);
  void settle(std::optional<failure> error);
  /// Whoever hears of a problem must not end this actor.
  void report(const failure& what) const;
  void reconcile_unless_busy();
  caf::result<void> await_start();
  void tell_start(caf::typed_response_promise<void> promise) const;
  /// What the front sends on it has let in.
  [[nodiscard]] shard_gates gates_of(const shard_key& key) const;
  /// How a shard is started, each time anew.
  [[nodiscard]] std::shared_ptr<const child_spec> child_of(const shard_key& key) const;

  // -- adding a shard -----------------------------------------------------------------------------

  caf::result<term> start_shard(const new_shard& shard);
  void start_shard(const new_shard& shard, start_promise asked);
  /// For a shard of the key map: is that the call that started it?
  void start_again(const new_shard& shard, start_promise asked);
  /// Starts a shard of the key map that was left stopped.
  /// @param if_it_runs The answer then; nothing: its name.
  void start_parked(const shard_key& key, const std::optional<failure>& if_it_runs,
                    start_promise asked);
  void write(const new_shard& shard, const start_promise& asked);
  /// Stops a shard that is not in the key map. @param reason If it is `unavailable`, nobody knows
  /// yet whether the key map has the shard: it is started again then.
  void take_back(const shard_key& key, const start_promise& asked, const failure& reason);
  void end_start(const shard_key& key, start_promise asked, const std::optional<failure>& error);

  // -- listing ------------------------------------------------------------------------------------

  caf::result<keyed_shard_listing> show_shards();
  void tell_listing(caf::typed_response_promise<keyed_shard_listing> promise);
  [[nodiscard]] keyed_shard_listing listing(const std::vector<child_info>& there) const;

  // -- cells --------------------------------------------------------------------------------------

  /// What a request takes a place for.
  enum kind { change, look, nothing };

  /// Asks the shard in charge of a cell.
  template <class T, class... Ts>
  caf::result<T> ask_about(const cell_key& cell, kind what, const Ts&... content);
  template <class T, class... Ts>
  caf::result<T> ask_shard(const shard_key& key, kind what, const Ts&... content);
  caf::result<cell_reading> read(const cell_query& query);
  /// Errors: `overloaded`.
  result<ticket> enter(const shard_key& key, kind what);
  /// @param patience What the shard may need in addition.
  template <class T, class Send>
  caf::result<T> forward(const shard_key& key, kind what, duration patience, Send send);
  /// Says so if there is no shard since it is parked.
  template <class T>
  void refuse(const shard_key& key, caf::typed_response_promise<T> promise, const failure& reason);

  [[nodiscard]] failure not_there(const shard_key& key) const;
  [[nodiscard]] failure parked(const shard_key& key, const std::string& reason) const;

  /// Something that needs the key map, or to refuse.
  struct request {
    std::function<void()> handle;
    std::function<void(const failure&)> refuse;
  };

  void when_listed(request what);

  keyed_shards_actor::pointer self;
  std::shared_ptr<const keyed_shards_options> options;
  std::shared_ptr<const router> routing;
  std::shared_ptr<keyed_gates> gates;
  keyed_router shards;
  cell_keeper_actor keeper;
  supervisor_actor supervisor;
  key_map_repair repair;

  /// The shards of the key map.
  std::set<shard_key> known;
  /// Has the key map been read?
  bool listed = false;
  /// Requests until then.
  std::vector<request> unrouted;

  /// Are the shards that run those of the key map, as far as that could be brought about?
  bool settled = false;
  std::optional<failure> problem;
  /// Of looking again after a problem.
  caf::disposable retry;
  std::vector<caf::typed_response_promise<void>> awaiting;
  /// Shards to be started after that.
  std::vector<std::function<void()>> postponed;
  /// Shards that are being started, with those who want the same.
  std::map<shard_key, std::vector<std::function<void()>>> starting;
};

} // namespace lockstep
