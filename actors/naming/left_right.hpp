#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace lockstep {

/// A number for each thread that asks, from 1.
[[nodiscard]] inline std::size_t number_of_this_thread() noexcept {
  static std::atomic<std::size_t> last{0};
  thread_local std::size_t number = 0; // a constant to begin with, so that access needs no guard
  if (number == 0)
    number = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return number;
}

/// Two copies of a `T`: any number of threads read while one writes, and no reader ever waits.
///
/// After "Left-Right" by Pedro Ramalhete and Andreia Correia (2013): readers announce themselves,
/// each thread on a cache line of its own, and read the copy that is shown. The writer changes the
/// copy that is hidden, shows it, waits until nobody reads the other one any more, and makes the
/// same change there. Who reads sees all of a change or nothing of it.
///
/// One thread writes at a time; that is for the owner to see to. A reader that is slow, or that the
/// system has put to sleep, delays the writer and nobody else. Reading within reading is fine;
/// a writer that waits within reading would wait for itself.
template <class T>
class left_right {
public:
  /// Both copies are made from the same arguments and must be equal.
  template <class... Ts>
  explicit left_right(const Ts&... arguments) : copies_{T(arguments...), T(arguments...)} {}

  left_right(const left_right&) = delete;
  left_right& operator=(const left_right&) = delete;

  // -- for readers --------------------------------------------------------------------------------

  /// Calls `look(const T&)` and returns what it returns. Nothing it refers to within the `T` may be
  /// used afterwards.
  template <class F>
  auto read(F look) const -> std::invoke_result_t<F, const T&> {
    const visit here{places_[number_of_this_thread() % place_count].readers[round_.load()]};
    return look(copies_[shown_.load()]);
  }

  // -- for the one writer -------------------------------------------------------------------------

  /// Calls `edit(T&)` for one copy and then for the other, each while nobody reads it, and waits
  /// for readers in between. It must do the same both times.
  template <class F>
  void write(F edit) {
    wait_until_settled();
    edit(*hidden());
    show(std::move(edit));
    wait_until_settled();
  }

  /// The copy that nobody reads, in the state that is shown; null while somebody still reads what
  /// was shown before. To be changed, and then shown.
  [[nodiscard]] T* hidden() { return settle() ? &copies_[1 - shown_.load()] : nullptr; }

  /// Shows the hidden copy. `repeat(T&)` makes the change to the other one as soon as nobody reads
  /// that any more, and is then destroyed.
  void show(std::function<void(T&)> repeat) {
    repeat_ = std::move(repeat);
    shown_.store(1 - shown_.load());
    left_ = 0;
  }

  /// Brings the hidden copy up to date, if nobody reads it any more. @returns whether it is.
  bool settle() {
    if (!readers_have_left())
      return false;
    if (auto repeat = std::exchange(repeat_, nullptr))
      repeat(copies_[1 - shown_.load()]);
    return true;
  }

private:
  static constexpr std::size_t place_count = 64;
  /// Two lines, since processors fetch lines in pairs.
  static constexpr std::size_t apart = 128;

  /// Threads whose numbers differ by a multiple of `place_count` share one, and only lose time.
  struct alignas(apart) place {
    /// How many read, by the round in which they came.
    mutable std::array<std::atomic<std::uint32_t>, 2> readers{};
  };

  class visit {
  public:
    explicit visit(std::atomic<std::uint32_t>& readers) noexcept : readers_(readers) {
      // In one order with the writer's change of what is shown: either the writer sees this reader,
      // or this reader sees the change.
      readers_.fetch_add(1, std::memory_order_seq_cst);
    }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
    ~visit() { readers_.fetch_sub(1, std::memory_order_release); }

  private:
    std::atomic<std::uint32_t>& readers_;
  };

  /// Nobody who came in that round is still there.
  [[nodiscard]] bool empty(std::size_t round) const {
    for (const auto& one : places_)
      if (one.readers[round].load() != 0)
        return false;
    return true;
  }

  /// Has everybody left who may read what was shown before? Readers who come are put into the other
  /// round than those who are waited for, so they cannot keep the writer waiting for ever.
  [[nodiscard]] bool readers_have_left() {
    for (; left_ < 2; ++left_) {
      const auto next = 1 - round_.load();
      if (!empty(next))
        return false;
      round_.store(next);
    }
    return true;
  }

  void wait_until_settled() {
    while (!settle())
      std::this_thread::yield();
  }

  std::array<T, 2> copies_;
  alignas(apart) std::atomic<std::size_t> shown_{0};
  std::atomic<std::size_t> round_{0};
  std::array<place, place_count> places_;
  /// How many of the two rounds have been seen empty since the copies were switched.
  alignas(apart) int left_ = 2;
  /// The change that the hidden copy has not seen yet.
  std::function<void(T&)> repeat_;
};

} // namespace lockstep
