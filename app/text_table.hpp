#pragma once

#include "model/with_commas.hpp"

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace lockstep {

/// Columns of text, each as wide as its widest cell; numbers are set to the right.
class text_table {
public:
  explicit text_table(std::vector<std::string> header);

  /// As many cells as the header has.
  void add(std::vector<std::string> row);

  /// Each line begins with `indent`.
  void print(std::ostream& out, const std::string& indent) const;

private:
  std::vector<std::vector<std::string>> rows_;
};

/// `1 step`, `2 steps`.
[[nodiscard]] std::string counted(std::uint64_t number, const std::string& noun);

/// The same lines, each one after `indent`. @param lines Each ends in a line feed.
[[nodiscard]] std::string indented(const std::string& lines, const std::string& indent);

} // namespace lockstep
