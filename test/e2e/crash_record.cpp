#include "test/e2e/crash_record.hpp"

#include "model/term/term_text.hpp"

#include <algorithm>

namespace lockstep::crash {

namespace {

std::string about(const record& known, const std::string& what) {
  return to_text(known.identifier) + ": " + what;
}

std::string settle_missing(record& known) {
  const auto deleted = known.deletion && *known.deletion != fate::refused;
  if (deleted) {
    known.deletion = fate::acknowledged;
    return {};
  }
  for (auto& one : known.steps) {
    if (one.fate == fate::acknowledged)
      return about(known, "is not there, though step " + std::to_string(one.at)
                              + " of it was acknowledged");
    one.fate = fate::refused;
  }
  return {};
}

} // namespace

std::string settle(record& known, const std::optional<instance>& stored) {
  if (!stored)
    return settle_missing(known);
  if (known.deletion == fate::acknowledged)
    return about(known, "is there, though its deletion was acknowledged");
  known.deletion.reset();
  std::size_t position = 0;
  for (auto& one : known.steps) {
    const auto name = "step " + std::to_string(one.at);
    const auto there = position < stored->steps.size()
                       && stored->steps[position].at.time_since_epoch().count() == one.at;
    if (!there && one.fate == fate::acknowledged)
      return about(known, name + " was acknowledged and is not in its place "
                              + std::to_string(position + 1));
    if (there && one.fate == fate::refused)
      return about(known, name + " was refused and is there");
    if (!there) {
      one.fate = fate::refused;
      continue;
    }
    const auto& step = stored->steps[position++];
    if (step.action != one.report.action || step.to != one.report.to)
      return about(known, name + " is there with " + step.action + " to " + step.to);
    if (one.answer && (one.answer->step_number != position || one.answer->outcome != step.outcome))
      return about(known, name + " was answered with another number or verdict than it has");
    one.fate = fate::acknowledged;
  }
  if (position < stored->steps.size())
    return about(known, "has step "
                            + std::to_string(stored->steps[position].at.time_since_epoch().count())
                            + " twice, in another place, or nobody asked for it");
  if (position > 0 && stored->current_state != stored->steps.back().to)
    return about(known, "is in state " + stored->current_state + ", not where its last step led");
  return {};
}

} // namespace lockstep::crash
