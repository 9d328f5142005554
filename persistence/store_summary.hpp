#pragma once

#include "model/term/term.hpp"
#include "model/workflow/instance.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// How many instances of a specification are in a state, and what they did.
struct state_count {
  std::string specification;
  std::string state;
  std::uint64_t instances = 0;
  std::uint64_t steps = 0;
  std::uint64_t times_late = 0;

  friend bool operator==(const state_count&, const state_count&) = default;
};

/// A recorded step that its model did not know.
struct deviating_step {
  term identifier;
  std::string specification;
  std::uint64_t number = 0;
  /// The state before; empty if there was none, or none recorded.
  std::string from;
  lockstep::step step;

  friend bool operator==(const deviating_step&, const deviating_step&) = default;
};

/// The deviations of a store: how many, and the first of them by age of instance and step.
struct deviation_list {
  std::uint64_t total = 0;
  std::vector<deviating_step> first;
};

/// What a part of a store holds.
struct store_summary {
  /// In any order.
  std::vector<state_count> states;
  deviation_list deviations;
  /// Where the next part begins; nothing after the last one.
  std::optional<std::uint64_t> next;
};

/// Adds up the parts of a store, in their order.
class summary_sum {
public:
  /// @param max_deviations How many are kept.
  explicit summary_sum(std::size_t max_deviations) : max_deviations_(max_deviations) {}

  void add(store_summary part);

  /// How many deviations of later parts there is room for.
  [[nodiscard]] std::size_t room() const noexcept {
    return max_deviations_ - deviations_.first.size();
  }

  /// In ascending order of specification and state.
  [[nodiscard]] std::vector<state_count> states() const;
  [[nodiscard]] const deviation_list& deviations() const noexcept { return deviations_; }

private:
  std::size_t max_deviations_;
  std::map<std::pair<std::string, std::string>, state_count> states_;
  deviation_list deviations_;
};

} // namespace lockstep
