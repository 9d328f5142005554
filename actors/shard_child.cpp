#include "actors/shard_child.hpp"

#include <caf/actor_cast.hpp>

#include <utility>

namespace lockstep {

namespace {

result<void> conclude_from_crash(const shard_options& options, instance_store& store) {
  return options.suspects->begin(store, options.now()).map([&](const auto& quarantined) {
    if (quarantined && options.report)
      options.report(refusal_of(*quarantined), severity::error);
  });
}

} // namespace

child_spec shard_child(shard_start how) {
  const auto index = how.index;
  return {
      shard_display_name(index),
      [how = std::move(how)](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
        return how.open_store()
            .and_then([&](std::unique_ptr<instance_store> store) {
              return conclude_from_crash(how.options, *store).map([&] { return std::move(store); });
            })
            .and_then(how.open_books)
            .map([&](ledger books) {
              return caf::actor_cast<caf::strong_actor_ptr>(
                  spawn_shard(system, std::move(books), how.options));
            });
      },
      shard_name(index)};
}

} // namespace lockstep
