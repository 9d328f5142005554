#pragma once

#include "model/failure.hpp"
#include "persistence/sqlite/statement.hpp"

#include <cstddef>
#include <cstdint>

namespace lockstep::sqlite {

class database;

/// The histories of deleted instances, which are freed little by little: whose they are, the table
/// `departed` tells.
class departed_histories {
public:
  [[nodiscard]] result<void> prepare(database& db);

  /// Deletes at most so many steps, of each history the last ones first, in a transaction.
  /// @returns whether there is more.
  [[nodiscard]] result<bool> collect(database& db, std::size_t steps);

private:
  /// @param limit At least 1. @returns how many steps that were.
  [[nodiscard]] result<std::uint64_t> free_last_steps(database& db, std::int64_t instance,
                                                      std::uint64_t limit);

  statement find_steps_;
  statement delete_steps_;
};

} // namespace lockstep::sqlite
