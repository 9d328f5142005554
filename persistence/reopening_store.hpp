#pragma once

#include "persistence/instance_store.hpp"
#include "persistence/reopened.hpp"

#include <cstdint>
#include <memory>

namespace lockstep {

/// A durable store that can tell which batches it holds.
class counting_store : public instance_store {
public:
  /// How many batches were ever committed, empty ones included: the number is written with each of
  /// them. What was there when the store was opened, this number included, is durable.
  [[nodiscard]] virtual result<std::uint64_t> commits() = 0;

  /// After a call that failed so: should the store be closed and opened again? If the call was a
  /// commit, its batch may be in the store all the same, or come to be.
  [[nodiscard]] virtual bool leaves_doubt(const failure& reason) const = 0;

  /// Closing the store will write nothing.
  virtual void leave_as_it_is() = 0;

  /// After a commit: nothing is wrong with what is stored, yet it would be well to close the store
  /// and open it again.
  [[nodiscard]] virtual bool wants_to_be_reopened() const = 0;
};

/// A store that is opened again after its engine failed, see `reopened` for what that promises.
class reopening_store final : public instance_store {
public:
  using open_function = reopened<counting_store>::open_function;

  /// Opens the store the first time. @returns the errors of `open`.
  [[nodiscard]] static result<std::unique_ptr<instance_store>> open(open_function open);

  [[nodiscard]] result<void> commit(const batch& changes) override;
  [[nodiscard]] result<std::optional<stored_instance>> find(const term& identifier) override;
  [[nodiscard]] result<std::vector<step>> history(const term& identifier) override;
  [[nodiscard]] result<std::optional<recorded_operation>>
  find_operation(std::string_view operation_id) override;
  [[nodiscard]] result<instance_page> page(const page_request& part,
                                           const instance_predicate& accept) override;
  [[nodiscard]] result<std::uint64_t> last_instance() override;
  [[nodiscard]] result<std::vector<stored_operation>> operations(std::string_view after,
                                                                 std::size_t limit) override;
  [[nodiscard]] result<bool> forget_operations(timestamp before, std::size_t limit) override;
  [[nodiscard]] result<std::vector<quarantined_instance>> quarantined() override;
  [[nodiscard]] result<bool> collect(std::size_t steps) override;
  [[nodiscard]] result<store_summary> summarise(const page_request& part,
                                                std::size_t max_deviations) override;
  [[nodiscard]] result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                                            std::size_t limit) override;
  [[nodiscard]] result<std::vector<implementation_model>> models() override;
  [[nodiscard]] result<std::map<std::string, std::string>> specifications() override;

private:
  explicit reopening_store(open_function open) : store_(std::move(open)) {}

  reopened<counting_store> store_;
};

} // namespace lockstep
