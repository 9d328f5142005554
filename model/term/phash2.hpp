#pragma once

#include "model/term/term.hpp"

#include <cstdint>

namespace lockstep {

/// `erlang:phash2(Term)`: from 0 to 2^27 - 1, the same on every machine, in every Erlang/OTP
/// release and here. Takes no memory.
///
/// Atoms hash as in P. J. Weinberger's function, all else with the mixing function of Bob Jenkins'
/// "Hash Functions for Hash Table Lookup" (lookup2, 1996), as Erlang/OTP has done since R10B.
[[nodiscard]] std::uint32_t phash2(const term& value) noexcept;

/// `erlang:phash2(Term, Range)`: from 0 to `range` - 1. With 2^32 it is the whole hash.
/// @param range 1 to 2^32
[[nodiscard]] std::uint32_t phash2(const term& value, std::uint64_t range) noexcept;

/// `erlang:phash2({Value}, Range)`, without making the tuple.
[[nodiscard]] std::uint32_t phash2_of_single(const term& value, std::uint64_t range) noexcept;

/// The hashes of pairs of one first element with many second ones: the first is looked at once.
class pair_hash {
public:
  explicit pair_hash(const term& first) noexcept;

  /// `erlang:phash2({First, Second})`
  [[nodiscard]] std::uint32_t with(const term& second) const noexcept;
  [[nodiscard]] std::uint32_t with(std::int64_t second) const noexcept;
  /// `erlang:phash2({First, Second}, Range)`
  /// @param range 1 to 2^32
  [[nodiscard]] std::uint32_t with(std::int64_t second, std::uint64_t range) const noexcept;

private:
  std::uint32_t hash_;
};

} // namespace lockstep
