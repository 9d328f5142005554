#pragma once

#include "actors/node.hpp"
#include "actors/store_use.hpp"
#include "model/failure.hpp"
#include "model/workflow/specification.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/memory_store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace lockstep {

/// Opens a shard's store. The first time it hands out the store that was opened before the start.
class store_opener {
public:
  /// @param use Of the folder of `node_options`, if the store is there: each store that is handed
  /// out keeps it locked.
  store_opener(const node_options& options, std::uint32_t shard,
               std::shared_ptr<store_use> use = nullptr);

  /// Opens it for the first `open`, with the specifications that are configured.
  result<void> open_first(const specification_catalog& configured);

  result<std::unique_ptr<instance_store>> open();

private:
  store_identity identity_;
  /// Of `node_options`.
  std::function<result<std::unique_ptr<instance_store>>(std::uint32_t)> open_given_;
  std::filesystem::path path_;
  std::shared_ptr<memory_store_contents> contents_;
  std::shared_ptr<store_use> use_;
  std::unique_ptr<instance_store> first_;
};

} // namespace lockstep
