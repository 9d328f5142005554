#pragma once

#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <vector>

namespace lockstep::test {

/// Branching bisimilarity straight from its definition, as the greatest fixpoint over all pairs of
/// states: `s` and `t` are related if each step `s -a-> s'` is answered, either by standing still
/// (if `a` is internal and `s'` is related to `t`) or by internal steps to some `u` that is related
/// to `s`, followed by `u -a-> t'` with `s'` and `t'` related; and the other way round. Slow, for
/// small systems.
class naive_branching_bisimulation {
public:
  explicit naive_branching_bisimulation(const lts& system)
      : system_(system),
        count_(system.state_count),
        related_(count_ * count_, true),
        internally_(count_ * count_, false) {
    close_internal_steps();
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t s = 0; s < count_; ++s) {
        for (std::size_t t = 0; t < count_; ++t) {
          if (related_[s * count_ + t] && !(answers(t, s) && answers(s, t))) {
            related_[s * count_ + t] = related_[t * count_ + s] = false;
            changed = true;
          }
        }
      }
    }
  }

  [[nodiscard]] bool related(std::size_t s, std::size_t t) const {
    return related_[s * count_ + t];
  }

private:
  void close_internal_steps() {
    for (std::size_t s = 0; s < count_; ++s)
      internally_[s * count_ + s] = true;
    for (const auto& edge : system_.edges) {
      if (edge.action == lts::tau)
        internally_[edge.from * count_ + edge.to] = true;
    }
    for (std::size_t k = 0; k < count_; ++k) {
      for (std::size_t s = 0; s < count_; ++s) {
        for (std::size_t t = 0; t < count_; ++t) {
          if (internally_[s * count_ + k] && internally_[k * count_ + t])
            internally_[s * count_ + t] = true;
        }
      }
    }
  }

  [[nodiscard]] bool answers(std::size_t t, std::size_t s) const {
    for (const auto& step : system_.edges) {
      if (step.from != s || (step.action == lts::tau && related(step.to, t)))
        continue;
      bool answered = false;
      for (const auto& reply : system_.edges) {
        answered = answered
                   || (reply.action == step.action && internally_[t * count_ + reply.from]
                       && related(s, reply.from) && related(step.to, reply.to));
      }
      if (!answered)
        return false;
    }
    return true;
  }

  const lts& system_;
  std::size_t count_;
  std::vector<bool> related_;
  std::vector<bool> internally_;
};

} // namespace lockstep::test
