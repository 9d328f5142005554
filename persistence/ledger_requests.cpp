/// What callers ask of a ledger: initialisations, steps, mocks and removals.

#include "persistence/ledger.hpp"

#include "model/operation_id.hpp"
#include "model/workflow/deadline.hpp"
#include "persistence/reports.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

result<void> check_step_names(std::string_view action, std::string_view state) {
  if (auto checked = check_name("action", action); !checked)
    return checked;
  return check_name("state", state);
}

} // namespace

decision ledger::initialise(const initialisation& request, timestamp now) {
  if (auto ready = refresh(); !ready)
    return refuse(ready.error());
  auto repeated = repetition_of(request.operation_id, request.specification, request.identifier,
                                request_kind::initialisation);
  if (!repeated)
    return refuse(repeated.error());
  if (*repeated)
    return std::move(**repeated);
  std::vector<report> reports;
  auto worst = verdict::conforms;
  auto begun = begin(request, now, worst, reports);
  return conclude(begun ? receipt{1, worst, false} : receipt{}, std::move(reports));
}

bool ledger::begin(const initialisation& request, timestamp now, verdict& worst,
                   std::vector<report>& reports) {
  auto spec = find_specification(request.specification);
  if (!spec) {
    reports.push_back({spec.error(), nullptr});
    return false;
  }
  const auto& initial =
      request.initial_state.empty() ? (*spec)->initial_state() : request.initial_state;
  result<void> checked =
      initial.empty() ? result<void>{no_initial_state(**spec)} : check_name("state", initial);
  if (!checked) {
    reports.push_back({checked.error(), *spec});
    return false;
  }
  auto known = find_live(request.identifier);
  if (!known) {
    reports.push_back({known.error(), *spec});
    return false;
  }
  if (*known != nullptr) {
    reports.push_back(
        {already_in_use(request.identifier, residents_.specification_of(**known)), *spec});
    return false;
  }
  auto* rule = rule_of(*spec, reports);
  if (rule == nullptr)
    return false;
  stored_instance created;
  created.head.specification = request.specification;
  created.head.identifier = request.identifier;
  created.head.meta = request.meta;
  created.head.last_step_at = request.at.value_or(now);
  created.number = ++last_number_;
  auto& made = create(created);
  staged_.push_back(put_instance{std::move(created.head), created.number});
  record(made, *spec, *rule,
         {std::string(initialisation_action), initial, request.at.value_or(now), {}},
         request.operation_id, now, worst, reports);
  return true;
}

decision ledger::step(const step_report& request, timestamp now) {
  if (auto checked = check_step_names(request.action, request.to); !checked)
    return refuse(checked.error());
  auto found = find_live(request.identifier);
  if (!found)
    return refuse(found.error());
  auto* known = *found;
  auto repeated = repetition_of(request.operation_id,
                                known ? residents_.specification_of(*known) : request.initialise_as,
                                request.identifier, request_kind::step);
  if (!repeated)
    return refuse(repeated.error());
  if (*repeated)
    return std::move(**repeated);
  if (known == nullptr && request.initialise_as.empty())
    return refuse(not_found(request.identifier));

  std::vector<report> reports;
  auto worst = verdict::conforms;
  if (known == nullptr) {
    initialisation first;
    first.specification = request.initialise_as;
    first.identifier = request.identifier;
    first.at = request.at;
    if (!begin(first, now, worst, reports))
      return conclude({}, std::move(reports));
    known = residents_.find(request.identifier);
  }
  auto spec = find_specification(residents_.specification_of(*known));
  if (!spec)
    return refuse(spec.error());
  auto* rule = rule_of(*spec, reports);
  if (rule == nullptr)
    return conclude({}, std::move(reports));
  auto at = request.at.value_or(now);
  std::optional<report> late;
  if (known->deadline && *known->deadline <= at) {
    late = report{late_report(residents_.head_of(*known), **spec), *spec};
    staged_.push_back(mark_late{request.identifier});
    ++known->times_late;
  }
  auto number = known->step_count + 1;
  record(*known, *spec, *rule, {request.action, request.to, at, {}}, request.operation_id, now,
         worst, reports);
  auto made = conclude({number, worst, false}, std::move(reports));
  if (late) // told, but no fault of this step
    made.reports.insert(made.reports.begin(), std::move(*late));
  return made;
}

void ledger::record(resident& known, const std::shared_ptr<const specification>& spec,
                    conformance& rule, lockstep::step made, const std::string& operation_id,
                    timestamp now, verdict& worst, std::vector<report>& reports) {
  transition seen{residents_.state_of(known), made.action, made.to};
  auto found = rule.observe(seen);
  made.outcome = found.outcome;
  if (made.outcome == verdict::learned && options_.keep_learned_models) {
    if (stored_models_.insert(spec->name()).second)
      stage_model(rule.model());
    else
      staged_.push_back(learn_transition{spec->name(), seen});
  }
  known.state = residents_.names().of(made.to);
  known.last_step_at = made.at;
  ++known.step_count;
  if (is_deviation(made.outcome))
    reports.push_back({deviation_report(residents_.head_of(known), seen, found), spec});
  worst = std::max(worst, made.outcome);
  replace_deadline(known, deadline(*spec, made.to, made.at));
  const auto answered =
      first_seen(reports) != reports.end() ? step_reply::error : step_reply::receipt;
  if (!operation_id.empty())
    staged_operations_.insert_or_assign(
        operation_id, recorded_operation{known.step_count, worst, known.identifier, answered});
  staged_.push_back(append_step{known.identifier, known.number, known.step_count, std::move(made),
                                known.deadline, operation_id, worst, answered, now});
}

result<void> ledger::mock(const initialisation& request, timestamp now) {
  if (auto ready = refresh(); !ready)
    return ready;
  auto spec = find_specification(request.specification);
  if (!spec)
    return tl::unexpected(spec.error());
  if (auto checked = check_name("state", request.initial_state); !checked)
    return checked;
  auto before = recorded(request.operation_id);
  if (!before)
    return tl::unexpected(before.error());
  if (*before && (*before)->identifier == call_about_many())
    return tl::unexpected(operation_of_another_kind(request.operation_id));
  if (*before && (*before)->identifier != request.identifier)
    return tl::unexpected(operation_of_another(
        request.operation_id, (*before)->identifier.value_or(term{}), request.identifier));
  if (*before)
    return (*before)->may_be(recorded_operation::mock)
               ? result<void>{}
               : tl::unexpected(operation_of_another_kind(request.operation_id));
  if (auto removed = remove(request.identifier); !removed)
    return tl::unexpected(removed.error());
  stored_instance placed;
  placed.head.specification = request.specification;
  placed.head.identifier = request.identifier;
  placed.head.meta = request.meta;
  placed.head.current_state = request.initial_state;
  placed.head.last_step_at = request.at.value_or(now);
  placed.number = ++last_number_;
  create(placed);
  staged_.push_back(put_instance{std::move(placed.head), placed.number});
  remember_operation(request.operation_id,
                     {recorded_operation::mock, verdict::conforms, request.identifier}, now);
  return {};
}

result<bool> ledger::remove(const term& identifier) {
  auto found = find_live(identifier);
  if (!found)
    return tl::unexpected(found.error());
  auto* known = *found;
  if (known == nullptr)
    return false;
  replace_deadline(*known, std::nullopt);
  known->is_deleted = true;
  staged_.push_back(delete_instance{identifier});
  return true;
}

// -- what requests have in common -----------------------------------------------------------------

decision ledger::conclude(const receipt& recorded, std::vector<report> reports) const {
  const auto seen = first_seen(reports);
  if (seen == reports.end())
    return {recorded, std::move(reports)};
  return {tl::unexpected(seen->error), std::move(reports)};
}

std::vector<report>::const_iterator ledger::first_seen(const std::vector<report>& reports) const {
  return std::ranges::find_if(
      reports, [this](const report& one) { return !policy_of(one).swallows(one.error.code); });
}

decision ledger::refuse(failure reason, std::shared_ptr<const specification> spec) const {
  std::vector<report> reports;
  reports.push_back({std::move(reason), std::move(spec)});
  return conclude({}, std::move(reports));
}

result<std::optional<decision>> ledger::repetition_of(const std::string& operation_id,
                                                      const std::string& specification,
                                                      const term& identifier, request_kind kind) {
  auto found = recorded(operation_id);
  if (!found)
    return tl::unexpected(found.error());
  const auto& first = *found;
  if (!first)
    return std::nullopt;
  auto spec = find_specification(specification);
  const auto& policy = spec ? (*spec)->options().policy : options_.policy;
  if (first->identifier == call_about_many())
    return refuse(operation_of_another_kind(operation_id), spec ? *spec : nullptr);
  if (first->identifier && *first->identifier != identifier)
    return refuse(operation_of_another(operation_id, *first->identifier, identifier),
                  spec ? *spec : nullptr);
  // An initialisation is the first step; what made no step was neither.
  if (!first->made_step() || (kind == request_kind::initialisation && first->step_number != 1))
    return refuse(operation_of_another_kind(operation_id), spec ? *spec : nullptr);
  receipt again{first->step_number, first->outcome, true};
  const auto as_policy_says =
      is_deviation(again.outcome) && !policy.swallows(code_of(again.outcome));
  if (first->answered == step_reply::error
      || (first->answered == step_reply::not_kept && as_policy_says))
    return decision{tl::unexpected(repeated_deviation(identifier, again)), {}};
  return decision{again, {}};
}

result<std::optional<recorded_operation>> ledger::recorded(const std::string& operation_id) {
  if (auto ready = refresh(); !ready)
    return tl::unexpected(ready.error());
  if (operation_id.empty())
    return std::nullopt;
  if (auto staged = staged_operations_.find(operation_id); staged != staged_operations_.end())
    return staged->second;
  if (not_stored_.contains(operation_id))
    return std::nullopt;
  return store_->find_operation(operation_id);
}

void ledger::remember_operation(const std::string& operation_id, recorded_operation made,
                                timestamp now) {
  if (operation_id.empty())
    return;
  staged_operations_.insert_or_assign(operation_id, made);
  staged_.push_back(restore_operation{{operation_id, std::move(made), now}});
}

result<std::optional<std::uint64_t>> ledger::answered_before(const std::string& operation_id,
                                                             const std::optional<term>& about,
                                                             std::uint64_t kind) {
  auto found = recorded(operation_id);
  if (!found)
    return tl::unexpected(found.error());
  if (!*found)
    return std::nullopt;
  const auto& first = **found;
  if (first.identifier != about.value_or(call_about_many()) || (about && !first.may_be(kind)))
    return tl::unexpected(operation_of_another_kind(operation_id));
  return about ? first.step_number & recorded_operation::had_no_effect : first.step_number;
}

void ledger::remember_call(const std::string& operation_id, std::uint64_t count, timestamp now,
                           const std::optional<term>& about) {
  remember_operation(operation_id, {count, verdict::conforms, about.value_or(call_about_many())},
                     now);
}

batch ledger::remembered_call(const std::string& operation_id, std::uint64_t count, timestamp now,
                              const std::optional<term>& about) {
  if (operation_id.empty())
    return {};
  not_stored_.erase(operation_id);
  return {restore_operation{
      {operation_id, {count, verdict::conforms, about.value_or(call_about_many())}, now}}};
}

conformance* ledger::rule_of(const std::shared_ptr<const specification>& spec,
                             std::vector<report>& reports) {
  const auto& name = spec->name();
  if (auto found = conformances_.find(name); found != conformances_.end())
    return &found->second;
  reports.push_back({model_not_found(name, options_.shard_name), spec});
  if (!spec->options().policy.swallows(ec::impl_model_not_found))
    return nullptr;
  implementation_model empty{name, true, {}};
  return &conformances_.emplace(name, conformance{spec, std::move(empty)}).first->second;
}

} // namespace lockstep
