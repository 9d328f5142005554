#include "persistence/memory_store.hpp"

#include "model/term/term_text.hpp"
#include "persistence/reports.hpp"

#include <utility>

namespace lockstep {

namespace {

/// They are in the order of their ids, not of their age; this bounds the time of a slice.
constexpr std::size_t looked_at_per_forgotten = 10;

/// Would all changes of a batch apply, one after the other? Makes `commit` all or nothing: what was
/// checked cannot fail when it is applied.
class checker {
public:
  explicit checker(const memory_store_contents& contents) : contents_(contents) {}

  result<void> operator()(const put_instance& put) {
    create(put.head.identifier, put.number, 0);
    return {};
  }

  result<void> operator()(const append_step& append) {
    auto number = append.instance != 0 ? append.instance : number_of(append.identifier);
    auto* count = step_count(number);
    if (count == nullptr || !*count)
      return missing(append.identifier);
    if (append.number != **count + 1)
      return fail(ec::store_failure, "step " + std::to_string(append.number) + " of instance "
                                         + to_text(append.identifier) + " does not follow step "
                                         + std::to_string(**count));
    *count = append.number;
    return {};
  }

  result<void> operator()(const mark_late& late) {
    return number_of(late.identifier) != 0 ? result<void>{} : missing(late.identifier);
  }

  result<void> operator()(const delete_instance& gone) {
    forget(gone.identifier);
    return {};
  }

  result<void> operator()(const restore_instance& restored) {
    if (restored.steps.size() != restored.instance.head.step_count)
      return fail(ec::store_failure, "instance " + to_text(restored.instance.head.identifier)
                                         + " does not come with all its steps");
    create(restored.instance.head.identifier, 0, restored.steps.size());
    return {};
  }

  result<void> operator()(const put_model& put) {
    models_.insert(put.specification);
    return {};
  }

  result<void> operator()(const learn_transition& learn) {
    if (models_.contains(learn.specification) || contents_.models.contains(learn.specification))
      return {};
    return fail(ec::store_failure,
                "the store has no model of " + learn.specification + " that could learn");
  }

  /// Any other change applies to any contents.
  template <class Change>
  result<void> operator()(const Change&) {
    return {};
  }

private:
  static tl::unexpected<failure> missing(const term& identifier) {
    return fail(ec::store_failure,
                "the store has no instance " + to_text(identifier) + " that the change applies to");
  }

  void create(const term& identifier, std::uint64_t number, std::uint64_t steps) {
    forget(identifier);
    last_number_ = number != 0 ? number : last_number_ + 1;
    numbers_[identifier] = last_number_;
    step_counts_[last_number_] = steps;
  }

  void forget(const term& identifier) {
    step_counts_[number_of(identifier)] = std::nullopt;
    numbers_[identifier] = 0;
  }

  /// 0 if there is no such instance.
  std::uint64_t number_of(const term& identifier) const {
    if (auto changed = numbers_.find(identifier); changed != numbers_.end())
      return changed->second;
    auto found = contents_.by_identifier.find(identifier);
    return found == contents_.by_identifier.end() ? 0 : found->second;
  }

  /// Null if there never was such an instance.
  std::optional<std::uint64_t>* step_count(std::uint64_t number) {
    if (auto changed = step_counts_.find(number); changed != step_counts_.end())
      return &changed->second;
    auto found = contents_.instances.find(number);
    if (found == contents_.instances.end())
      return nullptr;
    return &step_counts_.emplace(number, found->second.steps.size()).first->second;
  }

  const memory_store_contents& contents_;
  // As the batch leaves them so far: 0 and nothing for a deleted instance.
  std::unordered_map<term, std::uint64_t> numbers_;
  std::unordered_map<std::uint64_t, std::optional<std::uint64_t>> step_counts_;
  std::uint64_t last_number_ = contents_.last_number;
  std::set<std::string> models_;
};

/// Applies checked changes.
struct applier {
  memory_store_contents& contents;

  void operator()(const put_instance& put) { create({put.head, std::nullopt, 0, put.number}); }

  void operator()(const append_step& append) {
    auto number =
        append.instance != 0 ? append.instance : contents.by_identifier.at(append.identifier);
    auto& [instance, steps] = contents.instances.at(number);
    steps.push_back(append.step);
    instance.head.current_state = append.step.to;
    instance.head.step_count = append.number;
    instance.head.last_step_at = append.step.at;
    put_deadline(instance, append.deadline);
    if (!append.operation_id.empty())
      (*this)(restore_operation{
          {append.operation_id,
           {append.number, append.operation_outcome, append.identifier, append.operation_answered},
           append.recorded_at}});
  }

  void operator()(const restore_instance& restored) {
    auto instance = restored.instance;
    auto due = std::exchange(instance.deadline, std::nullopt);
    instance.number = 0;
    auto& created = create(std::move(instance));
    created.steps = restored.steps;
    put_deadline(created.instance, due);
  }

  void operator()(const restore_operation& restored) {
    contents.operations.insert_or_assign(restored.operation.id, restored.operation);
  }

  void operator()(const forget_operation& forgotten) { contents.operations.erase(forgotten.id); }

  void operator()(const drop_deadlines& dropped) {
    while (!contents.deadlines.empty() && contents.deadlines.begin()->at <= dropped.until)
      put_deadline(contents.instances.at(contents.deadlines.begin()->number).instance,
                   std::nullopt);
  }

  void operator()(const put_specification& put) {
    contents.specifications.insert_or_assign(put.name, put.declaration);
  }

  void operator()(const drop_specification& dropped) {
    contents.specifications.erase(dropped.name);
  }

  void operator()(const quarantine_instance& put) {
    const auto& identifier = put.quarantined.identifier;
    contents.quarantined.insert_or_assign(identifier, put.quarantined);
    if (auto found = contents.by_identifier.find(identifier); found != contents.by_identifier.end())
      put_deadline(contents.instances.at(found->second).instance, std::nullopt);
  }

  void operator()(const release_instance& released) {
    contents.quarantined.erase(released.identifier);
  }

  void operator()(const mark_late& late) {
    auto& instance = contents.instances.at(contents.by_identifier.at(late.identifier)).instance;
    put_deadline(instance, std::nullopt);
    ++instance.times_late;
  }

  void operator()(const delete_instance& gone) { forget(gone.identifier); }

  void operator()(const put_model& put) {
    contents.models.insert_or_assign(put.specification,
                                     implementation_model{put.specification, put.learning, {}});
  }

  void operator()(const learn_transition& learn) {
    contents.models.at(learn.specification).transitions.insert(learn.learned);
  }

  /// @param instance Without a deadline. Number 0: the next one.
  memory_store_contents::entry& create(stored_instance instance) {
    forget(instance.head.identifier);
    if (instance.number == 0)
      instance.number = contents.last_number + 1;
    contents.last_number = instance.number;
    contents.by_identifier.emplace(instance.head.identifier, instance.number);
    contents.numbers.insert(instance.number);
    auto number = instance.number;
    return contents.instances.emplace(number, memory_store_contents::entry{std::move(instance), {}})
        .first->second;
  }

  void put_deadline(stored_instance& instance, std::optional<timestamp> due) {
    if (instance.deadline == due)
      return;
    if (instance.deadline)
      contents.deadlines.erase({*instance.deadline, instance.number});
    if (due)
      contents.deadlines.insert({*due, instance.number});
    instance.deadline = due;
  }

  void forget(const term& identifier) {
    auto found = contents.by_identifier.find(identifier);
    if (found == contents.by_identifier.end())
      return;
    auto number = found->second;
    put_deadline(contents.instances.at(number).instance, std::nullopt);
    contents.instances.erase(number);
    contents.numbers.erase(number);
    contents.by_identifier.erase(found);
  }
};

} // namespace

memory_store::memory_store(std::shared_ptr<memory_store_contents> contents)
    : contents_(std::move(contents)) {}

result<void> memory_store::commit(const batch& changes) {
  checker check{*contents_};
  for (const auto& one : changes)
    if (auto checked = std::visit(check, one); !checked)
      return checked;
  for (const auto& one : changes)
    std::visit(applier{*contents_}, one);
  return {};
}

result<std::optional<stored_instance>> memory_store::find(const term& identifier) {
  auto found = contents_->by_identifier.find(identifier);
  if (found == contents_->by_identifier.end())
    return std::nullopt;
  return contents_->instances.at(found->second).instance;
}

result<std::vector<step>> memory_store::history(const term& identifier) {
  auto found = contents_->by_identifier.find(identifier);
  if (found == contents_->by_identifier.end())
    return std::vector<step>{};
  return contents_->instances.at(found->second).steps;
}

result<std::optional<recorded_operation>>
memory_store::find_operation(std::string_view operation_id) {
  auto found = contents_->operations.find(operation_id);
  if (found == contents_->operations.end())
    return std::nullopt;
  return found->second.recorded;
}

result<instance_page> memory_store::page(const page_request& part,
                                         const instance_predicate& accept) {
  instance_page page;
  std::size_t visited = 0;
  auto next = contents_->numbers.lower_bound(part.from);
  for (; next != contents_->numbers.end() && *next <= part.until; ++next) {
    if (visited++ == part.visit || page.instances.size() == part.limit) {
      page.next = *next;
      break;
    }
    const auto& instance = contents_->instances.at(*next).instance;
    if (!accept || accept(instance.head))
      page.instances.push_back(instance);
  }
  return page;
}

result<std::uint64_t> memory_store::last_instance() { return contents_->last_number; }

result<std::vector<stored_operation>> memory_store::operations(std::string_view after,
                                                               std::size_t limit) {
  std::vector<stored_operation> rows;
  auto next = contents_->operations.upper_bound(after);
  for (; next != contents_->operations.end() && rows.size() < limit; ++next)
    rows.push_back(next->second);
  return rows;
}

result<bool> memory_store::forget_operations(timestamp before, std::size_t limit) {
  auto& operations = contents_->operations;
  auto next = operations.upper_bound(forgotten_up_to_);
  auto to_look_at = limit * looked_at_per_forgotten;
  for (std::size_t forgotten = 0; next != operations.end(); --to_look_at) {
    if (forgotten == limit || to_look_at == 0)
      return true;
    forgotten_up_to_ = next->first;
    const auto is_old = next->second.at < before;
    next = is_old ? operations.erase(next) : std::next(next);
    forgotten += is_old ? 1 : 0;
  }
  forgotten_up_to_.clear();
  return false;
}

result<bool> memory_store::collect(std::size_t) { return false; }

result<store_summary> memory_store::summarise(const page_request& part,
                                              std::size_t max_deviations) {
  store_summary found;
  std::map<std::pair<std::string, std::string>, state_count> counts;
  std::size_t visited = 0;
  for (auto number = contents_->numbers.lower_bound(part.from);
       number != contents_->numbers.end() && *number <= part.until; ++number) {
    if (visited++ == part.visit) {
      found.next = *number;
      break;
    }
    const auto& entry = contents_->instances.at(*number);
    const auto& head = entry.instance.head;
    auto& count = counts[{head.specification, head.current_state}];
    count.specification = head.specification;
    count.state = head.current_state;
    ++count.instances;
    count.steps += head.step_count;
    count.times_late += entry.instance.times_late;
    for (std::size_t i = 0; i < entry.steps.size(); ++i) {
      const auto& made = entry.steps[i];
      if (is_deviation(made.outcome) && ++found.deviations.total <= max_deviations)
        found.deviations.first.push_back({head.identifier, head.specification, i + 1,
                                          i == 0 ? std::string{} : entry.steps[i - 1].to, made});
    }
  }
  for (auto& [key, count] : counts)
    found.states.push_back(std::move(count));
  return found;
}

result<std::vector<due_instance>> memory_store::deadlines(const deadline_position& from,
                                                          std::size_t limit) {
  std::vector<due_instance> rows;
  auto next = contents_->deadlines.lower_bound(from);
  for (; next != contents_->deadlines.end() && rows.size() < limit; ++next)
    rows.push_back(
        {next->at, next->number, contents_->instances.at(next->number).instance.head.identifier});
  return rows;
}

result<std::vector<implementation_model>> memory_store::models() {
  std::vector<implementation_model> rows;
  for (const auto& [specification, model] : contents_->models)
    rows.push_back(model);
  return rows;
}

result<std::map<std::string, std::string>> memory_store::specifications() {
  return contents_->specifications;
}

result<std::vector<quarantined_instance>> memory_store::quarantined() {
  std::vector<quarantined_instance> rows;
  for (const auto& [identifier, one] : contents_->quarantined)
    rows.push_back(one);
  return rows;
}

} // namespace lockstep
