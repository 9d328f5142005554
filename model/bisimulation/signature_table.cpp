#include "model/bisimulation/signature_table.hpp"

#include "model/bisimulation/signature_hash.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace lockstep {

namespace {

constexpr auto empty = std::numeric_limits<std::uint32_t>::max();

} // namespace

void signature_table::reserve(std::size_t signatures, std::size_t pairs) {
  begin_.reserve(signatures + 1);
  pairs_.reserve(pairs);
}

void signature_table::clear(std::size_t most) {
  pairs_.clear();
  begin_.resize(1);
  slots_.assign(std::bit_ceil(most + most / 2 + 1), empty);
}

std::uint32_t signature_table::number_of(signature pairs) {
  const auto last_slot = slots_.size() - 1;
  auto slot = signature_hash(pairs) & last_slot;
  for (; slots_[slot] != empty; slot = (slot + 1) & last_slot) {
    if (std::ranges::equal((*this)[slots_[slot]], pairs))
      return slots_[slot];
  }
  const auto number = static_cast<std::uint32_t>(begin_.size() - 1);
  slots_[slot] = number;
  pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
  begin_.push_back(static_cast<std::uint32_t>(pairs_.size()));
  return number;
}

} // namespace lockstep
