#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lockstep {

/// Small numbers for the names of specifications and states, so that what is kept in memory by the
/// hundred thousand is small. Names stay known: there are few of them.
class name_ids {
public:
  name_ids() = default;
  name_ids(name_ids&&) = default;
  name_ids& operator=(name_ids&&) = default;

  [[nodiscard]] std::uint32_t of(std::string_view name) {
    if (auto known = ids_.find(name); known != ids_.end())
      return known->second;
    const auto id = static_cast<std::uint32_t>(names_.size());
    ids_.emplace(names_.emplace_back(name), id);
    return id;
  }

  /// @param id As `of` gave it. The name lives as long as this object.
  [[nodiscard]] const std::string& name(std::uint32_t id) const { return names_[id]; }

private:
  /// Never moves a name, since `ids_` refers to it.
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

} // namespace lockstep
