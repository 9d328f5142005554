#pragma once

/// Who may send a shard something: its queue is bounded where requests come from, since a mailbox
/// is not.

#include "model/failure.hpp"
#include "model/time.hpp"

#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/metric_registry.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lockstep {

/// What became of the requests to a shard. A list counts as many as it has elements. While nothing
/// is just happening, `received == completed + refused + expired + pending`.
struct request_counts {
  std::uint64_t received = 0;
  /// Answered, with an error of their own, too.
  std::uint64_t completed = 0;
  /// Nothing was done, as far as the shard knows: it was overloaded or not available, or it ended
  /// before.
  std::uint64_t refused = 0;
  /// Nothing was done: the deadline had passed.
  std::uint64_t expired = 0;
  /// Neither answered nor given up.
  std::uint64_t pending = 0;

  friend bool operator==(const request_counts&, const request_counts&) = default;
};

class ticket;

/// The gate of one shard, for as long as its node runs, whatever becomes of the shard. Everybody
/// who sends it a request enters first and sends the ticket with the request.
///
/// Thread-safe, without locks.
class admission : public std::enable_shared_from_this<admission> {
public:
  /// @param shard Its display name. @param max_pending At least 1.
  admission(std::string shard, std::size_t max_pending)
      : shard_(std::move(shard)), max_pending_(max_pending) {}

  /// Counts as `lockstep.requests.*` in CAF's metrics from now on, before anybody enters.
  /// @param label Of the dimension `shard`. @param metrics Must outlive this and all tickets.
  void show_in(caf::telemetry::metric_registry& metrics, const std::string& label);

  /// Lets a request in. A list that is longer than all that may be pending is let in alone.
  /// @param units As how many requests it counts. Errors: `overloaded`.
  [[nodiscard]] result<ticket> enter(std::size_t units = 1);

  /// For requests that somebody else will let in: refuses those that come too early already.
  [[nodiscard]] result<void> look_in(std::size_t units = 1);

  /// The shard needed so long for so many; hints to those who are refused follow from that. For one
  /// thread at a time.
  void served(std::size_t units, duration needed) noexcept;

  [[nodiscard]] request_counts counts() const noexcept;

private:
  friend class ticket;

  /// A number of ours that CAF may show, too.
  template <class Metric>
  class shown {
  public:
    void show_as(Metric* metric) noexcept { metric_ = metric; }
    void add(std::uint64_t more) noexcept {
      own_.fetch_add(more, std::memory_order_relaxed);
      if (metric_ != nullptr)
        metric_->inc(static_cast<std::int64_t>(more));
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
      return own_.load(std::memory_order_relaxed);
    }

  private:
    std::atomic<std::uint64_t> own_{0};
    Metric* metric_ = nullptr;
  };

  using counter = shown<caf::telemetry::int_counter>;

  [[nodiscard]] bool full(std::uint64_t pending, std::uint64_t units) const noexcept {
    return pending > 0 && pending + units > max_pending_;
  }
  failure refuse(std::uint64_t pending, std::uint64_t units);
  /// Requests are no longer pending, but counted there.
  void leave(std::uint64_t units, counter& where) noexcept;
  [[nodiscard]] std::int64_t retry_after_ms(std::uint64_t pending) const noexcept;

  static constexpr std::size_t cache_line = 64;

  const std::string shard_;
  const std::uint64_t max_pending_;
  caf::telemetry::int_gauge* shown_pending_ = nullptr;
  /// Written by all.
  alignas(cache_line) std::atomic<std::uint64_t> pending_{0};
  /// Written by those who enter.
  alignas(cache_line) counter received_;
  counter refused_;
  /// Written by the shard.
  alignas(cache_line) counter completed_;
  counter expired_;
  /// How long a request takes, in nanoseconds, lately.
  std::atomic<std::int64_t> service_time_{0};
};

/// The place of a request in a shard's queue. It goes with the request; whoever answers says how. A
/// ticket that ends before, since its mailbox does, leaves the queue as refused.
class ticket {
public:
  /// Of nobody: counts nothing.
  ticket() noexcept = default;

  /// For requests that are sent again if their shard ends: it is still the sender's then.
  explicit ticket(std::shared_ptr<ticket> senders) noexcept : senders_(std::move(senders)) {}

  ticket(ticket&&) noexcept = default;
  ticket& operator=(ticket&& other) noexcept;

  /// CAF demands that messages can be copied; of a place there is only one, so the copy is
  /// nobody's.
  ticket(const ticket&) noexcept {}
  ticket& operator=(const ticket& other) = delete;

  ~ticket() { leave_as_refused(); }

  [[nodiscard]] std::size_t units() const noexcept { return senders_ ? senders_->units() : units_; }

  /// Nothing is to be done for the request after that time, since nobody waits any more. For
  /// requests that carry no deadline of their own; before the ticket is sent.
  void set_deadline(timestamp at) noexcept { deadline_ = at; }
  [[nodiscard]] std::optional<timestamp> deadline() const noexcept {
    return senders_ ? senders_->deadline() : deadline_;
  }

  /// The request is answered; the first of these calls counts.
  /// @param expired So many of a list had expired.
  void complete(std::size_t expired = 0) noexcept;
  void expire() noexcept { complete(units()); }
  void refuse() noexcept;

private:
  friend class admission;
  void leave_as_refused() noexcept;
  ticket(std::shared_ptr<admission> gate, std::size_t units) noexcept
      : gate_(std::move(gate)), units_(units) {}

  std::shared_ptr<admission> gate_;
  std::size_t units_ = 1;
  std::optional<timestamp> deadline_;
  std::shared_ptr<ticket> senders_;
};

} // namespace lockstep
