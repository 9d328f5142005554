#include "persistence/residents.hpp"

#include <utility>

namespace lockstep {

namespace {

constexpr std::size_t first_slots = 16;

const term& nil() {
  static const term value{atom{"nil"}};
  return value;
}

void fill(resident& one, const stored_instance& from, name_ids& names) {
  const auto& head = from.head;
  one.identifier = head.identifier;
  one.meta = head.meta == nil() ? nullptr : std::make_unique<const term>(head.meta);
  one.number = from.number;
  one.step_count = head.step_count;
  one.last_step_at = head.last_step_at;
  one.deadline = from.deadline;
  one.specification = names.of(head.specification);
  one.state = names.of(head.current_state);
  one.times_late = static_cast<std::uint32_t>(from.times_late);
  one.is_deleted = false;
}

} // namespace

residents::residents() { clear(); }

void residents::clear() {
  entries_.clear();
  entries_.emplace_back(); // the ring refers to itself: place 0
  free_.clear();
  slots_.assign(first_slots, none);
  size_ = 0;
}

resident* residents::find(const term& identifier) {
  const auto found = slots_[slot_of(identifier)];
  if (found == none)
    return nullptr;
  if (entries_.front().less_recent_ != found) {
    unlink(found);
    link_first(found);
  }
  return &entries_[found];
}

resident& residents::add(const stored_instance& known) {
  if (2 * (size_ + 1) > slots_.size())
    grow();
  place made = none;
  if (free_.empty()) {
    made = static_cast<place>(entries_.size());
    entries_.emplace_back();
  } else {
    made = free_.back();
    free_.pop_back();
  }
  auto& one = entries_[made];
  fill(one, known, names_);
  slots_[slot_of(one.identifier)] = made;
  link_first(made);
  ++size_;
  return one;
}

void residents::replace(resident& known, const stored_instance& other) {
  fill(known, other, names_);
}

void residents::forget_deleted(const term& identifier) {
  const auto found = slots_[slot_of(identifier)];
  if (found != none && entries_[found].is_deleted)
    erase(found);
}

void residents::shrink_to(std::size_t limit) {
  while (size_ > limit)
    erase(entries_.front().more_recent_);
}

void residents::drop_deadlines(timestamp until) {
  for (auto& one : entries_)
    if (one.deadline && *one.deadline <= until)
      one.deadline.reset();
}

instance_head residents::head_of(const resident& one) const {
  return {specification_of(one), one.identifier, one.meta ? *one.meta : nil(),
          state_of(one),         one.step_count, one.last_step_at};
}

stored_instance residents::instance_of(const resident& one) const {
  return {head_of(one), one.deadline, one.times_late, one.number};
}

// -- the table ------------------------------------------------------------------------------------

std::size_t residents::home_of(const term& identifier) const {
  // The low bits of the hash are much the same within a shard, since they have chosen it.
  const auto spread = std::uint64_t{hash_value(identifier)} * 0x9E37'79B9'7F4A'7C15;
  return static_cast<std::size_t>(spread >> 32) & (slots_.size() - 1);
}

std::size_t residents::slot_of(const term& identifier) const {
  const auto mask = slots_.size() - 1;
  auto slot = home_of(identifier);
  while (slots_[slot] != none && entries_[slots_[slot]].identifier != identifier)
    slot = (slot + 1) & mask;
  return slot;
}

void residents::grow() {
  auto before = std::exchange(slots_, std::vector<place>(2 * slots_.size(), none));
  for (auto entry : before)
    if (entry != none)
      slots_[slot_of(entries_[entry].identifier)] = entry;
}

void residents::erase(place gone) {
  const auto mask = slots_.size() - 1;
  auto hole = slot_of(entries_[gone].identifier);
  // What was put behind the hole since its own slot was taken moves up.
  for (auto next = (hole + 1) & mask; slots_[next] != none; next = (next + 1) & mask) {
    const auto home = home_of(entries_[slots_[next]].identifier);
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      slots_[hole] = slots_[next];
      hole = next;
    }
  }
  slots_[hole] = none;
  unlink(gone);
  entries_[gone] = resident{};
  free_.push_back(gone);
  --size_;
}

void residents::link_first(place entry) {
  auto& ring = entries_.front();
  entries_[entry].more_recent_ = none;
  entries_[entry].less_recent_ = ring.less_recent_;
  entries_[ring.less_recent_].more_recent_ = entry;
  ring.less_recent_ = entry;
}

void residents::unlink(place entry) {
  const auto& one = entries_[entry];
  entries_[one.more_recent_].less_recent_ = one.less_recent_;
  entries_[one.less_recent_].more_recent_ = one.more_recent_;
}

} // namespace lockstep
