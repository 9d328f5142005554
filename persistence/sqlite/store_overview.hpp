#pragma once

/// What is read of a store as a whole, and seldom: each of these prepares its query anew. For the
/// contracts see `instance_store`.

#include "persistence/instance_store.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace lockstep::sqlite {

class database;
class names;

[[nodiscard]] result<std::vector<state_count>> count_by_state(database& db);

[[nodiscard]] result<deviation_list> deviations(database& db, const names& known,
                                                std::size_t limit);

[[nodiscard]] result<std::vector<implementation_model>> models(database& db, const names& known);

/// Their texts by name.
[[nodiscard]] result<std::map<std::string, std::string>> specifications(database& db);

[[nodiscard]] result<std::vector<quarantined_instance>> quarantined(database& db);

} // namespace lockstep::sqlite
