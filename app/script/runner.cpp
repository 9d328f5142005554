#include "app/script/runner.hpp"

#include "app/script/call_executor.hpp"
#include "app/script/call_title.hpp"
#include "app/text_table.hpp"

#include <string>
#include <variant>

namespace lockstep {

namespace {

/// Goes to the start of a terminal's line and empties it.
constexpr const char* wipe = "\r\x1b[K";

bool is_expectation(const script_call& call) {
  if (const auto* read = std::get_if<script::read>(&call))
    return read->expected.has_value();
  return std::holds_alternative<script::expect_instance>(call)
         || std::holds_alternative<script::expect_count>(call);
}

/// Does the result fit what the step says about failing?
bool as_expected(const script_step& step, const result<std::string>& outcome) {
  if (step.fails)
    return !outcome && outcome.error().code == *step.fails;
  return outcome || is_deviation_code(outcome.error().code);
}

std::string told(const script_step& step, const result<std::string>& outcome) {
  if (outcome)
    return *outcome
           + (step.fails ? " — but " + std::string(to_string(*step.fails)) + " was expected" : "");
  const auto& reason = outcome.error();
  return std::string(to_string(reason.code)) + ": " + reason.message;
}

} // namespace

script_outcome run_script(const std::vector<script_step>& steps,
                          const script_environment& environment) {
  script_outcome outcome;
  call_executor execute{environment};
  std::size_t made = 0;
  for (const auto& step : steps) {
    outcome.interrupted = execute.cut_short() || environment.interrupted();
    if (outcome.interrupted) {
      environment.out << "Script interrupted, " << steps.size() - made << " of "
                      << counted(steps.size(), "call") << " not made" << std::endl;
      return outcome;
    }
    ++made;
    auto line = "[" + std::to_string(step.number) + "] " + title_of(step.call);
    const auto shown = environment.terminal && std::holds_alternative<script::wait>(step.call);
    if (shown)
      environment.out << line << std::flush;
    auto done = std::visit(execute, step.call);
    auto good = execute.cut_short() || as_expected(step, done);
    line += std::string(good ? ": " : ": FAILED, ") + told(step, done) + '\n';
    environment.out << (shown ? wipe : "") + line << std::flush;
    if (execute.cut_short())
      continue;
    outcome.failures += good ? 0 : 1;
    outcome.expectations += is_expectation(step.call) || step.fails ? 1 : 0;
    if (!good && step.or_stop) {
      environment.out << "The script stops here" << std::endl;
      return outcome;
    }
  }
  outcome.interrupted = execute.cut_short();
  return outcome;
}

} // namespace lockstep
