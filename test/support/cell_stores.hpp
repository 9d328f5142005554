#pragma once

#include "persistence/cells/memory_cell_store.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "test/support/results.hpp"
#include "test/support/stores.hpp"
#include "test/support/temporary_folder.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace lockstep::test {

/// Where the keyed shards of one `node_id` live while their store comes and goes.
class cell_store_home {
public:
  explicit cell_store_home(engine which, term node_id = atom{"node"})
      : node_id_(std::move(node_id)) {
    if (which == engine::sqlite)
      folder_.emplace();
  }

  /// Opens the store: empty at first, later with all that was committed to it.
  [[nodiscard]] std::unique_ptr<cell_store> open() {
    if (folder_)
      return must(sqlite::open_cell_store(file(), node_id_));
    return std::make_unique<memory_cell_store>(node_id_, contents_);
  }

  [[nodiscard]] const term& node_id() const noexcept { return node_id_; }

  /// @pre The engine is SQLite.
  [[nodiscard]] std::filesystem::path file() const {
    return sqlite::keyed_file(folder_->path(), node_id_);
  }

private:
  term node_id_;
  std::optional<temporary_folder> folder_;
  std::shared_ptr<memory_cell_contents> contents_ = std::make_shared<memory_cell_contents>();
};

} // namespace lockstep::test
