#pragma once

#include "persistence/cells/cell_store.hpp"
#include "persistence/reopened.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lockstep {

/// A durable store that can tell how many changes it holds: what `reopened` asks of it.
class counting_cell_store : public cell_store {
public:
  [[nodiscard]] virtual result<std::uint64_t> commits() = 0;
  [[nodiscard]] virtual bool leaves_doubt(const failure& reason) const = 0;
  virtual void leave_as_it_is() = 0;
  [[nodiscard]] virtual bool wants_to_be_reopened() const = 0;
};

/// A store that is opened again after its engine failed, see `reopened` for what that promises.
class reopening_cell_store final : public cell_store {
public:
  using open_function = reopened<counting_cell_store>::open_function;

  /// Opens the store the first time. @returns the errors of `open`.
  [[nodiscard]] static result<std::unique_ptr<cell_store>> open(open_function open);

  [[nodiscard]] result<void> commit(const cell_batch& changes) override;
  [[nodiscard]] result<cell_contents> load(const shard_key& shard) override;
  [[nodiscard]] result<key_map> shard_key_map() override;
  [[nodiscard]] result<void> populate_key_map(const std::string& strategy,
                                              const std::vector<new_shard>& shards) override;
  [[nodiscard]] result<void> add_to_key_map(const new_shard& shard) override;

private:
  explicit reopening_cell_store(open_function open) : store_(std::move(open)) {}

  reopened<counting_cell_store> store_;
};

} // namespace lockstep
