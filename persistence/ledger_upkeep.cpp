/// What a ledger does beside requests: deadlines, pruning, models and specifications.

#include "model/workflow/pruning.hpp"
#include "model/workflow/specification_json.hpp"
#include "persistence/ledger.hpp"
#include "persistence/reports.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

// A slice takes a few milliseconds, commit aside: `bench/sweep` measures it.
constexpr std::size_t visited_a_slice = 500;
constexpr std::size_t removed_a_slice = 30;
/// Operations, and steps of deleted instances.
constexpr std::size_t forgotten_a_slice = 500;
constexpr std::size_t collected_a_slice = 500;

} // namespace

// -- deadlines ------------------------------------------------------------------------------------

result<std::vector<report>> ledger::expire(timestamp now, std::size_t limit,
                                           const std::function<bool(const term&)>& is_exempt) {
  if (auto ready = refresh(); !ready)
    return tl::unexpected(ready.error());
  handled_last_.reset();
  std::vector<report> reports;
  if (staged_.empty())
    if (auto read = read_deadlines(); !read)
      return tl::unexpected(read.error());
  if (dropped_until_ != timestamp::min()) // there are more, or they could not be stored
    drop_deadlines(dropped_until_);
  while (reports.size() < limit) {
    const auto* first = deadlines_.first();
    if (first == nullptr || first->at > now)
      break;
    auto due = *first;
    if (is_exempt && is_exempt(due.identifier)) {
      deadlines_.remove({due.at, due.number});
      continue;
    }
    handled_last_ = due.identifier;
    auto known = find_live(due.identifier);
    if (!known && reports.empty())
      return tl::unexpected(known.error());
    if (!known) // What was counted must be told; the error will be back at the next call.
      break;
    deadlines_.remove({due.at, due.number});
    if (*known == nullptr)
      continue;
    (*known)->deadline.reset();
    ++(*known)->times_late;
    staged_.push_back(mark_late{due.identifier});
    auto late = residents_.head_of(**known);
    if (auto spec = find_specification(late.specification))
      reports.push_back({late_report(late, **spec), *spec});
  }
  return reports;
}

void ledger::drop_deadlines(timestamp passed) {
  std::optional<timestamp> last;
  for (const auto* first = deadlines_.first(); first != nullptr && first->at <= passed;
       first = deadlines_.first()) {
    last = first->at;
    deadlines_.remove({first->at, first->number});
  }
  if (last) {
    residents_.drop_deadlines(*last);
    staged_.push_back(lockstep::drop_deadlines{*last});
  }
  const auto more = deadlines_.is_used_up() && deadlines_.horizon()->at <= passed;
  if (last || more)
    dropped_until_ = passed;
}

std::optional<timestamp> ledger::next_deadline() const {
  return stale_ ? timestamp::min() : deadlines_.next();
}

void ledger::replace_deadline(resident& known, std::optional<timestamp> due) {
  if (known.deadline)
    deadlines_.remove({*known.deadline, known.number});
  known.deadline = due;
  if (due)
    deadlines_.add({*due, known.number, known.identifier});
}

// -- pruning --------------------------------------------------------------------------------------

result<sweep_slice> ledger::sweep(page_request part, const instance_predicate& doomed) {
  handled_last_.reset();
  part.visit = std::min(part.visit, visited_a_slice);
  part.limit = std::min(part.limit, removed_a_slice);
  auto page = store_->page(part, doomed);
  if (!page)
    return tl::unexpected(page.error());
  for (const auto& one : page->instances) {
    handled_last_ = one.head.identifier;
    if (auto removed = remove(one.head.identifier); !removed)
      return tl::unexpected(removed.error());
  }
  return sweep_slice{page->instances.size(), page->next};
}

result<sweep_slice> ledger::prune(page_request part, timestamp now,
                                  const instance_predicate& may_go) {
  return sweep(part, [&](const instance_head& instance) {
    auto spec = catalog_->find(instance.specification);
    return spec != catalog_->end() && is_prunable(*spec->second, instance, now)
           && (!may_go || may_go(instance));
  });
}

bool ledger::prunes() const {
  return std::ranges::any_of(*catalog_,
                             [](const auto& entry) { return lockstep::prunes(*entry.second); });
}

result<bool> ledger::collect(timestamp now) {
  const auto& kept = options_.operation_retention;
  if (kept && now.time_since_epoch() > timestamp::min().time_since_epoch() + *kept) {
    auto more = store_->forget_operations(now - *kept, forgotten_a_slice);
    if (!more || *more)
      return more;
  }
  return store_->collect(collected_a_slice);
}

// -- models and specifications --------------------------------------------------------------------

result<void> ledger::adopt(const std::vector<implementation_model>& models) {
  if (auto ready = refresh(); !ready)
    return ready;
  for (const auto& model : models)
    if (auto spec = find_specification(model.specification); !spec)
      return tl::unexpected(spec.error());
  for (const auto& model : models) {
    made_to_learn_.erase(model.specification);
    if (auto rule = conformances_.find(model.specification); rule != conformances_.end())
      rule->second.replace(model);
    else
      conformances_.emplace(model.specification,
                            conformance{catalog_->at(model.specification), model});
    if (options_.keep_learned_models) {
      stored_models_.insert(model.specification);
      stage_model(model);
    }
  }
  return {};
}

void ledger::stage_model(const implementation_model& model) {
  auto learning = model.learning && !made_to_learn_.contains(model.specification);
  staged_.push_back(put_model{model.specification, learning});
  for (const auto& known : model.transitions)
    staged_.push_back(learn_transition{model.specification, known});
}

result<void> ledger::declare(std::shared_ptr<const specification> spec) {
  if (auto ready = refresh(); !ready)
    return ready;
  const auto& name = spec->name();
  if (spec->transitions().empty())
    return no_initial_state(*spec);
  auto known = catalog_->find(name);
  auto is_new = known == catalog_->end() || *known->second != *spec;
  auto changed = std::make_shared<specification_catalog>(*catalog_);
  changed->insert_or_assign(name, spec);
  catalog_ = std::move(changed);
  if (auto rule = conformances_.find(name); rule != conformances_.end()) {
    rule->second.declare(spec);
  } else if (options_.learn) {
    made_to_learn_.insert(name);
    conformances_.emplace(name, conformance{spec, implementation_model{name, true, {}}});
  }
  if (is_new)
    staged_.push_back(put_specification{name, to_json_text(*spec)});
  return {};
}

result<void> prefer_configured(instance_store& store, const specification_catalog& configured) {
  auto declared = store.specifications();
  if (!declared)
    return tl::unexpected(declared.error());
  batch dropped;
  for (const auto& [name, text] : *declared)
    if (configured.contains(name))
      dropped.push_back(drop_specification{name});
  return dropped.empty() ? result<void>{} : store.commit(dropped);
}

} // namespace lockstep
