#pragma once

#include "model/bisimulation/lts.hpp"

#include <fstream>
#include <optional>
#include <string>
#include <unordered_map>

namespace lockstep::test {

/// Reads a system in Aldebaran format: `des (INITIAL, EDGES, STATES)`, then a line `(FROM, LABEL,
/// TO)` for each edge; `i` and `tau` are internal. Only as strict as trusted test data needs.
/// @returns nothing if there is no such file or it is something else.
inline std::optional<lts> read_aut_file(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || !line.starts_with("des"))
    return std::nullopt;
  const auto number = [&line](std::size_t begin) {
    return static_cast<lts::state>(
        std::stoul(line.substr(line.find_first_of("0123456789", begin))));
  };
  lts system;
  system.initial = number(0);
  system.state_count = number(line.rfind(','));
  std::unordered_map<std::string, lts::label> labels{{"i", lts::tau}, {"tau", lts::tau}};
  while (std::getline(in, line)) {
    const auto first = line.find(',');
    const auto last = line.rfind(',');
    const auto begin = line.find_first_not_of(' ', first + 1);
    auto label = line.substr(begin, last - begin);
    label.erase(label.find_last_not_of(' ') + 1);
    if (label.starts_with('"')) // quotes are not part of a label: "i" is internal, too
      label = label.substr(1, label.size() - 2);
    const auto fresh = static_cast<lts::label>(labels.size() - 1); // two names are internal
    const auto action = labels.try_emplace(std::move(label), fresh).first->second;
    system.edges.push_back({number(0), action, number(last)});
  }
  return system;
}

} // namespace lockstep::test
