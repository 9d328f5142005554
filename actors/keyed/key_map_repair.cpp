#include "actors/keyed/key_map_repair.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_cast.hpp>

#include <chrono>
#include <utility>

namespace lockstep {

namespace {

/// How long many shards may take until all of them run: a little less than the start of everything
/// waits, so that it hears which of them it was.
constexpr auto start_patience = std::chrono::seconds{110};

/// A name may still be held by an incarnation that is just ending.
constexpr auto name_retry_pause = std::chrono::milliseconds{50};
constexpr int name_retries = 20;

} // namespace

key_map_repair::key_map_repair(keyed_shards_actor::pointer self,
                               std::shared_ptr<const keyed_shards_options> options,
                               supervisor_actor supervisor, child_function child_of)
    : self_(self),
      options_(std::move(options)),
      supervisor_(std::move(supervisor)),
      child_of_(std::move(child_of)) {}

void key_map_repair::run(const std::set<shard_key>& listed, done_function done) {
  auto begun = std::make_shared<repairs>();
  begun->done = std::move(done);
  compat::request(self_, supervisor_, options_->request_timeout, atoms::which_children_v)
      .then([this, listed,
             begun](const std::vector<child_info>& there) { compare(listed, there, begun); },
            [begun](const caf::error& reason) { failed(begun, to_failure(reason)); });
}

void key_map_repair::compare(const std::set<shard_key>& listed,
                             const std::vector<child_info>& there, const shared_repairs& begun) {
  std::set<std::string> running;
  for (const auto& one : there)
    running.insert(one.id);
  for (const auto& key : listed)
    if (running.erase(to_text(key)) == 0)
      start_listed(key, begun, name_retries);
  for (const auto& id : running)
    stop_unlisted(id, begun);
  repaired(begun);
}

void key_map_repair::repaired(const shared_repairs& begun) {
  if (--begun->missing == 0)
    begun->done(begun->first_error);
}

void key_map_repair::failed(const shared_repairs& begun, failure reason) {
  if (!begun->first_error)
    begun->first_error = std::move(reason);
  repaired(begun);
}

void key_map_repair::start_listed(const shard_key& key, const shared_repairs& begun, int retries) {
  ++begun->missing;
  compat::request(self_, supervisor_, start_patience, atoms::start_child_v,
                  local_child{child_of_(key)})
      .then(
          [this, key, begun](const caf::strong_actor_ptr&) { wait_for(key, begun, name_retries); },
          [this, key, begun, retries](const caf::error& reason) {
            auto why = to_failure(reason);
            if (why.code != ec::already_registered || retries == 0)
              return failed(begun, initial_child_failed(key, why));
            self_->run_delayed(name_retry_pause, [this, key, begun, retries] {
              start_listed(key, begun, retries - 1);
              repaired(begun); // in the place of this one
            });
          });
}

void key_map_repair::wait_for(const shard_key& key, const shared_repairs& begun, int retries) {
  auto shard = caf::actor_cast<keyed_shard_actor>(options_->names->lookup(name_of(key)));
  if (!shard)
    return wait_longer(key, begun, retries);
  compat::request(self_, shard, start_patience, atoms::await_start_v)
      .then([begun] { repaired(begun); },
            [this, key, begun, retries](const caf::error& reason) {
              if (receiver_has_gone(reason))
                wait_longer(key, begun, retries);
              else
                failed(begun, initial_child_failed(key, to_failure(reason)));
            });
}

void key_map_repair::wait_longer(const shard_key& key, const shared_repairs& begun, int retries) {
  if (retries == 0)
    return failed(begun, initial_child_failed(
                             key, {ec::unavailable, "it ended as soon as it was started", {}}));
  self_->run_delayed(name_retry_pause,
                     [this, key, begun, retries] { wait_for(key, begun, retries - 1); });
}

void key_map_repair::stop_unlisted(const std::string& id, const shared_repairs& begun) {
  ++begun->missing;
  compat::request(self_, supervisor_, options_->request_timeout, atoms::terminate_child_v, id)
      .then([begun] { repaired(begun); },
            [begun](const caf::error& reason) { failed(begun, to_failure(reason)); });
}

term key_map_repair::name_of(const shard_key& key) const {
  return keyed_shard_name(options_->node_id, key);
}

failure key_map_repair::initial_child_failed(const shard_key& key, const failure& reason) const {
  return {ec::failed_to_start_initial_child,
          "the keyed shard " + to_text(name_of(key)) + " did not start: " + reason.message,
          {{"node_id", options_->node_id},
           {"key", to_term(key)},
           {"reason", term{std::string(to_string(reason.code))}}}};
}

} // namespace lockstep
