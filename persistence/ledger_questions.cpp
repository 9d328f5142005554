/// What a ledger needs to know before it applies a request: the questions that larger systems
/// raise.

#include "persistence/ledger.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace lockstep {

namespace {

constexpr std::size_t max_not_stored = 10'000;

/// Where an instance is once the steps before have been applied. The names are those of the ledger,
/// the specification or the steps, and never null.
struct place {
  const std::string* specification;
  const std::string* state;
};

/// The instances of a list.
class places {
public:
  explicit places(std::size_t steps) { known_.reserve(steps); }

  /// @param known Null if there was no such instance before the list. @returns null if it has no
  ///        place yet.
  [[nodiscard]] place* find(const resident* known, const term& identifier) {
    if (known != nullptr)
      return find(known_, known->number);
    return find(made_, identifier);
  }

  place& put(const resident* known, const term& identifier, place at) {
    return (known != nullptr ? known_[known->number] : made_[identifier]) = at;
  }

private:
  template <class Map, class Key>
  static place* find(Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
  }

  /// By number, which is quicker to find than the identifier.
  std::unordered_map<std::uint64_t, place> known_;
  std::unordered_map<term, place> made_;
};

} // namespace

std::vector<question> ledger::questions_before(const initialisation& request) {
  if (!may_ask(1))
    return {};
  if (is_recorded(request.operation_id))
    return {};
  auto spec = find_specification(request.specification);
  auto known = find_live(request.identifier);
  if (!spec || !known || *known != nullptr)
    return {};
  const auto& initial =
      request.initial_state.empty() ? (*spec)->initial_state() : request.initial_state;
  if (!check_name("state", initial))
    return {};
  std::vector<question> open;
  foresee(request.specification, {"", std::string(initialisation_action), initial}, open);
  return worth_asking(std::move(open));
}

std::vector<question> ledger::questions_before(std::span<const step_report* const> steps) {
  if (!may_ask(2 * steps.size())) // each may be an initialisation, too
    return {};
  std::vector<question> open;
  places instances{steps.size()};
  std::unordered_set<std::string_view> operations;
  for (const auto* step : steps) {
    const auto& one = *step;
    if (!check_name("action", one.action) || !check_name("state", one.to))
      continue;
    const auto found = find_live(one.identifier);
    if (!found)
      continue;
    const auto* known = *found;
    auto* at = instances.find(known, one.identifier);
    if (at == nullptr && known != nullptr)
      at = &instances.put(known, one.identifier,
                          {&residents_.specification_of(*known), &residents_.state_of(*known)});
    const auto is_new = at == nullptr;
    if (is_new && one.initialise_as.empty())
      continue;
    if (operations.contains(one.operation_id) || is_recorded(one.operation_id))
      continue;
    const auto& name = is_new ? one.initialise_as : *at->specification;
    const auto spec = catalog_->find(name);
    if (spec == catalog_->end())
      continue;
    if (is_new) {
      const auto& initial = spec->second->initial_state();
      if (initial.empty())
        continue;
      at = &instances.put(nullptr, one.identifier, {&name, &initial});
      foresee(name, {"", std::string(initialisation_action), initial}, open);
    }
    foresee(name, {*at->state, one.action, one.to}, open);
    at->state = &one.to;
    if (!one.operation_id.empty())
      operations.insert(one.operation_id);
  }
  return worth_asking(std::move(open));
}

std::optional<question> ledger::still_open(const question& asked) const {
  auto rule = conformances_.find(asked.spec->name());
  if (rule == conformances_.end())
    return std::nullopt;
  auto pending = rule->second.pending(asked.step);
  return pending == asked ? pending : std::nullopt;
}

void ledger::remember(const answer& given) {
  if (auto rule = conformances_.find(given.asked.spec->name()); rule != conformances_.end())
    rule->second.remember(given);
}

bool ledger::is_recorded(const std::string& operation_id) {
  if (operation_id.empty())
    return false;
  if (staged_operations_.contains(operation_id))
    return true;
  if (not_stored_.contains(operation_id))
    return false;
  auto stored = store_->find_operation(operation_id);
  if (!stored || *stored)
    return true; // and if the store fails, so will the request
  if (not_stored_.size() == max_not_stored)
    not_stored_.clear();
  not_stored_.insert(operation_id);
  return false;
}

bool ledger::may_ask(std::size_t checks) const {
  return std::ranges::any_of(conformances_, [&](const auto& rule) {
    return rule.second.checked_transitions() * checks > options_.max_inline_transitions;
  });
}

void ledger::foresee(const std::string& specification, const transition& step,
                     std::vector<question>& open) const {
  auto rule = conformances_.find(specification);
  if (rule == conformances_.end())
    return;
  auto pending = rule->second.pending(step);
  if (pending && std::ranges::find(open, *pending) == open.end())
    open.push_back(std::move(*pending));
}

std::vector<question> ledger::worth_asking(std::vector<question> open) const {
  std::size_t transitions = 0;
  for (const auto& one : open)
    transitions += one.spec->transitions().size() + one.model->transitions.size();
  if (transitions <= options_.max_inline_transitions)
    open.clear();
  return open;
}

} // namespace lockstep
