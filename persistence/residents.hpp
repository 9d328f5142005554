#pragma once

#include "model/term/term.hpp"
#include "persistence/stored_instance.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

namespace lockstep {

/// The instances that a shard has in memory, the most recently used ones.
class residents {
public:
  /// What is known of an instance: an inner nothing means that it was deleted; an outer one that
  /// the store must be asked.
  [[nodiscard]] std::optional<std::optional<stored_instance>> find(const term& identifier);

  void keep(const term& identifier, std::optional<stored_instance> state);

  /// Deletions need no remembering once the store knows of them.
  void forget_deleted(const term& identifier);

  /// Drops the least recently used ones until at most so many are left. Only while the store has
  /// everything.
  void shrink_to(std::size_t limit);

  void clear();

  /// Ends the deadlines up to a time.
  void drop_deadlines(timestamp until);

private:
  struct entry {
    std::optional<stored_instance> state;
    std::list<term>::iterator recency;
  };
  std::unordered_map<term, entry> entries_;
  /// Most recently used first.
  std::list<term> recency_;
};

} // namespace lockstep
