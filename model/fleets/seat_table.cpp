#include "model/fleets/seat_table.hpp"

namespace lockstep {

seat_table::stay::~stay() { table_->leave(*this); }

seat_table::way seat_table::enter(const term& key) {
  if (!passivating_ && entries_.load(std::memory_order_acquire) == 0)
    return {true, nullptr};
  auto& where = group_of(key);
  std::lock_guard guard{where.mutex};
  auto found = where.entries.find(key);
  if (!passivating_ && found == where.entries.end())
    return {true, nullptr};
  if (found != where.entries.end() && found->second.now == state::open
      && found->second.detours == 0) {
    auto seat = make_stay(key, true);
    ++found->second.seated;
    found->second.last_use = now_();
    return {true, std::move(seat)};
  }
  auto detour = make_stay(key, false);
  ++entry_in(where, key).detours;
  return {false, std::move(detour)};
}

seat_table::stay_ptr seat_table::divert(const term& key) {
  auto detour = make_stay(key, false);
  auto& where = group_of(key);
  std::lock_guard guard{where.mutex};
  ++entry_in(where, key).detours;
  return detour;
}

void seat_table::open(const term& key) {
  if (!passivating_)
    return vacate(key); // without an entry it is open
  auto& where = group_of(key);
  std::lock_guard guard{where.mutex};
  auto& seat = entry_in(where, key);
  seat.now = state::open;
  seat.last_use = now_();
}

void seat_table::vacate(const term& key) {
  auto& where = group_of(key);
  std::lock_guard guard{where.mutex};
  if (auto found = where.entries.find(key); found != where.entries.end()) {
    found->second.now = state::vacant;
    drop_if_unused(where, key);
  }
}

void seat_table::close(const term& key) {
  auto& where = group_of(key);
  std::lock_guard guard{where.mutex};
  entry_in(where, key).now = state::closed;
}

std::vector<term> seat_table::close_idle(clock::duration idle) {
  std::vector<term> closed;
  const auto latest = now_() - idle;
  for (auto& where : groups_) {
    std::lock_guard guard{where.mutex};
    for (auto& [key, seat] : where.entries) {
      if (seat.now != state::open || seat.seated > 0 || seat.detours > 0 || seat.last_use > latest)
        continue;
      seat.now = state::closed;
      closed.push_back(key);
    }
  }
  return closed;
}

bool seat_table::is_closed(const term& key) {
  auto& where = group_of(key);
  std::lock_guard guard{where.mutex};
  auto found = where.entries.find(key);
  return found != where.entries.end() && found->second.now == state::closed;
}

std::vector<term> seat_table::keys() {
  std::vector<term> all;
  for (auto& where : groups_) {
    std::lock_guard guard{where.mutex};
    for (const auto& [key, seat] : where.entries)
      all.push_back(key);
  }
  return all;
}

bool seat_table::give_up(const stay& on_it) {
  std::lock_guard guard{group_of(on_it.key_).mutex};
  on_it.given_up_ = !on_it.seat_;
  return on_it.given_up_;
}

bool seat_table::seat(const stay& on_it) {
  auto& where = group_of(on_it.key_);
  std::lock_guard guard{where.mutex};
  if (on_it.given_up_)
    return false;
  if (passivating_) {
    auto& taken = entry_in(where, on_it.key_);
    taken.seated += on_it.seat_ ? 0 : 1;
    taken.last_use = now_();
  }
  on_it.seat_ = true;
  return true;
}

void seat_table::arrived(const stay& on_it) {
  auto& where = group_of(on_it.key_);
  std::lock_guard guard{where.mutex};
  if (!std::exchange(on_it.detour_, false))
    return;
  --entry_in(where, on_it.key_).detours;
  drop_if_unused(where, on_it.key_);
}

seat_table::entry& seat_table::entry_in(group& where, const term& key) {
  auto [found, is_new] = where.entries.try_emplace(key);
  if (is_new)
    entries_.fetch_add(1, std::memory_order_release);
  return found->second;
}

void seat_table::drop_if_unused(group& where, const term& key) {
  auto found = where.entries.find(key);
  if (found->second.seated > 0 || found->second.detours > 0 || found->second.now != state::vacant)
    return;
  where.entries.erase(found);
  entries_.fetch_sub(1, std::memory_order_release);
}

void seat_table::leave(const stay& ended) noexcept {
  auto& where = group_of(ended.key_);
  std::lock_guard guard{where.mutex};
  const auto seated = ended.seat_ && passivating_;
  if (!seated && !ended.detour_)
    return; // then there need not be an entry
  auto& left = where.entries.find(ended.key_)->second;
  if (ended.detour_)
    --left.detours;
  if (seated) {
    --left.seated;
    left.last_use = now_();
  }
  drop_if_unused(where, ended.key_);
}

} // namespace lockstep
