#pragma once

#include "model/bisimulation/lts.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// A partition of the states of a system into blocks that can be divided. The states of a block are
/// neighbours in one array; its *bottom* states, those without an internal step to a state of their
/// block, come first. Internal to `model/bisimulation/`.
class state_blocks {
public:
  using block = std::uint32_t;

  /// One block; no state is a bottom state yet.
  explicit state_blocks(lts::state count);

  [[nodiscard]] block of(lts::state s) const noexcept { return block_of_[s]; }
  [[nodiscard]] block count() const noexcept { return static_cast<block>(ranges_.size()); }
  [[nodiscard]] lts::state size(block b) const noexcept {
    return ranges_[b].end - ranges_[b].begin;
  }
  [[nodiscard]] std::span<const lts::state> bottoms(block b) const noexcept {
    return {members_.data() + ranges_[b].begin, members_.data() + ranges_[b].bottom_end};
  }

  void make_bottom(lts::state s);
  /// Makes these bottom states the first ones of their block. @pre No state occurs twice.
  void to_front(block b, std::span<const lts::state> bottoms);
  /// Makes a new block of some states of a block, not all of them; time in proportion to them.
  block split_off(block b, std::span<const lts::state> states);

private:
  struct bounds {
    lts::state begin;
    lts::state bottom_end;
    lts::state end;
  };

  [[nodiscard]] bool is_bottom(lts::state s) const noexcept {
    return position_[s] < ranges_[block_of_[s]].bottom_end;
  }
  void swap_to(lts::state s, lts::state position) noexcept;

  std::vector<lts::state> members_;
  /// The inverse of `members_`.
  std::vector<lts::state> position_;
  std::vector<block> block_of_;
  std::vector<bounds> ranges_;
};

} // namespace lockstep
