#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// Refines a partition of states round by round like the definition of branching bisimilarity says,
/// and remembers in which round states were separated. Internal to `model/bisimulation/`.
///
/// Partition 0 is a single block. Two states of a block of partition k stay together in partition
/// k + 1 if they have the same *signature*: the pairs (a, C) of an action and a block of partition
/// k such that internal steps within the block lead to a state with an edge `a` into C; internal
/// edges within the block do not count (Blom and Orzan, STTT 7(1), 2005). The *level* of two states
/// is the first partition in which they are apart.
///
/// `signature_refinement` is for classes and faster, but may separate states in earlier rounds than
/// this definition does; explanations need exactly these levels.
///
/// A round visits only states with an edge into a block that is new, and those that reach one by
/// inert steps. All other states of a block still have the signature that the block had before.
/// The history is a tree of blocks; a round adds only the parts of those that it takes apart.
class refinement_history {
public:
  using level = std::uint32_t;
  static constexpr level never = std::numeric_limits<level>::max();
  /// A node in the tree of blocks.
  using block = std::uint32_t;

  enum class outcome : std::uint8_t { separated, bisimilar, out_of_work };

  /// @pre Every tau edge of `system` leads from a larger state to a smaller one.
  explicit refinement_history(const lts& system);

  /// Refines until the two are apart. What is known about other states then holds up to that level.
  /// @param work Counts down, roughly by the edges looked at and by eight for each pair of a
  /// signature
  ///             that is not shared, so that it limits the memory, too.
  outcome separate(lts::state lhs, lts::state rhs, std::size_t& work);

  /// `never` if they are together in the last partition.
  [[nodiscard]] level level_of(lts::state lhs, lts::state rhs) const;
  /// The block of partition `at` that the state is in.
  [[nodiscard]] block block_at(lts::state state, level at) const;
  /// The block of the last partition.
  [[nodiscard]] block last_block(lts::state state) const { return leaf_[number_of_[state]]; }

private:
  /// Blocks of the present partition are numbered; the largest part keeps the number.
  using number = std::uint32_t;
  /// Ascending pairs of an action and a number.
  using signature = std::vector<std::uint64_t>;
  using shared_signature = std::shared_ptr<const signature>;
  /// An index into the signatures of a round.
  using part = std::uint32_t;

  struct hash_of {
    std::size_t operator()(const signature& pairs) const noexcept;
  };
  struct range {
    lts::state begin;
    lts::state end;
    [[nodiscard]] lts::state size() const noexcept { return end - begin; }
  };
  /// The signatures that a round has come across.
  struct round {
    std::unordered_map<signature, part, hash_of> part_with;
    std::vector<shared_signature> signatures;
  };
  /// A block of some partition. Parents come before their parts.
  struct node {
    block parent;
    /// An ancestor that makes climbing logarithmic (Myers, "An applicative random-access stack",
    /// 1983).
    block jump;
    std::uint32_t depth;
    /// The first partition that it is a block of.
    level since;
  };

  /// @returns whether the partition changed.
  bool refine(std::size_t& work);
  void mark(lts::state state);
  void mark_what_reaches_dirty_states();
  [[nodiscard]] part intern(const shared_signature& known, round& current);
  /// Signs a dirty state whose inert steps' targets are signed.
  /// @param others Of the states of its block that are not dirty.
  [[nodiscard]] part sign(lts::state state, part others, round& current, std::size_t& work);
  void take_apart(std::span<const lts::state> visited, part others, const round& current,
                  std::vector<lts::state>& moved);
  [[nodiscard]] block add_block(block parent);
  void place(lts::state state, lts::state position);
  [[nodiscard]] bool has_others(std::size_t visited, number whole) const {
    return visited != ranges_[whole].size();
  }

  adjacency forward_;
  adjacency backward_;
  std::vector<number> number_of_;
  std::vector<range> ranges_;
  /// By number.
  std::vector<shared_signature> signature_of_;
  /// By number: the present block in the tree.
  std::vector<block> leaf_;
  std::vector<node> tree_;
  level rounds_ = 0;
  /// All states, grouped by number, and the inverse.
  std::vector<lts::state> members_;
  std::vector<lts::state> position_;
  std::vector<bool> is_dirty_;
  std::vector<lts::state> dirty_;
  /// Of states that are dirty, by what they were signed in this round.
  std::vector<part> part_of_;
};

} // namespace lockstep
