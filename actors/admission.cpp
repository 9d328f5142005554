#include "actors/admission.hpp"

#include "model/with_commas.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lockstep {

namespace {

constexpr std::int64_t shortest_retry_ms = 10;
constexpr std::int64_t longest_retry_ms = 5'000;
constexpr std::int64_t ns_per_ms = 1'000'000;
/// The latest batch counts for one part in so many.
constexpr std::int64_t smoothing = 8;

} // namespace

void admission::show_in(caf::telemetry::metric_registry& metrics, const std::string& label) {
  auto count = [&](const char* name, const char* help) {
    return metrics.counter_family("lockstep", name, {"shard"}, help, "1", true)
        ->get_or_add({{"shard", label}});
  };
  received_.show_as(count("requests.received", "Requests that were sent to a shard."));
  completed_.show_as(count("requests.completed", "Requests that a shard answered."));
  refused_.show_as(count("requests.refused",
                         "Requests that were refused, since a shard was overloaded or gone."));
  expired_.show_as(count("requests.expired", "Requests whose deadline passed before their turn."));
  shown_pending_ = metrics
                       .gauge_family("lockstep", "requests.pending", {"shard"},
                                     "Requests that a shard has still to answer.")
                       ->get_or_add({{"shard", label}});
}

result<ticket> admission::enter(std::size_t units) {
  units = std::max<std::size_t>(units, 1);
  auto pending = pending_.load(std::memory_order_relaxed);
  do {
    if (full(pending, units))
      return tl::unexpected(refuse(pending, units));
  } while (!pending_.compare_exchange_weak(pending, pending + units, std::memory_order_relaxed));
  received_.add(units);
  if (shown_pending_ != nullptr)
    shown_pending_->inc(static_cast<std::int64_t>(units));
  return ticket{shared_from_this(), units};
}

result<void> admission::look_in(std::size_t units) {
  const auto pending = pending_.load(std::memory_order_relaxed);
  if (full(pending, units))
    return tl::unexpected(refuse(pending, units));
  return {};
}

failure admission::refuse(std::uint64_t pending, std::uint64_t units) {
  received_.add(units);
  refused_.add(units);
  const auto wait = retry_after_ms(pending);
  return {ec::overloaded,
          shard_ + " takes no more than " + with_commas(max_pending_) + " pending requests and has "
              + with_commas(pending) + "; try again in " + std::to_string(wait) + " ms",
          {{"shard", shard_},
           {"pending", static_cast<std::int64_t>(pending)},
           {"retry_after_ms", wait}}};
}

void admission::leave(std::uint64_t units, counter& where) noexcept {
  if (units == 0)
    return;
  where.add(units);
  pending_.fetch_sub(units, std::memory_order_relaxed);
  if (shown_pending_ != nullptr)
    shown_pending_->dec(static_cast<std::int64_t>(units));
}

void admission::served(std::size_t units, duration needed) noexcept {
  if (units == 0)
    return;
  const auto latest = std::max<std::int64_t>(std::chrono::nanoseconds(needed).count(), 0)
                      / static_cast<std::int64_t>(units);
  const auto before = service_time_.load(std::memory_order_relaxed);
  service_time_.store(before == 0 ? latest : before + (latest - before) / smoothing,
                      std::memory_order_relaxed);
}

std::int64_t admission::retry_after_ms(std::uint64_t pending) const noexcept {
  const auto each = service_time_.load(std::memory_order_relaxed);
  const auto all = static_cast<double>(pending) * static_cast<double>(each) / ns_per_ms;
  return static_cast<std::int64_t>(std::clamp(all, static_cast<double>(shortest_retry_ms),
                                              static_cast<double>(longest_retry_ms)));
}

request_counts admission::counts() const noexcept {
  return {received_.value(), completed_.value(), refused_.value(), expired_.value(),
          pending_.load(std::memory_order_relaxed)};
}

ticket& ticket::operator=(ticket&& other) noexcept {
  if (this != &other) {
    leave_as_refused();
    gate_ = std::move(other.gate_);
    units_ = other.units_;
    deadline_ = other.deadline_;
    senders_ = std::move(other.senders_);
  }
  return *this;
}

void ticket::complete(std::size_t expired) noexcept {
  expired = std::min(expired, units());
  if (auto senders = std::exchange(senders_, nullptr))
    senders->complete(expired);
  if (auto gate = std::exchange(gate_, nullptr)) {
    gate->leave(expired, gate->expired_);
    gate->leave(units_ - expired, gate->completed_);
  }
}

void ticket::refuse() noexcept {
  if (auto senders = std::exchange(senders_, nullptr))
    senders->refuse();
  leave_as_refused();
}

void ticket::leave_as_refused() noexcept {
  if (auto gate = std::exchange(gate_, nullptr))
    gate->leave(units_, gate->refused_);
}

} // namespace lockstep
