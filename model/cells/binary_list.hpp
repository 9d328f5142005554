#pragma once

#include "model/failure.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace lockstep {

/// A list of binaries, in Erlang's term order. `["a", "b"]` and `["ab"]` differ, and the empty list
/// is one, too.
struct binary_list {
  std::vector<std::string> parts;

  friend auto operator<=>(const binary_list&, const binary_list&) = default;
};

/// The key of a keyed shard.
using shard_key = binary_list;

/// The key of a cell in a keyed shard.
using cell_key = binary_list;

[[nodiscard]] term to_term(const binary_list& list);

/// @returns `invalid_argument` for a term that is no proper list of binaries.
[[nodiscard]] result<binary_list> to_binary_list(const term& value);

/// As Erlang writes it: `[<<"a">>,<<"b">>]`.
[[nodiscard]] std::string to_text(const binary_list& list);

/// A hash for containers of this process, see `hash_value` of a term.
[[nodiscard]] std::size_t hash_value(const binary_list& list) noexcept;

} // namespace lockstep

template <>
struct std::hash<lockstep::binary_list> {
  std::size_t operator()(const lockstep::binary_list& list) const noexcept {
    return lockstep::hash_value(list);
  }
};
