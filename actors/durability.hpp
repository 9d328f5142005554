#pragma once

namespace lockstep {

/// What an answer to a request that changes instances says.
enum class durability {
  /// The change is on disk.
  commit,
  /// The change was made in memory, and will be on disk within the `commit_interval`. Should the
  /// process or the shard end before, other than by an orderly stop, or the store fail, then what
  /// was answered since the last commit is lost: the instances are as they were at that commit.
  async,
};

} // namespace lockstep
