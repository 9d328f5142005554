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
class lagging_rows;
class names;

[[nodiscard]] result<store_summary> summarise(database& db, const names& known,
                                              const lagging_rows& lagging, const page_request& part,
                                              std::size_t max_deviations);

[[nodiscard]] result<std::vector<implementation_model>> models(database& db, const names& known);

/// Their texts by name.
[[nodiscard]] result<std::map<std::string, std::string>> specifications(database& db);

[[nodiscard]] result<std::vector<quarantined_instance>> quarantined(database& db);

} // namespace lockstep::sqlite
