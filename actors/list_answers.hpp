#pragma once

/// How a thread waits for what several shards answer to the parts of a list.

#include "actors/types.hpp"
#include "model/failure.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep {

/// The answers to the parts of a list. Each shard puts its own here, in its own thread, and the
/// thread that waits wakes up once, when all are there; a mailbox would wake it up for each.
class list_answers : public std::enable_shared_from_this<list_answers> {
public:
  explicit list_answers(std::size_t parts) : parts_(parts), missing_(parts) {}

  /// For one part; goes with it to its shard. Each once, and all before anything is awaited.
  [[nodiscard]] std::shared_ptr<answer_slot> slot(std::size_t part);

  /// Waits until all parts are answered, or one comes back unanswered since its shard has gone:
  /// that had no effect.
  /// @returns the parts that came back since the last call. None: the others are answered, or the
  ///          time is over.
  [[nodiscard]] std::vector<std::size_t>
  await_returned(std::chrono::steady_clock::time_point latest);

  /// The answer to a part; nothing if there is none so far. Once.
  [[nodiscard]] std::optional<result<std::vector<step_answer>>> take(std::size_t part);

private:
  friend class answer_slot;

  struct part_state {
    std::optional<result<std::vector<step_answer>>> answer;
    /// And not told yet.
    bool returned = false;
  };

  void put(std::size_t part, result<std::vector<step_answer>> answer);
  void give_back(std::size_t part) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<part_state> parts_;
  /// Neither answered nor returned.
  std::size_t missing_;
  bool any_returned_ = false;
};

/// Where a shard puts its answer to a part of a list. It ends with the message that it came in and
/// the reply that the shard owes, so a part that a shard leaves unanswered is noticed.
class answer_slot {
public:
  answer_slot(std::shared_ptr<list_answers> whole, std::size_t part) noexcept
      : whole_(std::move(whole)), part_(part) {}
  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;
  ~answer_slot();

  /// Once.
  void put(result<std::vector<step_answer>> answer);

private:
  /// Null once the answer is there.
  std::shared_ptr<list_answers> whole_;
  std::size_t part_;
};

} // namespace lockstep
