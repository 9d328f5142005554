#include "actors/keyed/keyed_gates.hpp"

#include "actors/keyed/keyed_options.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_system.hpp>

#include <utility>

namespace lockstep {

keyed_gates::keyed_gates(term node_id, std::size_t max_pending)
    : node_id_(std::move(node_id)), max_pending_(max_pending) {}

void keyed_gates::show_in(caf::actor_system& system) {
  const std::scoped_lock guard{mutex_};
  system_ = &system;
}

shard_gates keyed_gates::of(const shard_key& key) {
  const std::scoped_lock guard{mutex_};
  auto& found = gates_[key];
  if (!found.changes) {
    const auto name = "keyed shard " + to_text(keyed_shard_name(node_id_, key));
    found.changes = make(name);
    found.reads = make("for reads, " + name);
  }
  return found;
}

std::shared_ptr<admission> keyed_gates::front() {
  const std::scoped_lock guard{mutex_};
  if (!front_)
    front_ = make("the front of the keyed shards of " + to_text(node_id_));
  return front_;
}

std::shared_ptr<admission> keyed_gates::make(const std::string& name) const {
  auto made = std::make_shared<admission>(name, max_pending_);
  if (system_ != nullptr)
    made->show_in(system_->metrics(), to_text(keyed_shards_name(node_id_)));
  return made;
}

void leave_queue(ticket& place, const failure* error) noexcept {
  if (error != nullptr && (error->code == ec::unavailable || error->code == ec::overloaded))
    place.refuse();
  else
    place.complete();
}

} // namespace lockstep
