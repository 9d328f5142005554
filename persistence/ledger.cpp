#include "persistence/ledger.hpp"

#include "model/workflow/specification_json.hpp"
#include "persistence/reports.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <unordered_set>
#include <utility>
#include <variant>

namespace lockstep {

namespace {

/// Does the store show what a batch leaves behind that was committed, perhaps? False if that cannot
/// be told.
bool shows(instance_store& store, const batch& staged) {
  std::unordered_set<term> deleted_later;
  std::unordered_set<term> created;
  const auto has = [&](const term& identifier, std::uint64_t number, std::uint64_t steps) {
    const auto found = store.find(identifier);
    return found && *found && (*found)->number == number && (*found)->head.step_count >= steps;
  };
  for (const auto& one : std::views::reverse(staged)) {
    if (const auto* gone = std::get_if<delete_instance>(&one)) {
      deleted_later.insert(gone->identifier);
    } else if (const auto* made = std::get_if<append_step>(&one)) {
      if (!deleted_later.contains(made->identifier))
        return has(made->identifier, made->instance, made->number);
    } else if (const auto* put = std::get_if<put_instance>(&one)) {
      if (!deleted_later.contains(put->head.identifier))
        return has(put->head.identifier, put->number, put->head.step_count);
      created.insert(put->head.identifier);
    } else if (const auto* call = std::get_if<restore_operation>(&one)) {
      const auto found = store.find_operation(call->operation.id);
      return found && *found == call->operation.recorded;
    }
  }
  for (const auto& identifier : deleted_later)
    if (!created.contains(identifier)) { // so it was there before
      const auto found = store.find(identifier);
      return found && !*found;
    }
  return false;
}

} // namespace

result<ledger> ledger::open(std::unique_ptr<instance_store> store,
                            std::shared_ptr<const specification_catalog> catalog,
                            std::vector<implementation_model> models, ledger_options options) {
  ledger opened{std::move(options)};
  opened.store_ = std::move(store);
  opened.configured_ = std::move(catalog);
  opened.files_ = std::move(models);
  if (auto loaded = opened.load(); !loaded)
    return tl::unexpected(loaded.error());
  return opened;
}

result<void> ledger::load() {
  stale_ = true;
  residents_.clear();
  deadlines_.reset();
  staged_.clear();
  staged_operations_.clear();
  auto last = store_->last_instance();
  if (!last)
    return tl::unexpected(last.error());
  last_number_ = *last;
  return read_deadlines()
      .and_then([this] { return load_specifications(); })
      .and_then([this] { return load_models(); })
      .map([this] { stale_ = false; });
}

result<void> ledger::read_deadlines() {
  if (!deadlines_.is_used_up())
    return {};
  auto due = store_->deadlines(*deadlines_.horizon(), deadlines_.capacity());
  if (!due)
    return tl::unexpected(due.error());
  deadlines_.refill(std::move(*due));
  return {};
}

result<void> ledger::load_specifications() {
  auto declared = store_->specifications();
  if (!declared)
    return tl::unexpected(declared.error());
  auto catalog = std::make_shared<specification_catalog>(*configured_);
  for (const auto& [name, text] : *declared) {
    auto spec = parse_specification_json(text, "the stored specification " + name);
    if (!spec)
      return fail(ec::store_failure,
                  spec.error().message
                      + "; configure a specification of that name, which replaces it",
                  spec.error().context);
    auto& known = (*catalog)[name];
    if (!known || *known != *spec)
      known = std::make_shared<specification>(std::move(*spec));
  }
  // What was known before may have a callback, which no store keeps.
  if (catalog_)
    for (auto& [name, spec] : *catalog)
      if (auto before = catalog_->find(name); before != catalog_->end() && *before->second == *spec)
        spec = before->second;
  catalog_ = std::move(catalog);
  return {};
}

result<void> ledger::load_models() {
  auto stored =
      options_.keep_learned_models ? store_->models() : result<std::vector<implementation_model>>{};
  if (!stored)
    return tl::unexpected(stored.error());
  stored_models_.clear();
  made_to_learn_.clear();
  auto learned = std::exchange(conformances_, {});
  std::map<std::string, implementation_model> models;
  for (auto& model : *stored) {
    stored_models_.insert(model.specification);
    models.emplace(model.specification, std::move(model));
  }
  // What was learned and is not to be stored has no other place than here.
  if (!options_.keep_learned_models)
    for (const auto& [name, rule] : learned) {
      written_models_.insert(name);
      models.emplace(name, rule.model());
    }
  for (const auto& file : files_) {
    auto [known, is_new] = models.emplace(file.specification, file);
    if (is_new || written_models_.contains(file.specification))
      continue;
    auto united = starting_model(known->second, file);
    // What is learned on top of a file's transitions must not be stored without them.
    if (united.transitions != known->second.transitions)
      stored_models_.erase(file.specification);
    known->second = std::move(united);
  }
  for (const auto& [name, spec] : *catalog_) {
    auto model = models.find(name);
    if (model == models.end() && !options_.learn)
      continue;
    auto start = model == models.end() ? implementation_model{name, false, {}} : model->second;
    if (options_.learn && !start.learning) {
      start.learning = true;
      made_to_learn_.insert(name);
    }
    conformances_.emplace(name, conformance{spec, std::move(start)});
  }
  return {};
}

result<void> ledger::commit() {
  if (staged_.empty())
    return {};
  not_stored_.clear();
  stored_ = false;
  if (auto committed = store_->commit(staged_); !committed) {
    if (auto loaded = load(); !loaded)
      return fail(committed.error().code,
                  committed.error().message + "; and then " + loaded.error().message,
                  loaded.error().context);
    return committed;
  }
  stored_ = true;
  evict();
  for (const auto& one : staged_)
    if (const auto* put = std::get_if<put_model>(&one))
      written_models_.insert(put->specification);
  staged_.clear();
  staged_operations_.clear();
  if (!deadlines_.is_used_up())
    dropped_until_ = timestamp::min();
  // What cannot be read now is read at the next commit or by `expire`.
  if (read_deadlines() && dropped_until_ != timestamp::min())
    drop_deadlines(dropped_until_); // there are more
  return {};
}

bool ledger::was_committed() noexcept {
  if (stored_)
    return true;
  try {
    return shows(*store_, staged_);
  } catch (...) {
    return false;
  }
}

// -- reading --------------------------------------------------------------------------------------

result<instance> ledger::get(const term& identifier) {
  auto known = find_live(identifier);
  if (!known)
    return tl::unexpected(known.error());
  if (*known == nullptr)
    return tl::unexpected(not_found(identifier));
  return whole_instance(*store_, residents_.head_of(**known));
}

result<std::vector<implementation_model>> ledger::models() {
  if (auto ready = refresh(); !ready)
    return tl::unexpected(ready.error());
  std::vector<implementation_model> all;
  for (const auto& [name, rule] : conformances_)
    all.push_back(rule.model());
  return all;
}

result<std::shared_ptr<const specification>>
ledger::find_specification(const std::string& name) const {
  if (auto found = catalog_->find(name); found != catalog_->end())
    return found->second;
  return tl::unexpected(unknown_specification(name, *catalog_));
}

// -- memory ---------------------------------------------------------------------------------------

result<resident*> ledger::find(const term& identifier) {
  if (auto ready = refresh(); !ready)
    return tl::unexpected(ready.error());
  if (auto* known = residents_.find(identifier))
    return known;
  auto stored = store_->find(identifier);
  if (!stored)
    return tl::unexpected(stored.error());
  if (!*stored)
    return nullptr;
  if (staged_.empty())
    evict();
  auto& known = residents_.add(**stored);
  if (known.deadline && *known.deadline <= dropped_until_)
    known.deadline.reset();
  return &known;
}

result<resident*> ledger::find_live(const term& identifier) {
  return find(identifier).map([](resident* known) {
    return known != nullptr && known->is_deleted ? nullptr : known;
  });
}

resident& ledger::create(const stored_instance& created) {
  auto* before = residents_.find(created.head.identifier);
  if (before == nullptr)
    return residents_.add(created);
  residents_.replace(*before, created);
  return *before;
}

void ledger::evict() {
  for (const auto& one : staged_)
    if (const auto* gone = std::get_if<delete_instance>(&one))
      residents_.forget_deleted(gone->identifier);
  const auto limit = std::max<std::size_t>(options_.max_resident_instances, 1);
  residents_.shrink_to(staged_.empty() ? limit - 1 : limit);
}

} // namespace lockstep
