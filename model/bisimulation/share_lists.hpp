#pragma once

#include "model/bisimulation/edge_groups.hpp"
#include "model/bisimulation/state_blocks.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep {

/// Which block each share is of, and which shares are queued: those of blocks with new bottom
/// states, by which these have still to be split. Internal to `model/bisimulation/`.
///
/// A share is either queued or in the list of its block, so that nobody who goes through a list
/// comes across shares that are queued already.
class share_lists {
public:
  using share = edge_groups::group;
  using block = state_blocks::block;

  /// The next block, without shares.
  void add_block() { first_.push_back(none); }

  [[nodiscard]] block owner(share s) const noexcept { return info_[s].owner; }

  /// A new share, or one whose number is free again, that is not queued.
  void add(share s, block owner);
  /// A share that was cut off from another one: queued if that is.
  void add_part(share s, share whole, block owner);
  void give(share s, block owner);

  /// @returns how many of the owner's shares were not queued until now.
  std::size_t enqueue_all(block owner);
  /// The share that was queued last; it is in its owner's list again.
  [[nodiscard]] std::optional<share> dequeue();

private:
  static constexpr auto none = edge_groups::none;

  struct share_info {
    block owner;
    /// In the owner's list, unless it is queued.
    share next;
    share previous;
    bool is_queued;
  };

  void link(share s, block owner);
  void unlink(share s);

  std::vector<share_info> info_;
  /// By block.
  std::vector<share> first_;
  std::vector<share> queue_;
};

} // namespace lockstep
