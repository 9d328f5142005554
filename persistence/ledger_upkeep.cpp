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
constexpr std::size_t removed_a_slice = 50;

} // namespace

// -- deadlines ------------------------------------------------------------------------------------

result<std::vector<report>> ledger::expire(timestamp now, std::size_t limit) {
  std::vector<report> reports;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now && reports.size() < limit) {
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
      reports.push_back({late_report((*known)->head, **spec), *spec});
    residents_.keep(identifier, std::move(*known));
  }
  return reports;
}

void ledger::drop_deadlines(timestamp passed) {
  if (deadlines_.empty() || deadlines_.begin()->first > passed)
    return;
  while (!deadlines_.empty() && deadlines_.begin()->first <= passed)
    deadlines_.erase(deadlines_.begin());
  residents_.drop_deadlines(passed);
  dropped_until_ = passed;
  staged_.push_back(lockstep::drop_deadlines{passed});
}

std::optional<timestamp> ledger::next_deadline() const {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.begin()->first;
}

void ledger::replace_deadline(const term& identifier, std::optional<timestamp> before,
                              std::optional<timestamp> after) {
  if (before)
    deadlines_.erase({*before, identifier});
  if (after)
    deadlines_.emplace(*after, identifier);
}

// -- pruning --------------------------------------------------------------------------------------

result<sweep_slice> ledger::sweep(page_request part, const instance_predicate& doomed) {
  part.visit = std::min(part.visit, visited_a_slice);
  part.limit = std::min(part.limit, removed_a_slice);
  auto page = store_->page(part, doomed);
  if (!page)
    return tl::unexpected(page.error());
  for (const auto& one : page->instances)
    if (auto removed = remove(one.head.identifier); !removed)
      return tl::unexpected(removed.error());
  return sweep_slice{page->instances.size(), page->next};
}

result<sweep_slice> ledger::prune(page_request part, timestamp now) {
  return sweep(part, [&](const instance_head& instance) {
    auto spec = catalog_->find(instance.specification);
    return spec != catalog_->end() && is_prunable(*spec->second, instance, now);
  });
}

bool ledger::prunes() const {
  return std::ranges::any_of(*catalog_,
                             [](const auto& entry) { return lockstep::prunes(*entry.second); });
}

// -- models and specifications --------------------------------------------------------------------

result<void> ledger::adopt(const std::vector<implementation_model>& models) {
  for (const auto& model : models)
    if (auto spec = find_specification(model.specification); !spec)
      return tl::unexpected(spec.error());
  for (const auto& model : models) {
    made_to_learn_.erase(model.specification);
    conformances_.insert_or_assign(model.specification,
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
