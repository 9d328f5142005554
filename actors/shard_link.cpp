#include "actors/shard_link.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep {

bool shard_link::submit(std::uint64_t number, attempt request, const caf::strong_actor_ptr& shard) {
  // A new shard must not see this request before those that the old one has still to return.
  if (shard != shard_ && !in_flight_.empty())
    recovering_ = true;
  if (recovering_ || !shard) {
    parked_.emplace(number, std::move(request));
    return start_looking();
  }
  shard_ = shard;
  in_flight_.emplace(number, std::move(request)).first->second.send(shard_);
  return false;
}

bool shard_link::answered(std::uint64_t number) {
  const auto was_waiting = in_flight_.erase(number) > 0;
  resend_when_quiet();
  return was_waiting;
}

bool shard_link::bounced(std::uint64_t number) {
  auto sent = in_flight_.extract(number);
  if (!sent) // it was overdue; the shard that it comes back from may be long forgotten
    return false;
  parked_.insert(std::move(sent));
  auto must_look = start_looking();
  resend_when_quiet();
  return must_look;
}

void shard_link::found(caf::strong_actor_ptr shard) {
  looking_ = false;
  replacement_ = std::move(shard);
  resend_when_quiet();
}

void shard_link::lost(const failure& reason) {
  looking_ = false;
  recovering_ = false;
  for (auto& [number, request] : std::exchange(parked_, {}))
    request.refuse(reason);
}

std::optional<shard_link::time_point> shard_link::expire(time_point now, const failure& reason) {
  std::vector<attempt> overdue;
  std::optional<time_point> next;
  for (auto* requests : {&in_flight_, &parked_})
    for (auto one = requests->begin(); one != requests->end();)
      if (one->second.due <= now) {
        overdue.push_back(std::move(one->second));
        one = requests->erase(one);
      } else {
        next = next ? std::min(*next, one->second.due) : one->second.due;
        ++one;
      }
  for (const auto& one : overdue)
    one.refuse(reason);
  resend_when_quiet();
  return next;
}

bool shard_link::start_looking() {
  recovering_ = true;
  if (looking_ || replacement_)
    return false;
  looking_ = true;
  return true;
}

void shard_link::resend_when_quiet() {
  if (!recovering_ || !replacement_ || !in_flight_.empty())
    return;
  shard_ = std::exchange(replacement_, nullptr);
  recovering_ = false;
  in_flight_ = std::exchange(parked_, {});
  for (auto& [number, request] : std::map(in_flight_))
    request.send(shard_);
}

} // namespace lockstep
