#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Numbers signatures, 0, 1, … in order of appearance; all are in one array. Can be used again
/// without giving its memory back. Internal to `model/bisimulation/`.
class signature_table {
public:
  /// Ascending numbers, none twice.
  using signature = std::span<const std::uint64_t>;

  /// Takes memory for signatures at once, in addresses only as long as they are not written.
  void reserve(std::size_t signatures, std::size_t pairs);

  /// Forgets all. @param most How many there may be at most until the next time.
  void clear(std::size_t most);

  /// The signature's number, a new one if it is not known yet.
  [[nodiscard]] std::uint32_t number_of(signature pairs);

  /// Valid until the next `number_of`.
  [[nodiscard]] signature operator[](std::uint32_t number) const noexcept {
    return {pairs_.data() + begin_[number], pairs_.data() + begin_[number + std::size_t{1}]};
  }

private:
  /// Those of all signatures, one after the other.
  std::vector<std::uint64_t> pairs_;
  /// By number, and one more for the end of the last one.
  std::vector<std::uint32_t> begin_{0};
  /// An open hash table of numbers; its size is a power of two.
  std::vector<std::uint32_t> slots_;
};

} // namespace lockstep
