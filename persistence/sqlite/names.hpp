#pragma once

#include "persistence/sqlite/database.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lockstep::sqlite {

/// The numbers that stand for the names of specifications, states and actions in a store.
class names {
public:
  /// Reads all names; there are as many as specifications, states and actions, not as instances.
  [[nodiscard]] static result<names> load(database& db);

  /// The number of a name; a new one is inserted within the current transaction. 0 for "".
  [[nodiscard]] result<std::int64_t> number_of(std::string_view name);

  /// The name of a number that the store has; "" for 0.
  [[nodiscard]] const std::string& name_of(std::int64_t number) const;

  /// Forgets what was inserted since the last `keep`: its transaction was rolled back.
  void forget_new();
  /// The names inserted so far are durable.
  void keep() noexcept { new_.clear(); }

private:
  database* db_ = nullptr;
  statement insert_;
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };

  std::unordered_map<std::string, std::int64_t, hash, std::equal_to<>> numbers_;
  std::unordered_map<std::int64_t, std::string> texts_;
  std::vector<std::int64_t> new_;
};

} // namespace lockstep::sqlite
