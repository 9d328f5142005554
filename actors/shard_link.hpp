#pragma once

#include "model/failure.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_control_block.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace lockstep {

/// The requests of one sender on their way to one shard, kept in order across the shard's restarts.
///
/// When the shard has gone, the requests that it did not answer and those that come later are
/// parked. Once the last of the old ones has bounced and the new shard is known, all are sent again
/// in their order. So two steps of an instance never overtake each other.
class shard_link {
public:
  using time_point = caf::actor_clock::time_point;

  struct attempt {
    /// Sends the request to the shard; called again if the shard has gone.
    std::function<void(const caf::strong_actor_ptr& shard)> send;
    /// Tells the requester that no shard came, or no answer in time.
    std::function<void(const failure& reason)> refuse;
    /// Until when it must be answered, however often it is sent.
    time_point due = time_point::max();
  };

  /// The number that stands for a request from here on.
  [[nodiscard]] std::uint64_t next_number() noexcept { return ++last_number_; }

  /// Sends or parks a request. @param shard The shard as the registry knows it, null if there is
  /// none. @returns whether a new shard must be looked for: call `found` or `lost` later.
  [[nodiscard]] bool submit(std::uint64_t number, attempt request,
                            const caf::strong_actor_ptr& shard);

  /// The request was answered, with whatever result. @returns whether anybody still waits for that.
  bool answered(std::uint64_t number);

  /// The request came back since its shard has gone. @returns as `submit`.
  [[nodiscard]] bool bounced(std::uint64_t number);

  /// The shard that is not to be found again.
  [[nodiscard]] const caf::strong_actor_ptr& gone() const noexcept { return shard_; }

  /// There is a new shard.
  void found(caf::strong_actor_ptr shard);

  /// No shard came: refuses the parked requests.
  void lost(const failure& reason);

  /// Refuses the requests that are overdue; one that has been sent may be executed all the same.
  /// @returns when the next one will be; nothing if none is on its way.
  [[nodiscard]] std::optional<time_point> expire(time_point now, const failure& reason);

private:
  bool start_looking();
  void resend_when_quiet();

  std::uint64_t last_number_ = 0;
  /// The shard that requests go to, or went to before it was gone.
  caf::strong_actor_ptr shard_;
  caf::strong_actor_ptr replacement_;
  bool looking_ = false;
  bool recovering_ = false;
  std::map<std::uint64_t, attempt> in_flight_;
  std::map<std::uint64_t, attempt> parked_;
};

} // namespace lockstep
