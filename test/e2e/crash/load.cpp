#include "test/e2e/crash/load.hpp"

#include "model/workflow/transition.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace lockstep::crash {

namespace {

/// A thread works on so many instances at a time.
constexpr std::size_t open_instances = 8;
constexpr std::size_t most_declarations = 4;

std::int64_t next_number() {
  static std::atomic<std::int64_t> last = 0;
  return ++last;
}

} // namespace

bool load::ask() {
  const auto dice = own_.below(1'000);
  if (own_.records.size() < open_instances || dice < 20)
    return make_new();
  auto& chosen = own_.records[own_.records.size() - 1 - own_.below(open_instances)];
  if (dice < 35)
    return declare();
  if (dice < 45)
    return clear();
  if (dice < 80)
    return mock(chosen);
  if (dice < 115)
    return remove(chosen);
  if (dice < 150)
    return step_of_nobody();
  if (!expected(chosen))
    return make(chosen);
  if (dice < 185)
    return refused_initialisation(chosen);
  if (dice < 220)
    return expired_step(chosen);
  return dice < 440 ? many_steps(chosen) : one_step(chosen);
}

// -- one instance ---------------------------------------------------------------------------------

sent load::new_request(call what) {
  sent request;
  request.call = what;
  request.at = next_number();
  if (own_.below(2) == 0)
    request.operation_id = "operation-" + std::to_string(request.at);
  return request;
}

bool load::make_new() {
  auto& made = own_.records.emplace_back();
  made.identifier = "crash-" + std::to_string(own_.number) + "-" + std::to_string(next_number());
  return make(made);
}

bool load::make(record& about) {
  auto request = new_request(call::initialisation);
  request.specification = any_specification();
  request.action = initialisation_action;
  request.to = "off";
  ask_for(about, std::move(request));
  return with_.send(about);
}

bool load::mock(record& about) {
  auto request = new_request(call::mock);
  request.specification = any_specification();
  request.to = own_.below(2) == 0 ? "off" : "on";
  ask_for(about, std::move(request));
  return with_.send(about);
}

bool load::remove(record& about) {
  ask_for(about, new_request(call::deletion));
  return with_.send(about);
}

sent load::next_step(const record& about) {
  const auto state = expected(about)->state;
  auto request = new_request(call::step);
  request.deviates = own_.below(20) == 0;
  request.action = request.deviates ? "flicker" : state == "off" ? "press" : "release";
  request.to = request.deviates ? state : state == "off" ? "on" : "off";
  return request;
}

bool load::one_step(record& about) {
  ask_for(about, next_step(about));
  return with_.send(about);
}

bool load::many_steps(record& about) {
  const auto first = about.requests.size();
  for (auto count = 2 + own_.below(30); count > 0; --count)
    ask_for(about, next_step(about));
  return with_.send_list(about, first);
}

// -- what is refused ------------------------------------------------------------------------------

bool load::refused_initialisation(const record& about) {
  return with_.send_in_vain(
      ec::instance_identifier_already_in_use,
      initialisation{.specification = "Lamp", .identifier = about.identifier});
}

bool load::step_of_nobody() {
  const term nobody{"nobody-" + std::to_string(own_.number) + "-" + std::to_string(own_.below(10))};
  if (std::ranges::find(own_.nobodies, nobody) == own_.nobodies.end())
    own_.nobodies.push_back(nobody);
  return with_.send_in_vain(ec::instance_identifier_not_found,
                            step_report{.identifier = nobody, .action = "press", .to = "on"});
}

bool load::expired_step(const record& about) {
  auto report = report_of(about, next_step(about));
  report.deadline = timestamp{};
  return with_.send_in_vain(ec::request_expired, report);
}

// -- specifications -------------------------------------------------------------------------------

std::string load::any_specification() {
  const auto chosen = own_.below(own_.declarations.size() + 1);
  const auto usable =
      chosen < own_.declarations.size() && own_.declarations[chosen].adoption == fate::acknowledged;
  return usable ? own_.declarations[chosen].name : "Lamp";
}

bool load::declare() {
  const auto chosen = own_.below(most_declarations);
  if (chosen >= own_.declarations.size()) {
    auto& made = own_.declarations.emplace_back();
    made.name = "Lamp" + std::to_string(own_.number) + "x" + std::to_string(next_number());
  }
  auto& about = own_.declarations[std::min<std::size_t>(chosen, own_.declarations.size() - 1)];
  about.versions.push_back({next_number()});
  if (!with_.declare(about, about.versions.back()))
    return false;
  return about.adoption == fate::acknowledged || with_.adopt(about);
}

bool load::clear() {
  if (own_.declarations.empty())
    return declare();
  const auto& about = own_.declarations[own_.below(own_.declarations.size())];
  clearance wanted;
  wanted.specification = about.name;
  wanted.operation_id = "clear-" + std::to_string(next_number());
  for (auto& one : own_.records)
    if (const auto now = expected(one); now && now->beginning->specification == about.name) {
      ++wanted.count;
      ask_for(one, {.call = call::deletion, .at = next_number()});
    }
  own_.clearances.push_back(wanted);
  auto& sent_now = own_.clearances.back();
  if (!with_.clear(sent_now))
    return false;
  if (sent_now.answer != sent_now.count)
    own_.wrong(std::to_string(sent_now.answer) + " instances of " + about.name
               + " were deleted instead of " + std::to_string(sent_now.count));
  for (auto& one : own_.records)
    if (!one.requests.empty() && one.requests.back().fate == fate::unanswered)
      one.requests.back().fate = fate::acknowledged;
  return true;
}

} // namespace lockstep::crash
