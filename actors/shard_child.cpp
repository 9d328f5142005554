#include "actors/shard_child.hpp"

#include "actors/write_down.hpp"

#include <caf/actor_cast.hpp>

#include <chrono>
#include <utility>

namespace lockstep {

namespace {

/// Before a store that could not be opened is tried again.
constexpr duration store_pause = std::chrono::seconds{1};

result<void> conclude_from_crash(const shard_options& options, instance_store& store) {
  return options.suspects->begin(store, options.now()).map([&](const auto& quarantined) {
    if (quarantined)
      write_down(options.report, refusal_of(*quarantined), severity::error);
  });
}

} // namespace

child_spec shard_child(shard_start how) {
  const auto index = how.index;
  const auto suspects = how.options.suspects;
  const auto now = how.options.now;
  child_spec spec{
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
  // An instance that crashes its shard is quarantined before long, and a disk may come back.
  spec.excused = [suspects, now](ec why) -> time_limit {
    if (why == ec::store_failure)
      return store_pause;
    return suspects->excuses_crash(now()) ? time_limit{duration::zero()} : std::nullopt;
  };
  return spec;
}

} // namespace lockstep
