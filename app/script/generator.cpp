#include "app/script/generator.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

/// The action of made-up steps.
constexpr std::string_view strange_action = "tamper";

std::vector<const transition*> steps_from(const specification& spec, const std::string& state) {
  std::vector<const transition*> possible;
  for (const auto& one : spec.transitions())
    if (one.from == state)
      possible.push_back(&one);
  return possible;
}

} // namespace

instance_generator::instance_generator(const specification& spec, script::generate wanted)
    : spec_(spec), wanted_(std::move(wanted)), random_(wanted_.seed) {}

std::vector<step_report> instance_generator::next() {
  std::vector<step_report> walk;
  if (made_ == wanted_.count)
    return walk;
  auto identifier = wanted_.prefix + std::to_string(++made_);
  auto deviates = below(100) < wanted_.deviating_percent;
  auto stops = !deviates && below(100) < wanted_.late_percent;

  auto add = [&](const std::string& action, const std::string& to) {
    step_report report;
    report.identifier = identifier;
    report.action = action;
    report.to = to;
    report.operation_id = "generated:" + identifier + ":" + std::to_string(walk.size() + 1);
    if (walk.empty())
      report.initialise_as = spec_.name();
    walk.push_back(std::move(report));
  };
  auto state = spec_.initial_state();
  while (walk.size() < max_steps) {
    auto possible = steps_from(spec_, state);
    if (possible.empty())
      break;
    const auto& taken = *possible[below(possible.size())];
    add(taken.action, taken.to);
    state = taken.to;
    if (std::exchange(deviates, false)) {
      add(std::string(strange_action), spec_.initial_state());
      break;
    }
    if (stops && !spec_.is_terminal(state))
      break;
  }
  return walk;
}

} // namespace lockstep
