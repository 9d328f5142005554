#pragma once

#include "persistence/change.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/lagging_rows.hpp"
#include "persistence/sqlite/names.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lockstep::sqlite {

/// Writes changes as rows, within a transaction that its caller begins and commits.
///
/// A step is a row of its own. The row of its instance changes once for all steps of a batch,
/// behind the last of them: the rows that wait for that are open. Then it is written if it has or
/// gets a deadline, and lags otherwise.
class change_writer {
public:
  /// All must outlive the writer.
  [[nodiscard]] result<void> prepare(database& db, names& known, lagging_rows& lagging);

  /// Stops at the first change that fails; the transaction then must be rolled back.
  [[nodiscard]] result<void> write(const batch& changes);

private:
  result<void> write(const put_instance& put);
  result<void> write(const append_step& append);
  result<void> write(const mark_late& late);
  result<void> write(const delete_instance& gone);
  result<void> write(const restore_instance& restored);
  result<void> write(const restore_operation& restored);
  result<void> write(const forget_operation& forgotten);
  result<void> write(const drop_deadlines& dropped);
  result<void> write(const put_model& put);
  result<void> write(const learn_transition& learn);
  result<void> write(const put_specification& put);
  result<void> write(const drop_specification& dropped);
  result<void> write(const quarantine_instance& put);
  result<void> write(const release_instance& released);

  /// The row of an instance as the steps so far leave it.
  struct open_row {
    std::uint64_t number = 0;
    const term* identifier = nullptr;
    /// The instance came into being in this batch; null if the store has its row.
    const instance_head* created = nullptr;
    std::uint64_t steps = 0;
    /// In the table of steps; 0: none.
    std::int64_t last_step = 0;
    std::int64_t state = 0;
    std::int64_t last_step_at = 0;
    std::optional<std::int64_t> deadline;
    /// The row that the store has has a deadline.
    bool had_deadline = false;
  };

  result<std::uint64_t> row_number(const append_step& append);
  result<open_row*> open(std::uint64_t number, const append_step& append);
  /// Fills in what the store has. Errors: `store_failure` if that is not what `append` follows.
  result<void> read(open_row& row, const append_step& append);
  /// Appends a step to those of an instance. @param last_step The one before; this one afterwards.
  /// @returns the number of the state that it leads to, see `names`.
  result<std::int64_t> insert_step(std::uint64_t instance, std::uint64_t number, const step& made,
                                   std::int64_t& last_step);
  /// Writes the open rows, or leaves them behind.
  result<void> settle();
  result<void> settle(const open_row& row);

  /// @param number Nothing: the database chooses.
  result<void> insert(std::optional<std::uint64_t> number, const instance_head& head,
                      std::string_view key, std::optional<timestamp> deadline,
                      std::uint64_t times_late, std::int64_t last_step = 0);
  /// @param key The identifier as it is stored; nothing: there is none.
  result<void> insert_operation(std::string_view id, std::uint64_t number, verdict outcome,
                                step_reply answered, timestamp at,
                                std::optional<std::string_view> key);
  result<void> forget(std::string_view key);
  /// The row that `update`, already bound, changed. @returns `store_failure` if there was none.
  result<std::int64_t> changed_row(statement& update, const term& identifier);
  [[nodiscard]] tl::unexpected<failure> does_not_apply(const term& identifier) const;

  database* db_ = nullptr;
  names* names_ = nullptr;
  lagging_rows* lagging_ = nullptr;
  std::vector<open_row> open_;
  /// By number, the place in `open_`.
  std::unordered_map<std::uint64_t, std::size_t> open_places_;
  statement find_row_;
  statement find_position_;
  statement set_last_step_;
  statement insert_instance_;
  statement update_instance_;
  statement insert_step_;
  statement insert_operation_;
  statement mark_late_;
  statement delete_instance_;
  statement delete_steps_;
  statement insert_departed_;
  statement forget_operation_;
  statement drop_deadlines_;
  statement put_model_;
  statement find_model_;
  statement clear_model_;
  statement learn_transition_;
  statement put_specification_;
  statement drop_specification_;
  statement quarantine_;
  statement end_deadline_;
  statement release_;
};

} // namespace lockstep::sqlite
