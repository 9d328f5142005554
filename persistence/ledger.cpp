#include "persistence/ledger.hpp"

#include "model/term/term_text.hpp"
#include "model/workflow/deadline.hpp"
#include "persistence/reports.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

/// The answer to a request that was recorded: the first report that the policy lets through, or a
/// receipt.
result<receipt> answer_to(const receipt& recorded, const std::vector<failure>& reports,
                          const error_policy& policy) {
  for (const auto& report : reports)
    if (!policy.swallows(report.code))
      return tl::unexpected(report);
  return recorded;
}

result<void> check_step_names(std::string_view action, std::string_view state) {
  if (auto checked = check_name("action", action); !checked)
    return checked;
  return check_name("state", state);
}

} // namespace

result<ledger> ledger::open(std::unique_ptr<instance_store> store,
                            std::shared_ptr<const specification_catalog> catalog,
                            std::vector<implementation_model> models, ledger_options options) {
  ledger opened;
  opened.store_ = std::move(store);
  opened.catalog_ = std::move(catalog);
  opened.files_ = std::move(models);
  opened.options_ = std::move(options);
  if (auto loaded = opened.load(); !loaded)
    return tl::unexpected(loaded.error());
  return opened;
}

result<void> ledger::load() {
  residents_.clear();
  recency_.clear();
  conformances_.clear();
  stored_models_.clear();
  deadlines_.clear();
  staged_.clear();
  staged_operations_.clear();

  auto due = store_->deadlines();
  if (!due)
    return tl::unexpected(due.error());
  for (auto& entry : *due)
    if (entry.first > forgotten_until_)
      deadlines_.insert(std::move(entry));

  std::map<std::string, implementation_model> models;
  if (options_.keep_learned_models) {
    auto stored = store_->models();
    if (!stored)
      return tl::unexpected(stored.error());
    for (auto& model : *stored) {
      stored_models_.insert(model.specification);
      models.emplace(model.specification, std::move(model));
    }
  }
  for (const auto& file : files_) {
    auto [known, is_new] = models.emplace(file.specification, file);
    if (is_new)
      continue;
    auto united = file.learning ? merge(known->second, file) : file;
    // What is learned on top of a file's transitions must not be stored without them.
    if (united.transitions != known->second.transitions)
      stored_models_.erase(file.specification);
    known->second = std::move(united);
  }
  for (const auto& [name, spec] : *catalog_) {
    auto model = models.find(name);
    if (model == models.end() && !options_.learn)
      continue;
    auto start = model == models.end() ? implementation_model{name, true, {}} : model->second;
    start.learning = start.learning || options_.learn;
    conformances_.emplace(name, conformance{spec, std::move(start)});
  }
  return {};
}

// -- requests -------------------------------------------------------------------------------------

decision ledger::initialise(const initialisation& request, timestamp now) {
  auto repeated = repetition_of(request.operation_id, request.specification, request.identifier);
  if (!repeated)
    return {tl::unexpected(repeated.error()), {}};
  if (*repeated)
    return std::move(**repeated);
  decision made;
  auto worst = verdict::conforms;
  auto begun = begin(request, now, worst, made.reports);
  if (!begun) {
    made.answer = tl::unexpected(begun.error());
    return made;
  }
  made.answer = answer_to({1, worst, false}, made.reports, (*begun)->options().policy);
  return made;
}

result<std::shared_ptr<const specification>> ledger::begin(const initialisation& request,
                                                           timestamp now, verdict& worst,
                                                           std::vector<failure>& reports) {
  auto spec = find_specification(request.specification);
  if (!spec)
    return spec;
  const auto& initial =
      request.initial_state.empty() ? (*spec)->initial_state() : request.initial_state;
  if (auto checked = check_name("state", initial); !checked)
    return tl::unexpected(checked.error());
  auto known = find(request.identifier);
  if (!known)
    return tl::unexpected(known.error());
  if (*known) {
    reports.push_back(already_in_use(request.identifier, (*known)->head.specification));
    return tl::unexpected(reports.back());
  }
  auto rule = rule_of(*spec, reports);
  if (!rule)
    return tl::unexpected(rule.error());

  stored_instance created;
  created.head.specification = request.specification;
  created.head.identifier = request.identifier;
  created.head.meta = request.meta;
  created.head.last_step_at = request.at.value_or(now);
  staged_.push_back(put_instance{created.head});
  record(std::move(created), **rule,
         {std::string(initialisation_action), initial, request.at.value_or(now), {}},
         request.operation_id, worst, reports);
  return spec;
}

decision ledger::step(const step_report& report, timestamp now) {
  if (auto checked = check_step_names(report.action, report.to); !checked)
    return {tl::unexpected(checked.error()), {}};
  auto known = find(report.identifier);
  if (!known)
    return {tl::unexpected(known.error()), {}};
  auto repeated = repetition_of(report.operation_id,
                                *known ? (*known)->head.specification : report.initialise_as,
                                report.identifier);
  if (!repeated)
    return {tl::unexpected(repeated.error()), {}};
  if (*repeated)
    return std::move(**repeated);

  decision made;
  auto worst = verdict::conforms;
  if (!*known && report.initialise_as.empty()) {
    made.reports.push_back(not_found(report.identifier));
    made.answer = tl::unexpected(made.reports.back());
    return made;
  }
  if (!*known) {
    initialisation first;
    first.specification = report.initialise_as;
    first.identifier = report.identifier;
    first.at = report.at;
    if (auto begun = begin(first, now, worst, made.reports); !begun) {
      made.answer = tl::unexpected(begun.error());
      return made;
    }
    known = find(report.identifier);
  }
  auto spec = find_specification((*known)->head.specification);
  auto rule = spec ? rule_of(*spec, made.reports) : tl::unexpected(spec.error());
  if (!rule) {
    made.answer = tl::unexpected(rule.error());
    return made;
  }
  auto at = report.at.value_or(now);
  std::vector<failure> late;
  if ((*known)->deadline && *(*known)->deadline < at) {
    late.push_back(late_report((*known)->head, **spec));
    staged_.push_back(mark_late{report.identifier});
    ++(*known)->times_late;
  }
  auto number = (*known)->head.step_count + 1;
  record(std::move(**known), **rule, {report.action, report.to, at, {}}, report.operation_id, worst,
         made.reports);
  made.answer = answer_to({number, worst, false}, made.reports, (*spec)->options().policy);
  made.reports.insert(made.reports.begin(), late.begin(), late.end());
  return made;
}

void ledger::record(stored_instance known, conformance& rule, lockstep::step made,
                    const std::string& operation_id, verdict& worst,
                    std::vector<failure>& reports) {
  auto& head = known.head;
  transition seen{head.current_state, made.action, made.to};
  made.outcome = rule.observe(seen);
  if (made.outcome == verdict::learned && options_.keep_learned_models) {
    if (stored_models_.insert(head.specification).second)
      stage_model(rule.model());
    else
      staged_.push_back(learn_transition{head.specification, seen});
  }
  head.current_state = made.to;
  head.last_step_at = made.at;
  ++head.step_count;
  if (is_deviation(made.outcome))
    reports.push_back(deviation_report(head, seen, made.outcome));
  worst = std::max(worst, made.outcome);

  auto due = deadline(rule.spec(), head);
  replace_deadline(head.identifier, known.deadline, due);
  known.deadline = due;
  if (!operation_id.empty())
    staged_operations_.insert_or_assign(operation_id, recorded_operation{head.step_count, worst});
  auto identifier = head.identifier;
  append_step append{identifier, head.step_count, std::move(made), due, operation_id, worst};
  staged_.push_back(std::move(append));
  keep(identifier, std::move(known));
}

result<void> ledger::mock(const initialisation& request, timestamp now) {
  auto spec = find_specification(request.specification);
  if (!spec)
    return tl::unexpected(spec.error());
  if (auto checked = check_name("state", request.initial_state); !checked)
    return checked;
  if (auto removed = remove(request.identifier); !removed)
    return removed;
  stored_instance placed;
  placed.head.specification = request.specification;
  placed.head.identifier = request.identifier;
  placed.head.meta = request.meta;
  placed.head.current_state = request.initial_state;
  placed.head.last_step_at = request.at.value_or(now);
  staged_.push_back(put_instance{placed.head});
  keep(request.identifier, std::move(placed));
  return {};
}

result<void> ledger::remove(const term& identifier) {
  auto known = find(identifier);
  if (!known)
    return tl::unexpected(known.error());
  if (!*known)
    return {};
  replace_deadline(identifier, (*known)->deadline, std::nullopt);
  staged_.push_back(delete_instance{identifier});
  keep(identifier, std::nullopt);
  return {};
}

result<std::vector<failure>> ledger::expire(timestamp now) {
  std::vector<failure> reports;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    auto identifier = deadlines_.begin()->second;
    auto known = find(identifier);
    if (!known && reports.empty())
      return tl::unexpected(known.error());
    if (!known) // What was counted must be told; the error will be back at the next call.
      break;
    deadlines_.erase(deadlines_.begin());
    if (!*known)
      continue;
    (*known)->deadline.reset();
    ++(*known)->times_late;
    staged_.push_back(mark_late{identifier});
    if (auto spec = find_specification((*known)->head.specification))
      reports.push_back(late_report((*known)->head, **spec));
    keep(identifier, std::move(*known));
  }
  return reports;
}

void ledger::forget_deadlines(timestamp passed) {
  forgotten_until_ = std::max(forgotten_until_, passed);
  while (!deadlines_.empty() && deadlines_.begin()->first <= passed)
    deadlines_.erase(deadlines_.begin());
}

result<void> ledger::adopt(const std::vector<implementation_model>& models) {
  for (const auto& model : models)
    if (auto spec = find_specification(model.specification); !spec)
      return tl::unexpected(spec.error());
  for (const auto& model : models) {
    conformances_.insert_or_assign(model.specification,
                                   conformance{catalog_->at(model.specification), model});
    if (options_.keep_learned_models) {
      stored_models_.insert(model.specification);
      stage_model(model);
    }
  }
  return {};
}

result<void> ledger::commit() {
  if (staged_.empty())
    return {};
  if (auto committed = store_->commit(staged_); !committed) {
    if (auto loaded = load(); !loaded)
      return fail(ec::unavailable,
                  committed.error().message + "; and then " + loaded.error().message,
                  loaded.error().context);
    return committed;
  }
  evict();
  staged_.clear();
  staged_operations_.clear();
  return {};
}

std::optional<timestamp> ledger::next_deadline() const {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.begin()->first;
}

// -- reading --------------------------------------------------------------------------------------

result<instance> ledger::get(const term& identifier) {
  auto known = find(identifier);
  if (!known)
    return tl::unexpected(known.error());
  if (!*known)
    return tl::unexpected(not_found(identifier));
  auto steps = store_->history(identifier);
  if (!steps)
    return tl::unexpected(steps.error());
  auto& head = (*known)->head;
  return instance{std::move(head.specification), std::move(head.identifier), std::move(head.meta),
                  std::move(head.current_state), std::move(*steps)};
}

std::vector<implementation_model> ledger::models() const {
  std::vector<implementation_model> all;
  for (const auto& [name, rule] : conformances_)
    all.push_back(rule.model());
  return all;
}

// -- memory ---------------------------------------------------------------------------------------

result<std::optional<stored_instance>> ledger::find(const term& identifier) {
  if (auto found = residents_.find(identifier); found != residents_.end()) {
    recency_.splice(recency_.begin(), recency_, found->second.recency);
    return found->second.state;
  }
  auto stored = store_->find(identifier);
  if (stored && *stored) {
    keep(identifier, **stored);
    if (staged_.empty())
      evict();
  }
  return stored;
}

void ledger::keep(const term& identifier, std::optional<stored_instance> state) {
  auto [found, is_new] = residents_.try_emplace(identifier);
  if (is_new)
    found->second.recency = recency_.insert(recency_.begin(), identifier);
  found->second.state = std::move(state);
}

void ledger::evict() {
  for (const auto& one : staged_)
    if (const auto* gone = std::get_if<delete_instance>(&one))
      if (auto found = residents_.find(gone->identifier);
          found != residents_.end() && !found->second.state) {
        recency_.erase(found->second.recency);
        residents_.erase(found);
      }
  while (residents_.size() > options_.max_resident_instances) {
    residents_.erase(recency_.back());
    recency_.pop_back();
  }
}

result<std::optional<decision>> ledger::repetition_of(const std::string& operation_id,
                                                      const std::string& specification,
                                                      const term& identifier) {
  if (operation_id.empty())
    return std::nullopt;
  std::optional<recorded_operation> first;
  if (auto staged = staged_operations_.find(operation_id); staged != staged_operations_.end()) {
    first = staged->second;
  } else {
    auto stored = store_->find_operation(operation_id);
    if (!stored)
      return tl::unexpected(stored.error());
    first = *stored;
  }
  if (!first)
    return std::nullopt;
  receipt again{first->step_number, first->outcome, true};
  auto spec = find_specification(specification);
  auto policy = spec ? (*spec)->options().policy : error_policy{};
  if (is_deviation(again.outcome) && !policy.swallows(code_of(again.outcome)))
    return decision{tl::unexpected(repeated_deviation(identifier, again)), {}};
  return decision{again, {}};
}

result<std::shared_ptr<const specification>>
ledger::find_specification(const std::string& name) const {
  if (auto found = catalog_->find(name); found != catalog_->end())
    return found->second;
  return tl::unexpected(unknown_specification(name, *catalog_));
}

result<conformance*> ledger::rule_of(const std::shared_ptr<const specification>& spec,
                                     std::vector<failure>& reports) {
  const auto& name = spec->name();
  if (auto found = conformances_.find(name); found != conformances_.end())
    return &found->second;
  auto missing = model_not_found(name, options_.shard_name);
  reports.push_back(missing);
  if (!spec->options().policy.swallows(missing.code))
    return tl::unexpected(std::move(missing));
  implementation_model empty{name, true, {}};
  return &conformances_.emplace(name, conformance{spec, std::move(empty)}).first->second;
}

void ledger::stage_model(const implementation_model& model) {
  staged_.push_back(put_model{model.specification, model.learning});
  for (const auto& known : model.transitions)
    staged_.push_back(learn_transition{model.specification, known});
}

void ledger::replace_deadline(const term& identifier, std::optional<timestamp> before,
                              std::optional<timestamp> after) {
  if (before)
    deadlines_.erase({*before, identifier});
  if (after)
    deadlines_.emplace(*after, identifier);
}

} // namespace lockstep
