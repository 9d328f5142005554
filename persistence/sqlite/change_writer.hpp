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
  result<void> write(const put_model& put);
  result<void> write(const learn_transition& learn);

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
  statement put_model_;
  statement find_model_;
  statement learn_transition_;
};

} // namespace lockstep::sqlite
