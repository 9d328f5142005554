#pragma once

#include "model/term/term.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// Which way messages go to the workers of a fleet, key by key: straight to the worker, or by way
/// of the keeper, who starts and ends workers.
///
/// Two promises rest on it. Messages of one sender to one key arrive in their order: while some of
/// them are on the detour, later ones take it, too; it ends when the message is in the mailbox. And
/// no message is sent to a worker that is being ended for idleness: whoever sends straight takes
/// the worker's seat until the message is in the mailbox, or the call answered, and only a seat
/// that nobody has is closed.
///
/// Thread-safe, with a lock for each of many groups of keys. Entries exist while there is a worker
/// or a message on its way; without `passivating` only while there are detours, and a message then
/// costs one look at a counter.
class seat_table : public std::enable_shared_from_this<seat_table> {
public:
  using clock = std::chrono::steady_clock;

  /// A message's way: ends with this object, wherever that is dropped. A detour may become a seat.
  class stay {
  public:
    stay(const stay&) = delete;
    stay& operator=(const stay&) = delete;
    ~stay();

  private:
    friend class seat_table;
    stay(std::shared_ptr<seat_table> table, term key, bool seat) noexcept
        : table_(std::move(table)), key_(std::move(key)), seat_(seat), detour_(!seat) {}

    std::shared_ptr<seat_table> table_;
    term key_;
    // Guarded by the key's group; both while the message is put into the mailbox.
    mutable bool seat_;
    mutable bool detour_;
    mutable bool given_up_ = false;
  };
  using stay_ptr = std::shared_ptr<const stay>;

  struct way {
    /// Straight to the worker; else by way of the keeper.
    bool straight = false;
    /// For as long as the message is on its way. Null if nobody needs to know.
    stay_ptr on_it;
  };

  /// @param passivating Whether seats are ever closed. @param now Called by any thread.
  explicit seat_table(bool passivating, std::function<clock::time_point()> now = clock::now)
      : passivating_(passivating), now_(std::move(now)) {}

  // -- for senders --------------------------------------------------------------------------------

  /// The way of a message to that key.
  [[nodiscard]] way enter(const term& key);

  /// The straight way led to no worker: its message takes the detour.
  [[nodiscard]] stay_ptr divert(const term& key);

  /// The sender waits no longer. @returns whether its message is still on the detour; it will not
  /// be sent to a worker then.
  [[nodiscard]] bool give_up(const stay& on_it);

  // -- for the keeper alone -----------------------------------------------------------------------

  /// There is a worker now.
  void open(const term& key);
  /// There is none any more.
  void vacate(const term& key);
  /// Its worker is to end, whoever has a seat: no message goes straight any more.
  void close(const term& key);
  /// Closes the open seats that nobody has or is on the way to, nor had within that time.
  [[nodiscard]] std::vector<term> close_idle(clock::duration idle);
  /// Is its worker being ended?
  [[nodiscard]] bool is_closed(const term& key);
  /// The keys that have an entry.
  [[nodiscard]] std::vector<term> keys();
  /// Gives a message on the detour a seat, too, whatever else is on its way: it is about to be put
  /// into the worker's mailbox. @returns false if the sender has given it up.
  [[nodiscard]] bool seat(const stay& on_it);
  /// It is in the mailbox: its detour is over.
  void arrived(const stay& on_it);

  /// How many keys have an entry.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.load(); }

private:
  enum class state : std::uint8_t { vacant, open, closed };
  struct entry {
    std::uint32_t seated = 0;
    std::uint32_t detours = 0;
    state now = state::vacant;
    clock::time_point last_use;
  };
  struct alignas(64) group {
    std::mutex mutex;
    std::unordered_map<term, entry> entries;
  };

  group& group_of(const term& key) noexcept { return groups_[hash_value(key) % groups_.size()]; }
  entry& entry_in(group& where, const term& key);
  void drop_if_unused(group& where, const term& key);
  void leave(const stay& ended) noexcept;
  stay_ptr make_stay(const term& key, bool seat) {
    return stay_ptr{new stay{shared_from_this(), key, seat}};
  }

  const bool passivating_;
  const std::function<clock::time_point()> now_;
  std::atomic<std::size_t> entries_{0};
  std::array<group, 64> groups_;
};

} // namespace lockstep
