#pragma once

#include "persistence/instance_store.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// What a memory store holds. It outlives the store, as a file outlives the program: give the same
/// contents to a new store and it goes on where the old one ended.
struct memory_store_contents {
  struct entry {
    stored_instance instance;
    std::vector<step> steps;
  };
  /// By number.
  std::unordered_map<std::uint64_t, entry> instances;
  /// In ascending order, for listings.
  std::set<std::uint64_t> numbers;
  std::unordered_map<term, std::uint64_t> by_identifier;
  std::uint64_t last_number = 0;
  std::set<deadline_position> deadlines;
  std::map<std::string, stored_operation, std::less<>> operations;
  std::map<std::string, implementation_model> models;
  std::map<std::string, std::string> specifications;
  std::map<term, quarantined_instance> quarantined;
};

/// A store without a disk, for tests and for nodes that need not survive.
class memory_store final : public instance_store {
public:
  explicit memory_store(
      std::shared_ptr<memory_store_contents> contents = std::make_shared<memory_store_contents>());

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
  [[nodiscard]] result<bool> collect(std::size_t steps) override;
  [[nodiscard]] result<store_summary> summarise(const page_request& part,
                                                std::size_t max_deviations) override;
  [[nodiscard]] result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                                            std::size_t limit) override;
  [[nodiscard]] result<std::vector<implementation_model>> models() override;
  [[nodiscard]] result<std::map<std::string, std::string>> specifications() override;
  [[nodiscard]] result<std::vector<quarantined_instance>> quarantined() override;

private:
  std::shared_ptr<memory_store_contents> contents_;
  /// The operations up to this one were looked at in vain or forgotten; the next slice goes on
  /// behind it.
  std::string forgotten_up_to_;
};

} // namespace lockstep
