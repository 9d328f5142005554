#pragma once

#include "model/failure.hpp"
#include "persistence/sqlite/statement.hpp"

#include <cstddef>

namespace lockstep::sqlite {

class database;

/// The histories of deleted instances, which are freed little by little: whose they are, the table
/// `departed` tells.
class departed_histories {
public:
  [[nodiscard]] result<void> prepare(database& db);

  /// Deletes at most so many steps of one of them, the last ones first, in a transaction.
  /// @returns whether there is more.
  [[nodiscard]] result<bool> collect(database& db, std::size_t steps);

private:
  statement find_rest_;
  statement delete_steps_;
};

} // namespace lockstep::sqlite
