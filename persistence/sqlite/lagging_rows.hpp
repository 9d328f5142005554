#pragma once

#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/lag_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace lockstep::sqlite {

/// Rows of instances that lag behind their steps.
///
/// A step is appended, which costs little; writing the row of its instance each time would touch
/// another page for each step. So rows may lag. A row together with the steps behind `settled`, a
/// number in the table `store`, says where its instance is: whichever has more steps counts. So
/// nothing has to be written when a store is opened, after a crash neither; the steps behind
/// `settled` are read, see `lag_limits`.
///
/// Rows that lag are written in sweeps: all that lagged when it began, in the order of their
/// numbers, so that rows of one page are written together; a slice of them with each batch. Then
/// `settled` moves to where the sweep began. How far it has come is stored, so that a store goes on
/// with it when it is opened again. A row with a deadline never lags.
class lagging_rows {
public:
  /// Where an instance is: what its row may not say yet.
  struct position {
    /// 0: nowhere but in the row.
    std::uint64_t steps = 0;
    /// `step.seq`.
    std::int64_t last_step = 0;
    /// By its number, see `names`.
    std::int64_t state = 0;
    /// In microseconds.
    std::int64_t last_step_at = 0;
    /// The row is known to lag, and so to have no deadline. Otherwise it may say the same by now.
    bool row_lags = true;
  };

  explicit lagging_rows(const lag_limits& most) : limits_(most) {}

  /// Reads the steps behind `settled`; not within a transaction. The database must outlive this.
  [[nodiscard]] result<void> load(database& db);

  /// What counts instead of the row of an instance, which has so many steps; null: the row does.
  /// Not within a transaction.
  [[nodiscard]] const position* ahead_of(std::uint64_t number, std::uint64_t steps) const;

  // -- within a transaction: either `keep` or `forget_new` ends it --------------------------------

  /// Where an instance is after the changes so far, if its row may not say so.
  [[nodiscard]] const position* find(std::uint64_t number) const;
  /// The row will lag.
  void leave(std::uint64_t number, const position& at);
  /// The row was written, or is gone.
  void forget(std::uint64_t number);
  /// A step was appended. Its number may have been that of a deleted one.
  void appended(std::int64_t seq);
  /// Once a batch, behind its changes: writes some rows if a sweep is on, and counts the batch.
  [[nodiscard]] result<void> settle_some();

  /// The transaction was committed. Cannot fail, since nobody could undo it.
  void keep() noexcept;
  /// The transaction was rolled back.
  void forget_new() noexcept;

private:
  using positions = std::unordered_map<std::uint64_t, position>;

  /// Where an instance was before a change. Elements of the map stay where they are.
  struct earlier {
    positions::value_type* known;
    position at;
  };

  void change(positions::value_type& known, const position& at);
  /// Drops positions that have no steps any more.
  void drop_emptied() noexcept;
  /// Makes room for the sweep that `keep` may begin.
  void prepare_sweep();
  void begin_sweep_if_due() noexcept;
  /// @pre There is room. @param after Only rows with larger numbers.
  void plan_sweep(std::uint64_t after) noexcept;
  /// The number of the last row that was swept, after so many; 0: none.
  [[nodiscard]] std::uint64_t last_swept(std::size_t count) const;

  lag_limits limits_;
  statement write_row_;
  statement count_batch_;

  positions positions_;
  /// The rows of all instances are right but for the steps behind this one.
  std::int64_t settled_ = 0;
  std::int64_t last_step_ = 0;

  bool sweeping_ = false;
  /// The numbers of what lagged when the sweep began, or when it was gone on with; there may be
  /// none.
  std::vector<std::uint64_t> sweep_;
  std::size_t swept_ = 0;
  /// Where it was gone on with.
  std::uint64_t swept_before_ = 0;
  /// The last step when the sweep began, or the one before the smallest that was appended since.
  std::int64_t sweep_from_ = 0;

  /// Of the transaction: what it changed, oldest first.
  std::vector<earlier> undo_;
  /// Numbers of all positions that it leaves without steps, and perhaps of others.
  std::vector<std::uint64_t> emptied_;
  std::int64_t new_settled_ = 0;
  std::int64_t new_last_step_ = 0;
  std::size_t new_steps_ = 0;
  std::size_t newly_swept_ = 0;
};

} // namespace lockstep::sqlite
