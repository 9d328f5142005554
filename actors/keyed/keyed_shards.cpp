#include "actors/keyed/keyed_shards.hpp"

#include "actors/ask.hpp"
#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/instance_manager.hpp"
#include "actors/keyed/keyed_tree.hpp"
#include "model/term/term_text.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace lockstep {

namespace {

using steady = std::chrono::steady_clock;

/// How long a start may take; it gives up by itself before.
constexpr auto start_timeout = std::chrono::minutes{10};

std::chrono::milliseconds left_until(steady::time_point deadline) {
  return std::max(std::chrono::milliseconds{0},
                  std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady::now()));
}

failure not_running(const term& node_id) {
  return {ec::unavailable,
          "the keyed shards of " + to_text(node_id) + " are not running; try again later",
          {{"node_id", node_id}}};
}

} // namespace

/// A tree that ends with its owner.
class keyed_shards::owned_tree {
public:
  explicit owned_tree(caf::strong_actor_ptr root) : root_(std::move(root)) {
    auto promise = std::make_shared<std::promise<void>>();
    ended_ = promise->get_future().share();
    caf::actor_cast<caf::actor>(root_)->attach_functor([promise] { promise->set_value(); });
  }
  owned_tree(const owned_tree&) = delete;
  owned_tree& operator=(const owned_tree&) = delete;
  ~owned_tree() { stop(); }

  void stop() const {
    compat::ask_to_exit(root_, caf::exit_reason::user_shutdown);
    ended_.wait();
  }

private:
  caf::strong_actor_ptr root_;
  std::shared_future<void> ended_;
};

result<keyed_shards> keyed_shards::start(caf::actor_system& system, keyed_shards_options options) {
  auto home = prepare_keyed_shards(std::move(options));
  if (!home)
    return tl::unexpected(home.error());
  auto root = ask<caf::strong_actor_ptr>(system, spawn_keyed_start(system, *home), start_timeout,
                                         atoms::start_shard_v);
  if (!root)
    return tl::unexpected(to_failure(root.error()));
  keyed_shards started{system, *home};
  started.tree_ = std::make_shared<owned_tree>(std::move(*root));
  return started;
}

keyed_shards::keyed_shards(caf::actor_system& system, const keyed_home& home)
    : system_(&system),
      node_id_(home.options->node_id),
      options_(home.options),
      routing_(home.routing) {}

result<keyed_shards> keyed_shards::connect(caf::actor_system& system, const instance_manager& node,
                                           const term& node_id) {
  return node.find_actor(keyed_shards_name(node_id)).map([&](const caf::strong_actor_ptr& front) {
    keyed_shards found{system, node_id};
    found.remote_ = caf::actor_cast<keyed_shards_actor>(front);
    return found;
  });
}

void keyed_shards::stop() const {
  if (tree_)
    tree_->stop();
}

keyed_shards_actor keyed_shards::actor() const {
  if (!options_)
    return remote_;
  return caf::actor_cast<keyed_shards_actor>(options_->names->lookup(keyed_shards_name(node_id_)));
}

std::chrono::milliseconds keyed_shards::request_timeout() const {
  return options_ ? options_->request_timeout : keyed_shards_options{}.request_timeout;
}

std::chrono::milliseconds keyed_shards::recovery_timeout() const {
  return options_ ? options_->recovery_timeout : keyed_shards_options{}.recovery_timeout;
}

// -- asking ---------------------------------------------------------------------------------------

result<keyed_shards_actor> keyed_shards::find_front(const caf::actor_addr& gone,
                                                    std::chrono::milliseconds timeout) const {
  auto found = actor();
  if (!options_ || (found && found != gone))
    return found;
  auto registry = options_->names->registry();
  if (!registry)
    return tl::unexpected(not_running(node_id_));
  auto next = ask<caf::strong_actor_ptr>(*system_, registry, timeout, atoms::await_name_v,
                                         keyed_shards_name(node_id_), gone);
  if (!next)
    return tl::unexpected(not_running(node_id_));
  return caf::actor_cast<keyed_shards_actor>(*next);
}

/// @param send Asks the front; again if that has gone, within this process.
template <class T, class Send>
result<T> keyed_shards::ask_front(const Send& send) const {
  const auto deadline = steady::now() + recovery_timeout();
  for (caf::actor_addr gone;;) {
    auto front = find_front(gone, left_until(deadline));
    if (!front)
      return tl::unexpected(front.error());
    tl::expected<T, caf::error> answer = send(*front);
    if (answer || !receiver_has_gone(answer.error()) || !options_ || steady::now() >= deadline)
      return std::move(answer).map_error(to_failure);
    gone = caf::actor_cast<caf::actor_addr>(*front);
  }
}

/// @param send Asks a shard, or the front if there is none in this process.
template <class T, class Send>
result<T> keyed_shards::ask_shard(const shard_key& key, const Send& send) const {
  const auto name = keyed_shard_name(node_id_, key);
  const auto deadline = steady::now() + recovery_timeout();
  for (caf::actor_addr gone;;) {
    if (auto shard = caf::actor_cast<keyed_shard_actor>(options_->names->lookup(name));
        shard && shard != gone) {
      tl::expected<T, caf::error> answer = send(shard);
      if (answer || !receiver_has_gone(answer.error()) || steady::now() >= deadline)
        return std::move(answer).map_error(to_failure);
      gone = caf::actor_cast<caf::actor_addr>(shard);
    }
    // It knows whether there is such a shard, and waits for one that is started again.
    auto there = contents(key);
    if (!there)
      return tl::unexpected(there.error());
    if (steady::now() >= deadline)
      return tl::unexpected(not_running(node_id_));
  }
}

template <class T, class... Ts>
result<T> keyed_shards::ask_about(const cell_key& key, const Ts&... content) const {
  auto send = [&](const auto& to) {
    return ask<T>(*system_, to, request_timeout() + recovery_timeout(), content...);
  };
  if (!options_)
    return ask_front<T>(send);
  return shard_of_cell(*routing_, key).and_then([&](const shard_key& shard) {
    return ask_shard<T>(shard, send);
  });
}

// -- shards ---------------------------------------------------------------------------------------

result<void> keyed_shards::await_start() const {
  return ask_front<void>([this](const keyed_shards_actor& front) {
    return ask<void>(*system_, front, start_timeout, atoms::await_start_v);
  });
}

result<term> keyed_shards::start_shard(const shard_key& key,
                                       const std::optional<term>& initial_value,
                                       const std::string& operation_id) const {
  const auto send = [&](const keyed_shards_actor& front) {
    return ask<term>(*system_, front, 3 * request_timeout(), atoms::start_shard_v,
                     new_shard{key, initial_value, operation_id});
  };
  if (!operation_id.empty())
    return ask_front<term>(send);
  // Not sent again: nobody could tell then who has started it.
  return find_front({}, recovery_timeout()).and_then([&](const keyed_shards_actor& front) {
    return send(front).map_error(to_failure);
  });
}

result<std::map<shard_key, term>> keyed_shards::shard_key_map() const {
  return list().map([](const keyed_shard_listing& all) {
    std::map<shard_key, term> map;
    for (const auto& one : all.shards)
      map.emplace(one.key, one.name);
    return map;
  });
}

result<keyed_shard_listing> keyed_shards::list() const {
  return ask_front<keyed_shard_listing>([this](const keyed_shards_actor& front) {
    return ask<keyed_shard_listing>(*system_, front, request_timeout(), atoms::show_shards_v);
  });
}

result<keyed_shard_contents> keyed_shards::contents(const shard_key& key) const {
  return ask_front<keyed_shard_contents>([&](const keyed_shards_actor& front) {
    return ask<keyed_shard_contents>(*system_, front, request_timeout() + recovery_timeout(),
                                     atoms::show_shards_v, key);
  });
}

// -- cells ----------------------------------------------------------------------------------------

result<void> keyed_shards::reserve(const cell_key& key, std::uint64_t height,
                                   const std::string& operation_id) const {
  return ask_about<void>(key, atoms::reserve_v, key, height, operation_id);
}

result<void> keyed_shards::write(const cell_key& key, const term& value, std::uint64_t height,
                                 const std::string& operation_id) const {
  return ask_about<void>(key, atoms::write_v, key, value, height, operation_id);
}

result<void> keyed_shards::unreserve(const cell_key& key, std::uint64_t height,
                                     const std::string& operation_id) const {
  return ask_about<void>(key, atoms::unreserve_v, key, height, operation_id);
}

result<std::uint64_t> keyed_shards::advance_watermark(const shard_key& shard, std::uint64_t height,
                                                      const std::string& operation_id) const {
  const auto timeout = request_timeout() + recovery_timeout();
  if (!options_)
    return ask_front<std::uint64_t>([&](const keyed_shards_actor& front) {
      return ask<std::uint64_t>(*system_, front, timeout, atoms::advance_watermark_v, shard, height,
                                operation_id);
    });
  return ask_shard<std::uint64_t>(shard, [&](const keyed_shard_actor& to) {
    return ask<std::uint64_t>(*system_, to, timeout, atoms::advance_watermark_v, height,
                              operation_id);
  });
}

result<cell_value> keyed_shards::read(const cell_key& key, std::uint64_t height,
                                      duration patience) const {
  patience = std::clamp(patience, duration::zero(), longest_patience);
  const auto deadline = steady::now() + patience;
  auto send = [&](const auto& to) {
    cell_query query{key, height, left_until(deadline)};
    return ask<cell_reading>(*system_, to, query.patience + request_timeout() + recovery_timeout(),
                             atoms::read_v, query);
  };
  auto found = options_ ? shard_of_cell(*routing_, key).and_then([&](const shard_key& shard) {
    return ask_shard<cell_reading>(shard, send);
  })
                        : ask_front<cell_reading>(send);
  return std::move(found).map([](cell_reading reading) { return std::move(reading.value); });
}

} // namespace lockstep
