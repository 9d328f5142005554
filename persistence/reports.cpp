#include "persistence/reports.hpp"

#include "model/in_quotes.hpp"
#include "model/term/term_text.hpp"

#include <optional>

namespace lockstep {

namespace {

std::string quoted(const std::string& state) { return state.empty() ? "nil" : state; }

std::optional<std::string> text_of(const std::map<std::string, term>& context,
                                   const std::string& key) {
  auto found = context.find(key);
  auto text = found == context.end() ? std::nullopt : found->second.as_binary();
  return text ? std::optional<std::string>{*text} : std::nullopt;
}

} // namespace

bool is_deviation(verdict outcome) noexcept {
  return outcome == verdict::deviation_still_equivalent
         || outcome == verdict::deviation_not_equivalent;
}

ec code_of(verdict outcome) noexcept {
  return outcome == verdict::deviation_still_equivalent ? ec::deviation_still_equivalent
                                                        : ec::deviation_not_equivalent;
}

failure already_in_use(const term& identifier, const std::string& specification) {
  return {ec::instance_identifier_already_in_use,
          "the identifier " + to_text(identifier) + " belongs to an instance of " + specification
              + " already",
          {{"identifier", identifier}, {"specification", specification}}};
}

failure not_found(const term& identifier) {
  return {ec::instance_identifier_not_found,
          "there is no instance " + to_text(identifier)
              + "; it was not initialised, or it was deleted",
          {{"identifier", identifier}}};
}

failure model_not_found(const std::string& specification, const std::string& shard) {
  return {ec::impl_model_not_found,
          shard + " has no implementation model of " + specification
              + "; put a .spex file into impl-models-dir, or learn one",
          {{"specification", specification}, {"shard", shard}}};
}

failure unknown_specification(const std::string& name, const specification_catalog& known) {
  std::string names;
  for (const auto& [one, spec] : known)
    names += (names.empty() ? "" : ", ") + one;
  return {ec::unknown_specification,
          "there is no specification " + name
              + (names.empty() ? "; none is configured" : "; there are " + names),
          {{"specification", name}}};
}

tl::unexpected<failure> no_initial_state(const specification& spec) {
  return fail(ec::invalid_specification,
              "the specification " + spec.name()
                  + " has no transitions and so no initial state; add one, or name a state",
              {{"specification", spec.name()}});
}

failure operation_of_another(const std::string& operation_id, const term& owner,
                             const term& identifier) {
  return {ec::invalid_argument,
          "the operation id " + in_quotes(operation_id) + " stands for a step of instance "
              + to_text(owner) + ", not of " + to_text(identifier) + "; use each id once",
          {{"identifier", identifier}, {"operation_id", operation_id}}};
}

failure deviation_report(const instance_head& head, const transition& seen,
                         const judgement& found) {
  auto step = quoted(seen.from) + " --[" + seen.action + "]-> " + seen.to;
  std::string effect =
      found.outcome == verdict::deviation_not_equivalent
          ? ", and with it the implementation is no longer what the specification says"
          : ", but with it the implementation still is what the specification says";
  if (auto why = text_of(found.explanation, "why"))
    effect += ": " + *why;
  if (auto right = text_of(found.explanation, "nearest"))
    effect += "; perhaps " + in_backticks(seen.action) + " should be " + in_backticks(*right);
  else if (right = text_of(found.explanation, "nearest_state"); right)
    effect += "; perhaps " + in_backticks(seen.to) + " should be " + in_backticks(*right);
  failure reported{code_of(found.outcome),
                   "step " + std::to_string(head.step_count) + " of instance "
                       + to_text(head.identifier) + " is not in the implementation model of "
                       + head.specification + ": " + step + effect,
                   {{"identifier", head.identifier},
                    {"specification", head.specification},
                    {"step", static_cast<std::int64_t>(head.step_count)},
                    {"from", seen.from.empty() ? term{atom{"nil"}} : term{seen.from}},
                    {"action", seen.action},
                    {"to", seen.to}}};
  reported.context.insert(found.explanation.begin(), found.explanation.end());
  return reported;
}

failure repeated_deviation(const term& identifier, const receipt& first) {
  return {code_of(first.outcome),
          "step " + std::to_string(first.step_number) + " of instance " + to_text(identifier)
              + " was recorded before as a deviation",
          {{"identifier", identifier},
           {"step", static_cast<std::int64_t>(first.step_number)},
           {"duplicate", atom{"true"}}}};
}

failure late_report(const instance_head& head, const specification& spec) {
  return {ec::transition_timeout,
          "instance " + to_text(head.identifier) + " of " + head.specification
              + " is late: no step for more than " + to_string(spec.options().transition_timeout)
              + " since it became " + head.current_state + " at " + to_string(head.last_step_at),
          {{"identifier", head.identifier},
           {"specification", head.specification},
           {"state", head.current_state},
           {"step", static_cast<std::int64_t>(head.step_count)},
           {"last_step_at", to_string(head.last_step_at)}}};
}

} // namespace lockstep
