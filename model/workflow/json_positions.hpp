#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// Where the values of a JSON text are. Built only when something must be told about them; takes
/// time and memory in proportion to the text.
class json_positions {
public:
  /// Offsets in bytes.
  struct place {
    /// Of the member's key; of the value itself if it is an element of an array or the root.
    std::size_t key;
    std::size_t value;
  };

  /// @param json What is no JSON is no harm, but positions after the error mean nothing.
  explicit json_positions(std::string_view json);

  /// @param pointer A JSON pointer (RFC 6901). Of repeated members it means the last one.
  [[nodiscard]] std::optional<place> find(std::string_view pointer) const;

  /// The offset of the first number that is too large for a double.
  [[nodiscard]] std::optional<std::size_t> first_huge_number() const noexcept {
    return huge_number_;
  }

private:
  using node = std::size_t;

  void scan(std::string_view json);

  /// By number of the node; the root is the first.
  std::vector<place> places_;
  std::map<std::pair<node, std::string>, node> children_;
  std::optional<std::size_t> huge_number_;
};

} // namespace lockstep
