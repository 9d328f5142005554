#pragma once

#include "persistence/instance_store.hpp"

#include <memory>
#include <utility>

namespace lockstep::test {

/// A store in front of another one, for tests that interfere with some of the calls.
class forwarding_store : public instance_store {
public:
  explicit forwarding_store(std::unique_ptr<instance_store> store) : store_(std::move(store)) {}

  result<void> commit(const batch& changes) override { return store_->commit(changes); }
  result<std::optional<stored_instance>> find(const term& identifier) override {
    return store_->find(identifier);
  }
  result<std::vector<step>> history(const term& identifier) override {
    return store_->history(identifier);
  }
  result<std::optional<recorded_operation>> find_operation(std::string_view id) override {
    return store_->find_operation(id);
  }
  result<instance_page> page(const page_request& part, const instance_predicate& accept) override {
    return store_->page(part, accept);
  }
  result<std::uint64_t> last_instance() override { return store_->last_instance(); }
  result<std::vector<stored_operation>> operations(std::string_view after,
                                                   std::size_t limit) override {
    return store_->operations(after, limit);
  }
  result<bool> collect(std::size_t steps) override { return store_->collect(steps); }
  result<store_summary> summarise(const page_request& part, std::size_t max_deviations) override {
    return store_->summarise(part, max_deviations);
  }
  result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                              std::size_t limit) override {
    return store_->deadlines(from, limit);
  }
  result<bool> forget_operations(timestamp before, std::size_t limit) override {
    return store_->forget_operations(before, limit);
  }
  result<std::vector<implementation_model>> models() override { return store_->models(); }
  result<std::map<std::string, std::string>> specifications() override {
    return store_->specifications();
  }
  result<std::vector<quarantined_instance>> quarantined() override { return store_->quarantined(); }

private:
  std::unique_ptr<instance_store> store_;
};

} // namespace lockstep::test
