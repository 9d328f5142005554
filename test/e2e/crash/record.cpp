#include "test/e2e/crash/record.hpp"

#include "model/term/term_text.hpp"
#include "model/workflow/transition.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::crash {

namespace {

std::string name_of(const sent& request) {
  static constexpr const char* names[] = {"initialisation ", "step ", "mock ", "deletion "};
  return names[static_cast<std::size_t>(request.call)] + std::to_string(request.at);
}

std::string name_of(const step& stored) {
  return "step " + std::to_string(stored.at.time_since_epoch().count());
}

bool is_of(const step& stored, const sent& request) {
  return stored.at.time_since_epoch().count() == request.at;
}

bool was_done(const sent& request, const std::optional<instance>& stored) {
  switch (request.call) {
  case call::deletion:
    return !stored;
  case call::initialisation:
  case call::mock:
    return stored && stored->meta == term{request.at};
  case call::step:
    return stored && std::ranges::any_of(stored->steps, [&](const step& one) {
             return is_of(one, request);
           });
  }
  return false;
}

/// Decides about what had no answer. @returns what is wrong.
std::string decide_open(record& known, const std::optional<instance>& stored) {
  const sent* missing = nullptr;
  for (auto& one : known.requests) {
    if (one.fate != fate::unanswered)
      continue;
    one.fate = was_done(one, stored) ? fate::acknowledged : fate::refused;
    if (one.fate == fate::refused)
      missing = &one;
    else if (missing != nullptr)
      return name_of(one) + " is there, but not " + name_of(*missing) + ", which was sent before";
  }
  return {};
}

/// @param position From 1.
std::string compare(const sent& wanted, const step& stored, std::uint64_t position) {
  const auto name = name_of(wanted);
  if (!is_of(stored, wanted))
    return name + " was acknowledged, but " + name_of(stored) + " is in its place "
           + std::to_string(position);
  if (stored.action != wanted.action || stored.to != wanted.to)
    return name + " is there with " + stored.action + " to " + stored.to;
  if (stored.outcome != outcome_of(wanted))
    return name + " has the verdict " + std::string(to_string(stored.outcome));
  return {};
}

std::string compare(const std::optional<expectation>& wanted,
                    const std::optional<instance>& stored) {
  if (!wanted)
    return stored ? "is there, though it was deleted or never made" : std::string{};
  if (!stored)
    return "is not there, though " + name_of(*wanted->beginning) + " was acknowledged";
  if (stored->meta != term{wanted->beginning->at}
      || stored->specification != wanted->beginning->specification)
    return "does not come from " + name_of(*wanted->beginning) + ", which was acknowledged";
  const auto common = std::min(wanted->steps.size(), stored->steps.size());
  for (std::size_t i = 0; i < common; ++i)
    if (auto problem = compare(*wanted->steps[i], stored->steps[i], i + 1); !problem.empty())
      return problem;
  if (common < wanted->steps.size())
    return name_of(*wanted->steps[common]) + " was acknowledged and is not there";
  if (common < stored->steps.size())
    return "has " + name_of(stored->steps[common])
           + " twice, or it was refused, or nobody asked for it";
  if (stored->current_state != wanted->state)
    return "is in state " + stored->current_state + " instead of " + wanted->state;
  return {};
}

} // namespace

std::optional<expectation> expected(const record& known) {
  std::optional<expectation> now;
  for (const auto& one : known.requests) {
    if (one.fate == fate::refused)
      continue;
    switch (one.call) {
    case call::deletion:
      now.reset();
      continue;
    case call::initialisation:
      now = expectation{&one, {&one}, {}};
      break;
    case call::mock:
      now = expectation{&one, {}, {}};
      break;
    case call::step:
      if (now)
        now->steps.push_back(&one);
      break;
    }
    if (now)
      now->state = one.to;
  }
  return now;
}

std::string settle(record& known, const std::optional<instance>& stored) {
  auto problem = decide_open(known, stored);
  if (problem.empty())
    problem = compare(expected(known), stored);
  if (!problem.empty())
    return to_text(known.identifier) + ": " + problem;
  known.settled = true;
  return {};
}

sent& ask_for(record& known, sent request) {
  const auto now = expected(known);
  if (request.call == call::deletion)
    request.existed = now.has_value();
  else if (request.call == call::initialisation)
    request.number = 1;
  else if (request.call == call::step)
    request.number = now ? now->steps.size() + 1 : 0;
  request.fate = fate::unanswered;
  known.settled = false;
  return known.requests.emplace_back(std::move(request));
}

verdict outcome_of(const sent& request) {
  return request.deviates ? verdict::deviation_not_equivalent : verdict::conforms;
}

initialisation initialisation_of(const record& about, const sent& request) {
  return {.specification = request.specification,
          .identifier = about.identifier,
          .meta = term{request.at},
          .initial_state = request.to,
          .at = timestamp{duration{request.at}},
          .operation_id = request.operation_id};
}

step_report report_of(const record& about, const sent& request) {
  return {.identifier = about.identifier,
          .action = request.action,
          .to = request.to,
          .at = timestamp{duration{request.at}},
          .operation_id = request.operation_id};
}

} // namespace lockstep::crash
