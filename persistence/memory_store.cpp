#include "persistence/memory_store.hpp"

#include "model/term/term_text.hpp"
#include "persistence/reports.hpp"

namespace lockstep {

namespace {

/// Would all changes of a batch apply, one after the other? Makes `commit` all or nothing: what was
/// checked cannot fail when it is applied.
class checker {
public:
  explicit checker(const memory_store_contents& contents) : contents_(contents) {}

  result<void> operator()(const put_instance& put) {
    step_counts_[put.head.identifier] = 0;
    return {};
  }

  result<void> operator()(const append_step& append) {
    auto count = step_count(append.identifier);
    if (!count)
      return missing(append.identifier);
    if (append.number != *count + 1)
      return fail(ec::store_failure, "step " + std::to_string(append.number) + " of instance "
                                         + to_text(append.identifier) + " does not follow step "
                                         + std::to_string(*count));
    step_counts_[append.identifier] = append.number;
    return {};
  }

  result<void> operator()(const mark_late& late) {
    return step_count(late.identifier) ? result<void>{} : missing(late.identifier);
  }

  result<void> operator()(const delete_instance& gone) {
    step_counts_[gone.identifier] = std::nullopt;
    return {};
  }

  result<void> operator()(const restore_instance& restored) {
    if (restored.steps.size() != restored.instance.head.step_count)
      return fail(ec::store_failure, "instance " + to_text(restored.instance.head.identifier)
                                         + " does not come with all its steps");
    step_counts_[restored.instance.head.identifier] = restored.steps.size();
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

  std::optional<std::uint64_t> step_count(const term& identifier) const {
    if (auto changed = step_counts_.find(identifier); changed != step_counts_.end())
      return changed->second;
    if (auto found = contents_.instances.find(identifier); found != contents_.instances.end())
      return found->second.steps.size();
    return std::nullopt;
  }

  const memory_store_contents& contents_;
  /// As the batch leaves them so far; nothing for a deleted instance.
  std::map<term, std::optional<std::uint64_t>> step_counts_;
  std::set<std::string> models_;
};

/// Applies checked changes.
struct applier {
  memory_store_contents& contents;

  void operator()(const put_instance& put) {
    forget(put.head.identifier);
    auto serial = ++contents.last_serial;
    contents.by_serial.emplace(serial, put.head.identifier);
    contents.instances.emplace(
        put.head.identifier, memory_store_contents::entry{{put.head, std::nullopt, 0}, serial, {}});
  }

  void operator()(const append_step& append) {
    auto& [instance, serial, steps] = contents.instances.at(append.identifier);
    steps.push_back(append.step);
    instance.head.current_state = append.step.to;
    instance.head.step_count = append.number;
    instance.head.last_step_at = append.step.at;
    instance.deadline = append.deadline;
    if (!append.operation_id.empty())
      (*this)(restore_operation{{append.operation_id,
                                 {append.number, append.operation_outcome, append.identifier},
                                 append.step.at}});
  }

  void operator()(const restore_instance& restored) {
    (*this)(put_instance{restored.instance.head});
    auto& created = contents.instances.at(restored.instance.head.identifier);
    created.instance = restored.instance;
    created.steps = restored.steps;
  }

  void operator()(const restore_operation& restored) {
    contents.operations.insert_or_assign(restored.operation.id, restored.operation);
  }

  void operator()(const forget_operation& forgotten) { contents.operations.erase(forgotten.id); }

  void operator()(const drop_deadlines& dropped) {
    for (auto& [identifier, entry] : contents.instances)
      if (entry.instance.deadline && *entry.instance.deadline <= dropped.until)
        entry.instance.deadline.reset();
  }

  void operator()(const put_specification& put) {
    contents.specifications.insert_or_assign(put.name, put.declaration);
  }

  void operator()(const drop_specification& dropped) {
    contents.specifications.erase(dropped.name);
  }

  void operator()(const mark_late& late) {
    auto& instance = contents.instances.at(late.identifier).instance;
    instance.deadline.reset();
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

  void forget(const term& identifier) {
    auto found = contents.instances.find(identifier);
    if (found == contents.instances.end())
      return;
    contents.by_serial.erase(found->second.serial);
    contents.instances.erase(found);
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
  auto found = contents_->instances.find(identifier);
  if (found == contents_->instances.end())
    return std::nullopt;
  return found->second.instance;
}

result<std::vector<step>> memory_store::history(const term& identifier) {
  auto found = contents_->instances.find(identifier);
  if (found == contents_->instances.end())
    return std::vector<step>{};
  return found->second.steps;
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
  auto next = contents_->by_serial.lower_bound(part.from);
  for (; next != contents_->by_serial.end() && next->first <= part.until; ++next) {
    if (visited++ == part.visit || page.instances.size() == part.limit) {
      page.next = next->first;
      break;
    }
    const auto& instance = contents_->instances.at(next->second).instance;
    if (!accept || accept(instance.head))
      page.instances.push_back(instance);
  }
  return page;
}

result<std::uint64_t> memory_store::last_instance() { return contents_->last_serial; }

result<std::vector<stored_operation>> memory_store::operations(std::string_view after,
                                                               std::size_t limit) {
  std::vector<stored_operation> rows;
  auto next = contents_->operations.upper_bound(after);
  for (; next != contents_->operations.end() && rows.size() < limit; ++next)
    rows.push_back(next->second);
  return rows;
}

result<bool> memory_store::collect(std::size_t) { return false; }

result<std::vector<state_count>> memory_store::count_by_state() {
  std::map<std::pair<std::string, std::string>, state_count> counts;
  for (const auto& [identifier, entry] : contents_->instances) {
    const auto& head = entry.instance.head;
    auto& count = counts[{head.specification, head.current_state}];
    count.specification = head.specification;
    count.state = head.current_state;
    ++count.instances;
    count.steps += head.step_count;
    count.times_late += entry.instance.times_late;
  }
  std::vector<state_count> rows;
  for (auto& [key, count] : counts)
    rows.push_back(std::move(count));
  return rows;
}

result<deviation_list> memory_store::deviations(std::size_t limit) {
  deviation_list list;
  for (const auto& [serial, identifier] : contents_->by_serial) {
    const auto& entry = contents_->instances.at(identifier);
    for (std::size_t i = 0; i < entry.steps.size(); ++i) {
      const auto& made = entry.steps[i];
      if (!is_deviation(made.outcome))
        continue;
      if (++list.total <= limit)
        list.first.push_back({identifier, entry.instance.head.specification, i + 1,
                              i == 0 ? std::string{} : entry.steps[i - 1].to, made});
    }
  }
  return list;
}

result<std::vector<std::pair<timestamp, term>>> memory_store::deadlines() {
  std::vector<std::pair<timestamp, term>> rows;
  for (const auto& [identifier, entry] : contents_->instances)
    if (entry.instance.deadline)
      rows.emplace_back(*entry.instance.deadline, identifier);
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

} // namespace lockstep
