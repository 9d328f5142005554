#include "persistence/reopening_store.hpp"

#include <utility>

namespace lockstep {

result<std::unique_ptr<instance_store>> reopening_store::open(open_function open) {
  std::unique_ptr<reopening_store> made{new reopening_store(std::move(open))};
  auto store = made->open_();
  if (!store)
    return tl::unexpected(store.error());
  auto commits = (*store)->commits();
  if (!commits)
    return tl::unexpected(commits.error());
  made->store_ = std::move(*store);
  made->commits_ = *commits;
  return made;
}

result<void> reopening_store::make_ready() {
  if (store_)
    return {};
  auto opened = open_();
  auto commits = opened ? (*opened)->commits() : result<std::uint64_t>{};
  if (opened && !commits)
    (*opened)->leave_as_it_is();
  if (!opened || !commits) {
    const auto& why = opened ? commits.error() : opened.error();
    return fail(ec::store_failure,
                "the store was closed since it failed (" + reason_
                    + ") and cannot be opened again (" + why.message
                    + "); see to the disk, every call tries again",
                why.context);
  }
  store_ = std::move(*opened);
  commits_ = *commits;
  return {};
}

result<void> reopening_store::settle() {
  if (settled_)
    return {};
  if (auto marked = store_->commit({}); !marked) {
    if (store_->leaves_doubt(marked.error()))
      close_after(marked.error());
    return marked;
  }
  ++commits_;
  settled_ = true;
  return {};
}

void reopening_store::close_after(const failure& reason) {
  reason_ = reason.message;
  settled_ = false;
  store_->leave_as_it_is();
  store_.reset();
}

result<void> reopening_store::commit(const batch& changes) {
  if (auto ready = make_ready().and_then([this] { return settle(); }); !ready)
    return ready;
  const auto number = commits_ + 1;
  auto committed = store_->commit(changes);
  if (committed)
    commits_ = number;
  if (committed || !store_->leaves_doubt(committed.error()))
    return committed;

  close_after(committed.error());
  auto known = make_ready();
  if (known && commits_ == number)
    return {};
  if (known)
    known = settle();
  if (known)
    return committed;
  return fail(ec::unavailable,
              "whether the changes are stored is not known, since the store failed ("
                  + committed.error().message + ") and then failed again (" + known.error().message
                  + "); see to the disk and look, or repeat calls that have operation ids",
              known.error().context);
}

template <class F>
auto reopening_store::call(F f) {
  using answer_type = decltype(f(*store_));
  if (auto ready = make_ready(); !ready)
    return answer_type{tl::unexpected(ready.error())};
  auto answer = f(*store_);
  if (!answer && store_->leaves_doubt(answer.error()))
    close_after(answer.error());
  return answer;
}

result<std::optional<stored_instance>> reopening_store::find(const term& identifier) {
  return call([&](instance_store& store) { return store.find(identifier); });
}

result<std::vector<step>> reopening_store::history(const term& identifier) {
  return call([&](instance_store& store) { return store.history(identifier); });
}

result<std::optional<recorded_operation>>
reopening_store::find_operation(std::string_view operation_id) {
  return call([&](instance_store& store) { return store.find_operation(operation_id); });
}

result<instance_page> reopening_store::page(const page_request& part,
                                            const instance_predicate& accept) {
  return call([&](instance_store& store) { return store.page(part, accept); });
}

result<std::uint64_t> reopening_store::last_instance() {
  return call([](instance_store& store) { return store.last_instance(); });
}

result<std::vector<stored_operation>> reopening_store::operations(std::string_view after,
                                                                  std::size_t limit) {
  return call([&](instance_store& store) { return store.operations(after, limit); });
}

result<bool> reopening_store::forget_operations(timestamp before, std::size_t limit) {
  return call([&](instance_store& store) { return store.forget_operations(before, limit); });
}

result<std::vector<quarantined_instance>> reopening_store::quarantined() {
  return call([](instance_store& store) { return store.quarantined(); });
}

result<bool> reopening_store::collect(std::size_t steps) {
  return call([&](instance_store& store) { return store.collect(steps); });
}

result<std::vector<state_count>> reopening_store::count_by_state() {
  return call([](instance_store& store) { return store.count_by_state(); });
}

result<deviation_list> reopening_store::deviations(std::size_t limit) {
  return call([&](instance_store& store) { return store.deviations(limit); });
}

result<std::vector<due_instance>> reopening_store::deadlines(const deadline_position& from,
                                                             std::size_t limit) {
  return call([&](instance_store& store) { return store.deadlines(from, limit); });
}

result<std::vector<implementation_model>> reopening_store::models() {
  return call([](instance_store& store) { return store.models(); });
}

result<std::map<std::string, std::string>> reopening_store::specifications() {
  return call([](instance_store& store) { return store.specifications(); });
}

} // namespace lockstep
