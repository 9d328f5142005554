#include "app/observation/observer.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

namespace lockstep {

namespace {

constexpr std::size_t max_refused_examples = 5;
/// How long an input is waited for before the signals are looked at.
constexpr std::chrono::milliseconds longest_wait{200};
constexpr std::chrono::milliseconds no_wait{0};

step_report to_report(event seen, const std::string& specification) {
  step_report report;
  report.identifier = std::move(seen.identifier);
  report.action = std::move(seen.action);
  report.to = std::move(seen.to_state);
  report.at = seen.at;
  report.operation_id = std::move(seen.operation_id);
  report.initialise_as = specification;
  return report;
}

bool is_duplicate(const failure& reason) {
  auto found = reason.context.find("duplicate");
  return found != reason.context.end() && found->second == term{atom{"true"}};
}

/// Counts one answer. @returns the error that ends the observation, if it is one.
result<void> count(const step_answer& answer, observation_tally& tally) {
  if (!answer.error) {
    ++(answer.recorded.duplicate ? tally.duplicates : tally.recorded);
    return {};
  }
  switch (answer.error->code) {
  case ec::deviation_not_equivalent:
  case ec::deviation_still_equivalent:
    ++tally.deviations;
    ++(is_duplicate(*answer.error) ? tally.duplicates : tally.recorded);
    return {};
  case ec::store_failure:
  case ec::unavailable:
  case ec::request_expired:
    return tl::unexpected(*answer.error);
  default:
    if (++tally.refused <= max_refused_examples)
      tally.refused_examples.push_back(*answer.error);
    return {};
  }
}

/// Steps under way, kept until it is clear that none has to be sent again.
struct sent_batch {
  std::vector<step_report> steps;
  pending_steps pending;
};

sent_batch send(std::vector<step_report> steps, const instance_manager& manager) {
  auto pending = manager.begin_steps(steps);
  return {std::move(steps), std::move(pending)};
}

std::chrono::milliseconds retry_pause(const failure& overloaded) {
  auto found = overloaded.context.find("retry_after_ms");
  const auto* pause = found == overloaded.context.end() ? nullptr : found->second.as_integer();
  return pause == nullptr ? longest_wait : std::chrono::milliseconds{*pause};
}

/// @returns whether nobody interrupted.
bool wait(std::chrono::milliseconds pause, const std::function<bool()>& interrupted) {
  for (; pause > no_wait; pause -= longest_wait) {
    if (interrupted())
      return false;
    std::this_thread::sleep_for(std::min(pause, longest_wait));
  }
  return !interrupted();
}

/// Waits for a batch and counts all of its answers. Steps that come too early for their shard are
/// sent again; a shard refuses all that it is sent at a time, so they keep their order.
result<void> finish(sent_batch& sent, const instance_manager& manager,
                    const std::function<bool()>& interrupted, observation_tally& tally) {
  for (;;) {
    auto answers = sent.pending.wait();
    if (!answers)
      return tl::unexpected(answers.error());
    result<void> outcome;
    std::vector<step_report> again;
    auto pause = no_wait;
    for (std::size_t i = 0; i < answers->size(); ++i) {
      const auto& answer = (*answers)[i];
      if (answer.error && answer.error->code == ec::overloaded) {
        again.push_back(std::move(sent.steps[i]));
        pause = std::max(pause, retry_pause(*answer.error));
      } else if (auto counted = count(answer, tally); !counted && outcome) {
        outcome = counted;
      }
    }
    if (!outcome || again.empty() || !wait(pause, interrupted))
      return outcome;
    sent = send(std::move(again), manager);
  }
}

/// What one round of reading brought.
struct reading {
  std::vector<step_report> batch;
  /// The input goes on.
  bool more = true;
  /// Why the reading ended early. What was read before it is recorded all the same.
  std::optional<failure> problem;
};

/// Reads one batch: until it is full, the input ends, or the input has nothing more to read now.
reading read_batch(event_reader& reader, const observer_options& options,
                   observation_tally& tally) {
  reading round;
  while (round.batch.size() < options.batch) {
    // What has arrived is recorded before more is waited for.
    if (!reader.ready(round.batch.empty() ? longest_wait : no_wait))
      break;
    auto event = reader.next();
    if (!event) {
      round.problem = event.error();
      round.more = false;
      break;
    }
    if (!*event && reader.ended())
      round.more = false;
    if (!*event)
      break;
    ++tally.events;
    if ((*event)->at)
      tally.last_event_at = std::max(tally.last_event_at.value_or(*(*event)->at), *(*event)->at);
    round.batch.push_back(to_report(std::move(**event), options.specification));
  }
  return round;
}

} // namespace

result<void> observe(event_reader& reader, const instance_manager& manager,
                     const observer_options& options, observation_tally& tally) {
  auto interrupted = [&] { return options.interrupted && options.interrupted(); };
  std::optional<sent_batch> under_way;
  reading round;
  result<void> outcome;
  while (round.more && outcome && !interrupted()) {
    round = read_batch(reader, options, tally);
    if (under_way)
      outcome = finish(*under_way, manager, interrupted, tally);
    under_way.reset();
    if (outcome && !round.batch.empty())
      under_way = send(std::move(round.batch), manager);
    if (options.progress)
      options.progress(tally);
  }
  if (under_way)
    outcome = finish(*under_way, manager, interrupted, tally);
  tally.interrupted = interrupted();
  if (outcome && round.problem && !tally.interrupted)
    return tl::unexpected(*round.problem);
  return outcome;
}

} // namespace lockstep
