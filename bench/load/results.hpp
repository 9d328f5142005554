#pragma once

#include "bench/load/measurement.hpp"
#include "bench/load/small_costs.hpp"
#include "bench/support/figures.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::bench {

/// Loops that write steps with the rows of their instances, and steps alone.
inline constexpr const char* bare_sqlite = "sqlite";
inline constexpr const char* bare_steps = "appends";

/// What one row of the table measured.
struct measured {
  /// `local` or `network`; `bare_sqlite`, `bare_steps` and `caf` for the limits.
  std::string system;
  std::optional<store_kind> store;
  std::uint32_t shards = 0;
  std::size_t clients = 0;
  mode how = mode::request;
  /// Requesting clients are threads if set, otherwise actors.
  bool threads = false;
  outcome found{};
};

[[nodiscard]] inline bool is_loop(const measured& one) {
  return one.system == bare_sqlite || one.system == bare_steps;
}

/// All that a run found.
struct findings {
  std::vector<measured> rows;
  std::optional<history_cost> history;
  std::optional<double> hash_ns;
};

/// `1 shard`, `8 shards`.
[[nodiscard]] std::string plural(std::size_t count, const char* noun);

[[nodiscard]] figures table_of(const findings& all);

/// The targets that can be judged by what was measured.
[[nodiscard]] scorecard judge(const findings& all, const load_options& options);

} // namespace lockstep::bench
