#pragma once

/// How a list is divided among the shards.

#include "actors/types.hpp"
#include "model/failure.hpp"
#include "model/routing/shard_layout.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lockstep {

/// What of a list is one shard's.
struct list_part {
  std::uint32_t shard = 0;
  /// Where in the list, ascending; at least one.
  std::vector<std::size_t> places;
};

/// @param identifier_of Of an element of the list. @returns one part for each shard that has any,
/// in the order of the shards.
template <class T, class F>
std::vector<list_part> parts_of(const std::vector<T>& list, const shard_layout& layout,
                                F identifier_of) {
  std::vector<list_part> parts(layout.shards);
  for (std::uint32_t shard = 1; shard <= layout.shards; ++shard)
    parts[shard - 1].shard = shard;
  for (std::size_t i = 0; i < list.size(); ++i)
    parts[layout.shard_of(identifier_of(list[i])) - 1].places.push_back(i);
  std::erase_if(parts, [](const list_part& one) { return one.places.empty(); });
  return parts;
}

inline std::vector<list_part> parts_of(const std::vector<step_report>& steps,
                                       const shard_layout& layout) {
  return parts_of(steps, layout,
                  [](const step_report& one) -> const term& { return one.identifier; });
}

/// The steps of a part.
inline std::vector<const step_report*> steps_of(const std::vector<step_report>& list,
                                                const list_part& part) {
  std::vector<const step_report*> own;
  own.reserve(part.places.size());
  for (const auto place : part.places)
    own.push_back(&list[place]);
  return own;
}

/// Puts what a shard answered to its part where the whole list's answers are.
inline void put_answers(std::vector<step_answer>& whole, const list_part& part,
                        result<std::vector<step_answer>> answers) {
  for (std::size_t i = 0; i < part.places.size(); ++i)
    whole[part.places[i]] = answers ? std::move((*answers)[i]) : step_answer{{}, answers.error()};
}

} // namespace lockstep
