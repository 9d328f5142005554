#pragma once

#include "persistence/change.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/names.hpp"

namespace lockstep::sqlite {

/// Writes changes as rows, within a transaction that its caller begins and commits.
class change_writer {
public:
  /// Both must outlive the writer.
  [[nodiscard]] result<void> prepare(database& db, names& known);

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

  result<void> insert(const instance_head& head, std::string_view key,
                      std::optional<timestamp> deadline, std::uint64_t times_late);
  result<void> insert_operation(std::string_view id, std::uint64_t number, verdict outcome,
                                timestamp at, std::optional<std::string_view> key);
  result<void> forget(std::string_view key);
  /// The row that `update`, already bound, changed. @returns `store_failure` if there was none.
  result<std::int64_t> changed_row(statement& update, const term& identifier);

  database* db_ = nullptr;
  names* names_ = nullptr;
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
};

} // namespace lockstep::sqlite
