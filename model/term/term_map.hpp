#pragma once

#include "model/term/term.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

/// A hash map from terms for tables that are read far more often than they are written.
///
/// A look-up touches one word of a small array, in most cases, and then one cache line with the key
/// and the beginning of the value: what is read with the key should be the first of the `Value`.
/// References to values end with the next `insert` or `erase`.
template <class Value>
class term_map {
public:
  struct alignas(64) entry {
    term key;
    std::uint32_t hash;
    Value value;
  };

  [[nodiscard]] static std::uint32_t hash_of(const term& key) noexcept {
    return static_cast<std::uint32_t>(hash_value(key));
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  [[nodiscard]] const Value* find(const term& key) const noexcept {
    return find(key, hash_of(key));
  }
  /// @param hash Of the key, as `hash_of` has it.
  [[nodiscard]] const Value* find(const term& key, std::uint32_t hash) const noexcept {
    if (entries_.empty())
      return nullptr;
    const auto number = slots_[slot_of(key, hash)].entry;
    return number == 0 ? nullptr : &entries_[number - 1].value;
  }
  [[nodiscard]] Value* find(const term& key) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(key));
  }

  /// The value of a key, made anew if there was none.
  Value& operator[](const term& key) {
    if (2 * (entries_.size() + 1) > slots_.size())
      grow();
    const auto hash = hash_of(key);
    auto& place = slots_[slot_of(key, hash)];
    if (place.entry == 0) {
      entries_.push_back({key, hash, Value{}});
      place = {hash, static_cast<std::uint32_t>(entries_.size())};
    }
    return entries_[place.entry - 1].value;
  }

  void erase(const term& key) {
    if (entries_.empty())
      return;
    const auto gone = slot_of(key, hash_of(key));
    const auto number = slots_[gone].entry;
    if (number == 0)
      return;
    if (number != entries_.size()) {
      // The last entry takes the place that becomes free.
      auto& last = entries_.back();
      slots_[slot_of(last.key, last.hash)].entry = number;
      entries_[number - 1] = std::move(last);
    }
    entries_.pop_back();
    close_gap(gone);
  }

  [[nodiscard]] auto begin() const noexcept { return entries_.begin(); }
  [[nodiscard]] auto end() const noexcept { return entries_.end(); }

private:
  struct slot {
    std::uint32_t hash = 0;
    /// The entry's number from 1; 0: none.
    std::uint32_t entry = 0;
  };

  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }

  /// The slot of a key, or the free one where it belongs.
  [[nodiscard]] std::size_t slot_of(const term& key, std::uint32_t hash) const noexcept {
    auto at = hash & mask();
    while (slots_[at].entry != 0
           && (slots_[at].hash != hash || !(entries_[slots_[at].entry - 1].key == key)))
      at = (at + 1) & mask();
    return at;
  }

  /// Moves later slots up so that a search never ends before its key.
  void close_gap(std::size_t gap) noexcept {
    for (auto at = (gap + 1) & mask(); slots_[at].entry != 0; at = (at + 1) & mask()) {
      const auto home = slots_[at].hash & mask();
      // Distances go round the end of the array.
      if (((at - home) & mask()) < ((at - gap) & mask()))
        continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = {};
  }

  void grow() {
    constexpr std::size_t least = 16;
    slots_.assign(slots_.empty() ? least : 2 * slots_.size(), {});
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      auto at = entries_[i].hash & mask();
      while (slots_[at].entry != 0)
        at = (at + 1) & mask();
      slots_[at] = {entries_[i].hash, i + 1};
    }
  }

  /// A power of two, at least twice as many as entries.
  std::vector<slot> slots_;
  std::vector<entry> entries_;
};

} // namespace lockstep
