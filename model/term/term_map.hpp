#pragma once

#include "model/term/packed_key.hpp"
#include "model/term/term.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lockstep {

/// A hash map from terms for tables that are read far more often than they are written.
///
/// Beside the value of a key there is a word that can be had from one cache line, in most cases,
/// without a look at the value or at the key's term. References to values and words end with the
/// next change.
template <class Value, class Word>
class term_map {
public:
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// The word of a key; null if the key is not there. @param packed The key, as `pack` returns it.
  [[nodiscard]] const Word* find_word(const term& key, const packed_key& packed) const noexcept {
    const auto* found = cell_of(key, packed);
    return found == nullptr ? nullptr : &found->word;
  }

  [[nodiscard]] const Value* find(const term& key) const noexcept {
    const auto* found = cell_of(key, pack(key));
    return found == nullptr ? nullptr : &entries_[found->entry - 1].value;
  }
  [[nodiscard]] Value* find(const term& key) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(key));
  }

  /// The value of a key, made anew if there was none.
  Value& operator[](const term& key) {
    if (auto* found = find(key))
      return *found;
    if (2 * (entries_.size() + 1) > cells_.size())
      grow();
    const auto packed = pack(key);
    entries_.push_back({key, packed.hash, Value{}});
    cells_[free_place(packed.hash)] = {packed.content, Word{}, packed.hash,
                                       static_cast<std::uint32_t>(entries_.size())};
    return entries_.back().value;
  }

  /// @pre The key is there.
  void set_word(const term& key, Word word) noexcept {
    const_cast<cell*>(cell_of(key, pack(key)))->word = word;
  }

  void erase(const term& key) {
    const auto* found = cell_of(key, pack(key));
    if (found == nullptr)
      return;
    const auto gone = static_cast<std::size_t>(found - cells_.data());
    const auto number = found->entry;
    if (number != entries_.size()) {
      // The last entry takes the place that becomes free.
      auto& last = entries_.back();
      auto at = last.hash & mask();
      while (cells_[at].entry != entries_.size())
        at = (at + 1) & mask();
      cells_[at].entry = number;
      entries_[number - 1] = std::move(last);
    }
    entries_.pop_back();
    close_gap(gone);
  }

private:
  struct alignas(64) cell {
    packed_key::words key{};
    Word word{};
    std::uint32_t hash = 0;
    /// The entry's number from 1; 0: none.
    std::uint32_t entry = 0;
  };
  static_assert(sizeof(cell) == 64);

  struct entry {
    term key;
    std::uint32_t hash;
    Value value;
  };

  [[nodiscard]] std::size_t mask() const noexcept { return cells_.size() - 1; }

  [[nodiscard]] const cell* cell_of(const term& key, const packed_key& packed) const noexcept {
    if (entries_.empty())
      return nullptr;
    for (auto at = packed.hash & mask(); cells_[at].entry != 0; at = (at + 1) & mask())
      if (cells_[at].hash == packed.hash && same_words(cells_[at].key, packed.content)
          && (packed.fits() || entries_[cells_[at].entry - 1].key == key))
        return &cells_[at];
    return nullptr;
  }

  [[nodiscard]] std::size_t free_place(std::uint32_t hash) const noexcept {
    auto at = hash & mask();
    while (cells_[at].entry != 0)
      at = (at + 1) & mask();
    return at;
  }

  /// Moves later cells up so that a search never ends before its key.
  void close_gap(std::size_t gap) noexcept {
    for (auto at = (gap + 1) & mask(); cells_[at].entry != 0; at = (at + 1) & mask()) {
      const auto home = cells_[at].hash & mask();
      // Distances go round the end of the array.
      if (((at - home) & mask()) < ((at - gap) & mask()))
        continue;
      cells_[gap] = cells_[at];
      gap = at;
    }
    cells_[gap] = {};
  }

  void grow() {
    constexpr std::size_t least = 16;
    auto former =
        std::exchange(cells_, std::vector<cell>(cells_.empty() ? least : 2 * cells_.size()));
    for (const auto& one : former)
      if (one.entry != 0)
        cells_[free_place(one.hash)] = one;
  }

  /// A power of two, at least twice as many as entries.
  std::vector<cell> cells_;
  std::vector<entry> entries_;
};

} // namespace lockstep
