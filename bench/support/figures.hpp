#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace lockstep::bench {

/// A number with how many decimals people see of it.
struct figure {
  double value = 0;
  int decimals = 0;
};

/// Nothing, a text or a number.
using cell = std::variant<std::monostate, std::string, figure>;

/// Figures under a title, for people and for programs.
class figures {
public:
  /// @param key Its name in JSON. @param columns With units.
  figures(std::string key, std::string title, std::vector<std::string> columns);

  /// As many cells as there are columns.
  void add(std::vector<cell> row);

  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

  /// Leaves columns out in which nothing stands.
  void print(std::ostream& out) const;
  /// A list of objects: names of columns and values.
  [[nodiscard]] nlohmann::ordered_json to_json() const;

private:
  std::string key_;
  std::string title_;
  std::vector<std::string> columns_;
  std::vector<std::vector<cell>> rows_;
};

/// What is wanted of a value.
struct target {
  enum class bound { at_least, at_most };
  bound which = bound::at_least;
  double value = 0;
};

constexpr target at_least(double value) { return {target::bound::at_least, value}; }
constexpr target at_most(double value) { return {target::bound::at_most, value}; }

/// Values beside their targets, if they have one.
class scorecard {
public:
  /// @param remarks What the remarks tell.
  explicit scorecard(std::string remarks = "remark");

  /// @param decimals Of the value and of its target. @param remark Beside the result.
  void add(std::string what, double value, std::string unit, std::optional<target> wanted,
           int decimals = 2, cell remark = {});

  [[nodiscard]] bool empty() const noexcept { return table_.empty(); }
  [[nodiscard]] const figures& table() const noexcept { return table_; }
  [[nodiscard]] int missed() const noexcept { return missed_; }

private:
  figures table_;
  int missed_ = 0;
};

} // namespace lockstep::bench
