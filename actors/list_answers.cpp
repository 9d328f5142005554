#include "actors/list_answers.hpp"

namespace lockstep {

std::shared_ptr<answer_slot> list_answers::slot(std::size_t part) {
  return std::make_shared<answer_slot>(shared_from_this(), part);
}

std::vector<std::size_t>
list_answers::await_returned(std::chrono::steady_clock::time_point latest) {
  std::unique_lock lock{mutex_};
  (void)changed_.wait_until(lock, latest, [this] { return missing_ == 0 || any_returned_; });
  std::vector<std::size_t> returned;
  if (std::exchange(any_returned_, false))
    for (std::size_t part = 0; part < parts_.size(); ++part)
      if (std::exchange(parts_[part].returned, false))
        returned.push_back(part);
  return returned;
}

std::optional<result<std::vector<step_answer>>> list_answers::take(std::size_t part) {
  const std::lock_guard lock{mutex_};
  return std::exchange(parts_[part].answer, std::nullopt);
}

void list_answers::put(std::size_t part, result<std::vector<step_answer>> answer) {
  {
    const std::lock_guard lock{mutex_};
    parts_[part].answer = std::move(answer);
    if (--missing_ > 0)
      return;
  }
  changed_.notify_one();
}

void list_answers::give_back(std::size_t part) noexcept {
  {
    const std::lock_guard lock{mutex_};
    --missing_;
    parts_[part].returned = true;
    any_returned_ = true;
  }
  changed_.notify_one();
}

answer_slot::~answer_slot() {
  if (whole_)
    whole_->give_back(part_);
}

void answer_slot::put(result<std::vector<step_answer>> answer) {
  std::exchange(whole_, nullptr)->put(part_, std::move(answer));
}

} // namespace lockstep
