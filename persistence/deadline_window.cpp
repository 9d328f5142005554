#include "persistence/deadline_window.hpp"

#include <iterator>
#include <utility>

namespace lockstep {

void deadline_window::add(due_instance due) {
  if (horizon_ && *horizon_ <= position(due))
    return;
  due_.insert(std::move(due));
  if (due_.size() <= 2 * capacity_)
    return;
  // The later half goes back to where the store alone knows it.
  auto kept = std::next(due_.begin(), static_cast<std::ptrdiff_t>(capacity_));
  horizon_ = position(*kept);
  due_.erase(kept, due_.end());
}

void deadline_window::remove(const deadline_position& over) {
  due_.erase(due_instance{over.at, over.number, {}});
}

std::optional<timestamp> deadline_window::next() const {
  if (!due_.empty())
    return due_.begin()->at;
  return horizon_ ? std::optional{horizon_->at} : std::nullopt;
}

void deadline_window::refill(std::vector<due_instance> read) {
  if (read.size() < capacity_) {
    horizon_.reset();
  } else {
    horizon_ = deadline_position{read.back().at, read.back().number + 1};
  }
  due_.insert(std::make_move_iterator(read.begin()), std::make_move_iterator(read.end()));
}

void deadline_window::reset() {
  due_.clear();
  horizon_ = deadline_position{};
}

} // namespace lockstep
