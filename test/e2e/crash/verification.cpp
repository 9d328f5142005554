#include "test/e2e/crash/verification.hpp"

#include "model/term/term_text.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace lockstep::crash {

namespace {

/// So many of an instance's last requests are repeated.
constexpr std::size_t repeated_at_once = 6;
constexpr std::size_t seldom = 8;

/// Would the request be done if it were sent now?
bool fits(const record& known, const sent& request) {
  const auto now = expected(known);
  switch (request.call) {
  case call::initialisation:
    return !now;
  case call::step:
    return now
           && (request.deviates ? request.to == now->state
                                : request.action == (now->state == "off" ? "press" : "release"));
  case call::mock:
  case call::deletion:
    return true;
  }
  return false;
}

/// The versions that the shards have, by specification.
std::map<std::string, std::set<std::int64_t>>
versions_of(const std::vector<specification>& declared) {
  std::map<std::string, std::set<std::int64_t>> all;
  for (const auto& one : declared)
    if (one.options().prune_timeout)
      all[one.name()].insert(one.options().prune_timeout->count());
  return all;
}

} // namespace

void verification::verify(bool all) {
  std::vector<record*> looked_at;
  for (auto& one : own_.records)
    if (all || !one.settled || own_.below(seldom) == 0) {
      one.settled = false;
      looked_at.push_back(&one);
    }
  if (!hold_open())
    return;
  finish_clearances(); // before there are instances that they were not about
  hold_nobodies();
  hold_declarations();
  for (auto* one : looked_at)
    repeat_some(*one);
  if (!own_.clearances.empty())
    repeat(own_.clearances.back());
  (void)hold_open();
}

bool verification::hold_open() {
  return std::ranges::all_of(own_.records,
                             [this](record& one) { return one.settled || hold(one); });
}

bool verification::hold(record& known) {
  auto found = with_.insist([&] { return with_.node().get(known.identifier); });
  if (!found && found.error().code != ec::instance_identifier_not_found) {
    own_.wrong("get: " + found.error().message);
    return false;
  }
  const auto problem = settle(known, found ? std::optional{std::move(*found)} : std::nullopt);
  if (!problem.empty())
    own_.wrong(problem);
  return problem.empty();
}

void verification::hold_nobodies() {
  for (const auto& nobody : own_.nobodies)
    if (auto found = with_.insist([&] { return with_.node().get(nobody); });
        found || found.error().code != ec::instance_identifier_not_found)
      own_.wrong("an instance is there that was never initialised");
}

void verification::hold_declarations() {
  // What had no answer some shards may have and others not; the repetition makes them agree.
  for (auto& one : own_.declarations) {
    for (auto& version : one.versions)
      if (version.fate == fate::unanswered && !with_.declare(one, version))
        return own_.wrong("a declaration cannot be repeated");
    if (one.adoption != fate::acknowledged && !with_.adopt(one))
      return own_.wrong("the adoption of a model cannot be repeated");
  }
  const auto declared = with_.insist([&] { return with_.node().specifications(); });
  if (!declared)
    return own_.wrong("specifications: " + declared.error().message);
  const auto versions = versions_of(*declared);
  for (const auto& one : own_.declarations) {
    const auto found = versions.find(one.name);
    if (found == versions.end() || found->second != std::set{one.versions.back().number})
      own_.wrong("specification " + one.name + " was acknowledged, and "
                 + (found == versions.end() ? "no shard has it" : "shards have other versions"));
  }
}

// -- repetitions ----------------------------------------------------------------------------------

void verification::repeat_some(record& known) {
  std::vector<std::int64_t> chosen;
  const auto& all = known.requests;
  const auto last_deletion = std::ranges::find_if(
      all.rbegin(), all.rend(), [](const sent& one) { return one.call == call::deletion; });
  const auto recent = all.size() - std::min(all.size(), repeated_at_once);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].operation_id.empty()
        && (i >= recent || (last_deletion != all.rend() && &all[i] == &*last_deletion)))
      chosen.push_back(all[i].at);
  for (const auto number : chosen)
    repeat_one(known, number);
}

void verification::repeat_one(record& known, std::int64_t number) {
  const auto found = std::ranges::find(known.requests, number, &sent::at);
  known.settled = false;
  if (found->fate == fate::acknowledged) {
    if (with_.repeat(known, *found) && found->call == call::deletion && expected(known))
      ++with_.sums().spared;
    return;
  }
  if (!fits(known, *found))
    return;
  auto again = *found;
  known.requests.erase(found);
  ask_for(known, std::move(again));
  if (!with_.send(known))
    own_.wrong("a request cannot be repeated");
}

template <class F>
void verification::for_each_of(const std::string& specification, F visit) {
  for (auto& one : own_.records)
    if (const auto now = expected(one); now && now->beginning->specification == specification)
      visit(one);
}

void verification::finish_clearances() {
  for (auto& one : own_.clearances) {
    if (one.fate == fate::acknowledged)
      continue;
    std::uint64_t left = 0;
    for_each_of(one.specification, [&](record& known) {
      ++left;
      ask_for(known, {.call = call::deletion}).fate = fate::acknowledged;
    });
    if (!with_.clear(one))
      own_.wrong("a deletion of many cannot be repeated");
    else if (one.answer < left || one.answer > one.count)
      own_.wrong("operation " + one.operation_id + " deleted " + std::to_string(one.answer)
                 + " instances of " + std::to_string(one.count));
  }
}

void verification::repeat(clearance& known) {
  const auto before = known.answer;
  if (!with_.clear(known))
    return own_.wrong("a deletion of many cannot be repeated");
  if (known.answer != before)
    own_.wrong("operation " + known.operation_id + " deleted " + std::to_string(known.answer)
               + " instances the second time, " + std::to_string(before) + " the first time");
  for_each_of(known.specification, [](record& one) { one.settled = false; }); // all still there
}

// -- all ------------------------------------------------------------------------------------------

std::string hold_listing(conversation& with, const std::deque<journal>& all) {
  std::set<std::string> wanted;
  for (const auto& one : all)
    for (const auto& known : one.records)
      if (expected(known))
        wanted.insert(to_text(known.identifier));
  std::string problem;
  const auto listed = with.insist([&] {
    auto missing = wanted;
    problem.clear();
    auto outcome = with.node().for_each_instance({}, [&](const stored_instance& one) {
      const auto name = to_text(one.head.identifier);
      if (missing.erase(name) == 0)
        problem = name + " is listed twice, or nobody made it";
      return problem.empty();
    });
    if (problem.empty() && !missing.empty())
      problem = *missing.begin() + " is not listed";
    return outcome;
  });
  return listed ? problem : "the instances cannot be listed: " + listed.error().message;
}

} // namespace lockstep::crash
