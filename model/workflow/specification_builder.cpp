#include "model/workflow/specification_builder.hpp"

#include "model/in_quotes.hpp"

#include <utility>

namespace lockstep {

specification_builder::specification_builder(std::string name) : name_(std::move(name)) {
  // nop
}

specification_builder& specification_builder::transition(std::string from, std::string action,
                                                         std::string to) {
  transitions_.push_back({std::move(from), std::move(action), std::move(to)});
  return *this;
}

specification_builder& specification_builder::transition_timeout(time_limit limit) {
  options_.transition_timeout = limit;
  return *this;
}

specification_builder& specification_builder::prune_timeout(time_limit limit) {
  options_.prune_timeout = limit;
  return *this;
}

specification_builder& specification_builder::prunable(prunable_states states) {
  options_.prunable_states = std::move(states);
  return *this;
}

specification_builder& specification_builder::prune_terminal_states() {
  return prunable({prunable_states::kind::terminal, {}});
}

specification_builder& specification_builder::prune_all_states() {
  return prunable({prunable_states::kind::all, {}});
}

specification_builder& specification_builder::prune_states(std::vector<std::string> states) {
  return prunable({prunable_states::kind::listed, std::move(states)});
}

specification_builder& specification_builder::swallow(ec code) {
  options_.policy.swallowed.insert(code);
  return *this;
}

specification_builder& specification_builder::propagate(ec code) {
  options_.policy.swallowed.erase(code);
  return *this;
}

specification_builder& specification_builder::log(ec code, severity level) {
  options_.policy.logged.insert_or_assign(code, level);
  return *this;
}

specification_builder& specification_builder::on_error(error_callback callback) {
  options_.policy.callback = std::move(callback);
  return *this;
}

result<specification> specification_builder::build() const {
  for (const auto& [option, limit] : {std::pair{"transition_timeout", options_.transition_timeout},
                                      std::pair{"prune_timeout", options_.prune_timeout}}) {
    if (limit && *limit < duration::zero())
      return fail(ec::invalid_specification,
                  "specification " + in_quotes(name_) + ": " + option
                      + " is less than no time; give it a positive duration",
                  {{"specification", term(name_)}});
  }
  return specification::make(name_, transitions_, options_);
}

} // namespace lockstep
