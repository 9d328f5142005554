#include "test/e2e/crash/conversation.hpp"

#include "model/workflow/specification_builder.hpp"
#include "model/workflow/transition.hpp"

#include <utility>

namespace lockstep::crash {

namespace {

bool is_lost(ec code) { return code == ec::unavailable || code == ec::store_failure; }

std::string told_by(const failure& reason) { return ": " + reason.message; }

template <class T>
std::string told_by(const result<T>& answer) {
  return answer ? std::string{} : told_by(answer.error());
}

std::string text_of(const receipt& one) {
  return "step " + std::to_string(one.step_number) + " (" + std::string(to_string(one.outcome))
         + (one.duplicate ? ", a repetition)" : ")");
}

specification lamp(const std::string& name, std::int64_t version) {
  return specification_builder{name}
      .transition("off", "press", "on")
      .transition("on", "release", "off")
      .prune_timeout(duration{version})
      .build()
      .value();
}

implementation_model model_of_lamp(const std::string& name) {
  return {name,
          false,
          {{"", std::string(initialisation_action), "off"},
           {"off", "press", "on"},
           {"on", "release", "off"}}};
}

std::string operation_of(const declaration& about, std::int64_t version) {
  return "declare-" + about.name + "-" + std::to_string(version);
}

} // namespace

// -- answers --------------------------------------------------------------------------------------

bool conversation::lost(const failure& reason, std::uint64_t requests) {
  if (!is_lost(reason.code))
    return false;
  counts_.unanswered += requests;
  return true;
}

bool conversation::lost(const failure& reason) { return lost(reason, 1); }

std::chrono::milliseconds conversation::note_overload(const failure& reason) {
  ++counts_.overloaded;
  const auto hint = reason.context.find("retry_after_ms");
  const auto* wait = hint == reason.context.end() ? nullptr : hint->second.as_integer();
  if (wait == nullptr || *wait <= 0)
    own_.wrong("an overloaded node does not say when to try again" + told_by(reason));
  return std::chrono::milliseconds{wait == nullptr ? 0 : *wait};
}

void conversation::acknowledge(sent& request) {
  request.fate = fate::acknowledged;
  ++counts_.acknowledged;
}

bool conversation::refuse(sent& request, const failure& reason) {
  if (lost(reason))
    return false;
  request.fate = fate::refused;
  if (reason.code == ec::overloaded)
    (void)note_overload(reason);
  else
    own_.wrong("request " + std::to_string(request.at) + " was refused" + told_by(reason));
  return true;
}

bool conversation::take(sent& request, const result<receipt>& answer) {
  const auto deviates = !answer && answer.error().code == ec::deviation_not_equivalent;
  if (!answer && !(request.deviates && deviates))
    return refuse(request, answer.error());
  acknowledge(request);
  if (const receipt wanted{request.number, outcome_of(request), false};
      answer && (request.deviates || *answer != wanted))
    own_.wrong("request " + std::to_string(request.at) + " became " + text_of(*answer)
               + " instead of " + text_of(wanted));
  return true;
}

bool conversation::take(sent& request, const result<bool>& answer) {
  if (!answer)
    return refuse(request, answer.error());
  acknowledge(request);
  if (*answer != request.existed)
    own_.wrong("deletion " + std::to_string(request.at) + " was answered as if there were "
               + (*answer ? "an instance" : "none"));
  return true;
}

bool conversation::take(sent& request, const result<void>& answer) {
  if (!answer)
    return refuse(request, answer.error());
  acknowledge(request);
  ++counts_.mocks;
  return true;
}

bool conversation::expect(ec code, const result<receipt>& answer) {
  watchdog_.sign_of_life();
  if (!answer && lost(answer.error()))
    return false;
  if (!answer && answer.error().code == ec::overloaded)
    (void)note_overload(answer.error());
  else if (answer || answer.error().code != code)
    own_.wrong("a request that must be refused was not, or for another reason" + told_by(answer));
  else
    ++counts_.refused;
  return true;
}

// -- requests -------------------------------------------------------------------------------------

bool conversation::send(record& about) {
  auto& request = about.requests.back();
  const auto sign = [this](auto answer) {
    watchdog_.sign_of_life();
    return answer;
  };
  switch (request.call) {
  case call::initialisation:
    return take(request, sign(node_.initialise(initialisation_of(about, request))));
  case call::step:
    return take(request, sign(node_.step(report_of(about, request))));
  case call::mock:
    return take(request, sign(node_.mock(initialisation_of(about, request))));
  case call::deletion:
    return take(request, sign(node_.remove(about.identifier, request.operation_id)));
  }
  return false;
}

bool conversation::send_list(record& about, std::size_t first) {
  std::vector<step_report> reports;
  for (auto i = first; i < about.requests.size(); ++i)
    reports.push_back(report_of(about, about.requests[i]));
  const auto size = reports.size();
  const auto answers = node_.steps(std::move(reports));
  watchdog_.sign_of_life();
  if (!answers) {
    if (!lost(answers.error(), size))
      own_.wrong("many steps got a wrong answer" + told_by(answers));
    return false;
  }
  bool all = true;
  for (std::size_t i = 0; i < size; ++i) {
    const auto& one = answers->at(i);
    all &= take(about.requests[first + i], one.error ? result<receipt>{tl::unexpected(*one.error)}
                                                     : result<receipt>{one.recorded});
  }
  return all;
}

bool conversation::send_in_vain(ec code, const initialisation& request) {
  return expect(code, node_.initialise(request));
}

bool conversation::send_in_vain(ec code, const step_report& report) {
  return expect(code, node_.step(report));
}

bool conversation::declare(declaration& about, declaration::version& wanted) {
  const auto answer = insist([&] {
    return node_.declare(lamp(about.name, wanted.number), operation_of(about, wanted.number));
  });
  if (!answer && !lost(answer.error()))
    own_.wrong("a declaration was refused" + told_by(answer));
  if (!answer)
    return false;
  wanted.fate = fate::acknowledged;
  ++counts_.acknowledged;
  ++counts_.declarations;
  return true;
}

bool conversation::adopt(declaration& about) {
  const auto answer =
      insist([&] { return node_.adopt({model_of_lamp(about.name)}, "adopt-" + about.name); });
  if (!answer && !lost(answer.error()))
    own_.wrong("a model was refused" + told_by(answer));
  about.adoption = answer ? fate::acknowledged : fate::unanswered;
  if (answer)
    ++counts_.acknowledged;
  return answer.has_value();
}

bool conversation::clear(clearance& wanted) {
  const auto answer = insist([&] {
    return node_.remove_all({.specification = wanted.specification}, wanted.operation_id);
  });
  if (!answer && !lost(answer.error()))
    own_.wrong("a deletion of many was refused" + told_by(answer));
  if (!answer)
    return false;
  wanted.answer = *answer;
  if (std::exchange(wanted.fate, fate::acknowledged) == fate::acknowledged)
    return true; // once more
  ++counts_.acknowledged;
  ++counts_.clearances;
  return true;
}

bool conversation::repeat(const record& about, const sent& request) {
  const auto name = "operation " + request.operation_id;
  const auto recognised = [&](const result<receipt>& again) {
    return request.deviates ? !again && again.error().code == ec::deviation_not_equivalent
                            : again && *again == receipt{request.number, outcome_of(request), true};
  };
  ++counts_.repeated;
  std::optional<failure> reason;
  bool fits = false;
  const auto look_at = [&](const auto& again, bool as_before) {
    fits = as_before;
    if (!again)
      reason = again.error();
  };
  switch (request.call) {
  case call::initialisation: {
    const auto again = insist([&] { return node_.initialise(initialisation_of(about, request)); });
    look_at(again, recognised(again));
    break;
  }
  case call::step: {
    const auto again = insist([&] { return node_.step(report_of(about, request)); });
    look_at(again, recognised(again));
    break;
  }
  case call::mock: {
    const auto again = insist([&] { return node_.mock(initialisation_of(about, request)); });
    look_at(again, again.has_value());
    break;
  }
  case call::deletion: {
    const auto again = insist([&] { return node_.remove(about.identifier, request.operation_id); });
    look_at(again, again && *again == request.existed);
    break;
  }
  }
  if (!fits)
    own_.wrong(name + " got another answer the second time" + (reason ? told_by(*reason) : ""));
  return fits;
}

} // namespace lockstep::crash
