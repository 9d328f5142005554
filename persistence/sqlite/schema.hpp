#pragma once

#include "model/routing/routing_strategy.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/sqlite/database.hpp"

#include <string>
#include <vector>

namespace lockstep::sqlite {

/// The version of the tables that this program writes.
[[nodiscard]] int schema_version() noexcept;

/// What a store's file says of itself.
struct store_label {
  /// Of the tables; 0: there is nothing in the file yet.
  std::int64_t version = 0;
  std::int64_t shard = 0;
  /// The column `distribution_factor`. Part of the format on disk:
  ///  n > 0: one of the n stores of a division into so many;
  ///  -n < 0: one of the stores 1 … n, which are all there, while instances are moved among them;
  ///  0: it holds no instances, since its division is not ready yet or it has been left.
  std::int64_t division = 0;
  /// How instances are divided among the n stores, if `division` is n.
  routing_strategy routing = routing_strategy::modulo;
};

/// Reads the label and changes nothing.
/// @returns `store_too_new` for a store of a newer program, `store_failure` for a file that is no
///          store; each with the file's path.
[[nodiscard]] result<store_label> read_label(database& db);

/// Sets the connection up and brings the tables to `schema_version()` by the numbered migrations
/// that are missing, all in one transaction. A new file gets the label. Does not look at the label
/// of another one. Errors: as `read_label`; a refused file is left as it was.
[[nodiscard]] result<void> update_schema(database& db, std::uint32_t shard, std::int64_t division,
                                         routing_strategy routing = routing_strategy::modulo);

/// The tables and indexes that a file of the current version has, and this one lacks: "table step".
[[nodiscard]] result<std::vector<std::string>> missing_parts(database& db);

/// Writes both into the label at once; the strategy only counts for a division n > 0.
/// @pre The schema is up to date.
[[nodiscard]] result<void> write_division(database& db, std::int64_t division,
                                          routing_strategy routing = routing_strategy::modulo);

/// Updates the schema, and checks that the store is that of `identity`; a new file becomes it.
/// @returns the errors of `update_schema`; `invalid_configuration` if the store belongs to another
///          shard or division, with the file's path.
[[nodiscard]] result<void> prepare_schema(database& db, const store_identity& identity);

/// The `invalid_configuration` for a file under a wrong name.
[[nodiscard]] tl::unexpected<failure> store_of_another_shard(const std::filesystem::path& file,
                                                             std::int64_t shard,
                                                             std::int64_t expected);

} // namespace lockstep::sqlite
