#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// An instance as the store knows it, without its history.
struct stored_instance {
  instance_head head;
  /// When it becomes late; nothing if it has no deadline or was reported already.
  std::optional<timestamp> deadline;
  /// How often it was late.
  std::uint64_t times_late = 0;
  /// What its store calls it, from 1 in the order in which instances come into being, never used
  /// twice; 0 outside of a store. Where an instance is kept is no part of what it is.
  std::uint64_t number = 0;

  friend bool operator==(const stored_instance& lhs, const stored_instance& rhs) {
    return lhs.head == rhs.head && lhs.deadline == rhs.deadline && lhs.times_late == rhs.times_late;
  }
};

/// An instance that becomes late at a time.
struct due_instance {
  timestamp at;
  /// Of the instance in its store.
  std::uint64_t number = 0;
  term identifier;

  friend bool operator==(const due_instance&, const due_instance&) = default;
};

/// A place in the order of deadlines; those of one time are in the order of their numbers.
struct deadline_position {
  timestamp at = timestamp::min();
  std::uint64_t number = 0;

  friend auto operator<=>(const deadline_position&, const deadline_position&) = default;
};

/// With what a step's request was answered, whatever its policy says when it is repeated. Part of
/// the format on disk.
enum class step_reply {
  /// A version recorded it that did not keep that.
  not_kept = 0,
  receipt = 1,
  /// The error of its verdict.
  error = 2,
};

/// What an operation id stands for: a step, or a call that makes none.
struct recorded_operation {
  /// In the place of a step's number: a call about one instance that made no step. Of which kind it
  /// was, unless a version recorded it that did not keep that; and whether it found nothing to do.
  /// Part of the format on disk.
  static constexpr std::uint64_t had_no_effect = std::uint64_t{1} << 62U;
  static constexpr std::uint64_t deletion = std::uint64_t{1} << 61U;
  static constexpr std::uint64_t release = std::uint64_t{1} << 60U;
  static constexpr std::uint64_t mock = std::uint64_t{1} << 59U;

  /// Without a step: 0, or some of the above. Of a call about many instances: how many it was
  /// about.
  std::uint64_t step_number = 0;
  verdict outcome = verdict::conforms;
  /// Whose step it was, or `call_about_many`; nothing if it was recorded by a version that did not
  /// keep it.
  std::optional<term> identifier{};
  /// Of a step.
  step_reply answered = step_reply::not_kept;

  /// Of an operation about one instance.
  [[nodiscard]] bool made_step() const noexcept { return step_number != 0 && step_number < mock; }
  /// Of an operation about one instance: may it have been a call of this kind? 0: of any.
  [[nodiscard]] bool may_be(std::uint64_t kind) const noexcept {
    const auto known = step_number & (deletion | release | mock);
    return !made_step() && (known == 0 || kind == 0 || known == kind);
  }

  friend bool operator==(const recorded_operation&, const recorded_operation&) = default;
};

/// Stands for the instance in an operation that is about none, or about many. No instance can have
/// this identifier by accident.
[[nodiscard]] inline const term& call_about_many() {
  static const term mark = term::tuple({atom{"lockstep"}, atom{"call_about_many"}});
  return mark;
}

/// An operation as a store remembers it.
struct stored_operation {
  std::string id;
  recorded_operation recorded;
  /// When it was recorded.
  timestamp at;

  friend bool operator==(const stored_operation&, const stored_operation&) = default;
};

} // namespace lockstep
