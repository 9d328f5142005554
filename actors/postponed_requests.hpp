#pragma once

#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/workflow/judgement.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// The requests of a shard that wait for larger checks, and those that wait behind them since they
/// are about the same instances. Requests about an instance keep their order; one about several
/// waits until it is the first of each of them.
///
/// Decides who waits for what, and leaves it to its owner to have questions answered.
class postponed_requests {
public:
  struct request {
    /// Whom it is about; none twice.
    std::vector<term> instances;
    /// What is to be answered before: asked whenever its turn comes, since much may have changed.
    std::function<std::vector<question>()> questions;
    std::function<void()> handle;
    std::function<void(const failure& reason)> refuse;
  };

  /// How often a request may have questions after those before were answered: models may change,
  /// and only so many answers are remembered.
  static constexpr int max_rounds = 10;

  /// Must a request about this instance wait?
  [[nodiscard]] bool concerns(const term& instance) const { return queues_.contains(instance); }

  /// Takes a request in. @param open What is to be answered before, unless others are before it.
  void add(request postponed, const std::vector<question>& open);

  /// The question that has been waiting longest; nothing if there is none.
  [[nodiscard]] std::optional<question> first_question() const;

  /// The question has been answered, or it is out of date: whoever waits for nothing else can go
  /// on.
  void answered(const question& asked);

  /// Nobody can answer it: refuses those who wait for it.
  void failed(const question& asked, const failure& reason);

  /// Handles requests that can go on, at most as many. @returns whether there are more.
  bool resume(std::size_t limit);

  void refuse_all(const failure& reason);

private:
  /// In order of arrival.
  using number = std::uint64_t;

  struct entry {
    request postponed;
    std::size_t unanswered = 0;
    int rounds = 0;
  };

  /// Questions about the same systems and step are one.
  struct by_subject {
    bool operator()(const question& lhs, const question& rhs) const;
  };

  void wait_for(number waiting, const std::vector<question>& open);
  /// Who waits for the question; it is forgotten.
  std::vector<number> take(const question& asked);
  /// Takes the request out; those behind it may be next.
  request finish(number done);
  [[nodiscard]] bool is_first(const entry& candidate, number own) const;

  number last_ = 0;
  std::map<number, entry> entries_;
  /// Of each instance, the requests about it.
  std::unordered_map<term, std::deque<number>> queues_;
  /// Requests that wait for nothing.
  std::set<number> ready_;

  std::map<question, std::vector<number>, by_subject> waiting_;
  std::deque<question> order_;
};

} // namespace lockstep
