#include "model/bisimulation/aut_writer.hpp"

#include "model/bisimulation/bounded_lines.hpp"
#include "model/in_quotes.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

namespace {

constexpr std::size_t block_bytes = std::size_t{64} * 1024;
/// What a line has beside its label: two numbers, four blanks, signs and quotes.
constexpr std::size_t max_bytes_beside_label = 40;

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool is_word(std::string_view label) {
  return !label.empty() && is_letter(label.front()) && std::ranges::all_of(label, [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Why a visible action cannot be written; null if it can.
const char* obstacle_to(std::string_view action) {
  if (action == "i" || action == "tau")
    return " is visible, but would be read back as an internal step";
  if (action.find('\n') != std::string_view::npos)
    return " has a line feed in it";
  if (action.find('\0') != std::string_view::npos)
    return " has a NUL byte in it";
  if (action.size() > bounded_lines::max_line_bytes - max_bytes_beside_label)
    return " is too long";
  return nullptr;
}

/// A label as it is written. @pre There is no obstacle to it.
std::string written(std::string_view action) {
  return is_word(action) ? std::string(action) : '"' + std::string(action) + '"';
}

void append(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(std::begin(digits), end);
}

} // namespace

result<void> write_aut(std::ostream& out, const lts& system, const label_table& labels) {
  std::vector<std::string> texts(labels.size());
  texts[lts::tau] = "i";
  for (const auto& edge : system.edges) {
    if (!texts[edge.action].empty())
      continue;
    const auto& action = labels.name(edge.action);
    if (const auto* obstacle = obstacle_to(action))
      return fail(ec::invalid_input, "Aldebaran form has no way to write the action "
                                         + in_quotes(action) + ", which" + obstacle
                                         + "; rename it, or write another form");
    texts[edge.action] = written(action);
  }
  std::string block = "des (";
  append(block, system.initial);
  append(block += ", ", system.edges.size());
  append(block += ", ", system.state_count);
  block += ")\n";
  for (const auto& [from, action, to] : system.edges) {
    append(block += '(', from);
    append(block.append(", ").append(texts[action]).append(", "), to);
    block += ")\n";
    if (block.size() >= block_bytes) {
      out.write(block.data(), static_cast<std::streamsize>(block.size()));
      block.clear();
    }
  }
  out.write(block.data(), static_cast<std::streamsize>(block.size()));
  return {};
}

} // namespace lockstep
