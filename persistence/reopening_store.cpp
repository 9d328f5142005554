#include "persistence/reopening_store.hpp"

#include <utility>

namespace lockstep {

result<std::unique_ptr<instance_store>> reopening_store::open(open_function open) {
  std::unique_ptr<reopening_store> made{new reopening_store(std::move(open))};
  return made->store_.open().map(
      [&]() -> std::unique_ptr<instance_store> { return std::move(made); });
}

result<void> reopening_store::commit(const batch& changes) {
  return store_.change([&](instance_store& store) { return store.commit(changes); });
}

result<std::optional<stored_instance>> reopening_store::find(const term& identifier) {
  return store_.call([&](instance_store& store) { return store.find(identifier); });
}

result<std::vector<step>> reopening_store::history(const term& identifier) {
  return store_.call([&](instance_store& store) { return store.history(identifier); });
}

result<std::optional<recorded_operation>>
reopening_store::find_operation(std::string_view operation_id) {
  return store_.call([&](instance_store& store) { return store.find_operation(operation_id); });
}

result<instance_page> reopening_store::page(const page_request& part,
                                            const instance_predicate& accept) {
  return store_.call([&](instance_store& store) { return store.page(part, accept); });
}

result<std::uint64_t> reopening_store::last_instance() {
  return store_.call([](instance_store& store) { return store.last_instance(); });
}

result<std::vector<stored_operation>> reopening_store::operations(std::string_view after,
                                                                  std::size_t limit) {
  return store_.call([&](instance_store& store) { return store.operations(after, limit); });
}

result<bool> reopening_store::forget_operations(timestamp before, std::size_t limit) {
  return store_.call([&](instance_store& store) { return store.forget_operations(before, limit); });
}

result<std::vector<quarantined_instance>> reopening_store::quarantined() {
  return store_.call([](instance_store& store) { return store.quarantined(); });
}

result<bool> reopening_store::collect(std::size_t steps) {
  return store_.call([&](instance_store& store) { return store.collect(steps); });
}

result<store_summary> reopening_store::summarise(const page_request& part,
                                                 std::size_t max_deviations) {
  return store_.call([&](instance_store& store) { return store.summarise(part, max_deviations); });
}

result<std::vector<due_instance>> reopening_store::deadlines(const deadline_position& from,
                                                             std::size_t limit) {
  return store_.call([&](instance_store& store) { return store.deadlines(from, limit); });
}

result<std::vector<implementation_model>> reopening_store::models() {
  return store_.call([](instance_store& store) { return store.models(); });
}

result<std::map<std::string, std::string>> reopening_store::specifications() {
  return store_.call([](instance_store& store) { return store.specifications(); });
}

} // namespace lockstep
