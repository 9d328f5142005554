#include "model/workflow/spex_text.hpp"

#include "model/in_quotes.hpp"
#include "model/workflow/specification.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep {

namespace {

constexpr std::string_view specification_header = "Specification: ";
constexpr std::string_view learning_header = "Learning mode: ";
constexpr std::string_view transitions_header = "Transitions:";
constexpr std::string_view action_begin = " --[";
constexpr std::string_view action_end = "]-> ";
constexpr std::string_view no_state = "nil";

std::string to_line(const transition& step) {
  std::string line(step.from.empty() ? no_state : std::string_view(step.from));
  return line.append(action_begin).append(step.action).append(action_end).append(step.to);
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

/// The lines without their line ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto size = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, size);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return lines;
}

/// All ways to read a line as `FROM --[ACTION]-> TO`, at most two of them: one is what we want,
/// more are as bad as two.
std::vector<transition> readings_of(std::string_view line) {
  std::vector<transition> readings;
  for (auto begin = line.find(action_begin); begin != std::string_view::npos;
       begin = line.find(action_begin, begin + 1)) {
    const auto action = begin + action_begin.size();
    for (auto end = line.find(action_end, action); end != std::string_view::npos;
         end = line.find(action_end, end + 1)) {
      readings.push_back({std::string(line.substr(0, begin)),
                          std::string(line.substr(action, end - action)),
                          std::string(line.substr(end + action_end.size()))});
      if (readings.size() == 2)
        return readings;
    }
  }
  return readings;
}

class reader {
public:
  reader(std::string_view text, std::string_view source) : lines_(lines_of(text)), source_(source) {
    // nop
  }

  result<implementation_model> read() {
    return read_specification()
        .and_then([this] { return read_learning(); })
        .and_then([this] { return read_transitions(); })
        .map([this] { return std::move(model_); });
  }

private:
  [[nodiscard]] tl::unexpected<failure> refuse(std::size_t index, const std::string& reason) const {
    const auto line = index + 1;
    return fail(ec::invalid_spex_file,
                std::string(source_) + ", line " + std::to_string(line) + ": " + reason,
                {{"file", term(source_)}, {"line", term(static_cast<std::int64_t>(line))}});
  }

  /// "the file ends here" or what the line says.
  [[nodiscard]] std::string found(std::size_t index) const {
    return index < lines_.size() ? "found " + in_quotes(lines_[index]) : "the file ends here";
  }

  [[nodiscard]] std::optional<std::string_view> after(std::size_t index,
                                                      std::string_view header) const {
    if (index >= lines_.size() || !lines_[index].starts_with(header))
      return std::nullopt;
    return lines_[index].substr(header.size());
  }

  result<void> read_specification() {
    const auto name = after(0, specification_header);
    if (!name)
      return refuse(0, "expected \"Specification: NAME\", " + found(0));
    if (const auto checked = check_name("specification", *name); !checked)
      return refuse(0, checked.error().message);
    model_.specification = *name;
    return {};
  }

  result<void> read_learning() {
    const auto mode = after(1, learning_header);
    if (mode != "true" && mode != "false")
      return refuse(1, "expected \"Learning mode: true\" or \"Learning mode: false\", " + found(1));
    model_.learning = mode == "true";
    return {};
  }

  result<void> read_transitions() {
    if (after(2, transitions_header) != "")
      return refuse(2, "expected \"Transitions:\", " + found(2));
    for (std::size_t i = 3; i < lines_.size(); ++i) {
      if (is_blank(lines_[i]))
        continue;
      if (auto read = read_transition(i); !read)
        return read;
    }
    return {};
  }

  result<void> read_transition(std::size_t index) {
    auto readings = readings_of(lines_[index]);
    if (readings.empty())
      return refuse(index, "expected \"FROM --[ACTION]-> TO\", " + found(index));
    if (readings.size() > 1)
      return refuse(index, in_quotes(lines_[index])
                               + " can be read as more than one transition; do not use \" --[\" or "
                                 "\"]-> \" in names");
    auto& step = readings.front();
    const auto checked = check_name("state", step.from)
                             .and_then([&] { return check_name("action", step.action); })
                             .and_then([&] { return check_name("state", step.to); });
    if (!checked)
      return refuse(index, checked.error().message);
    if (is_initialisation(step) && step.from == no_state)
      step.from.clear();
    model_.transitions.insert(std::move(step));
    return {};
  }

  std::vector<std::string_view> lines_;
  std::string_view source_;
  implementation_model model_;
};

} // namespace

std::string to_spex_text(const implementation_model& model) {
  std::vector<std::string> lines;
  lines.reserve(model.transitions.size());
  for (const auto& step : model.transitions)
    lines.push_back(to_line(step));
  std::ranges::sort(lines);

  std::string text;
  text.append(specification_header).append(model.specification).append("\n");
  text.append(learning_header).append(model.learning ? "true" : "false").append("\n");
  text.append(transitions_header).append("\n");
  for (const auto& line : lines)
    text.append(line).append("\n");
  return text;
}

result<implementation_model> parse_spex_text(std::string_view text, std::string_view source) {
  return reader(text, source).read();
}

} // namespace lockstep
