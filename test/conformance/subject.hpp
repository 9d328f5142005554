#pragma once

#include "actors/node.hpp"
#include "model/failure.hpp"
#include "persistence/memory_store.hpp"
#include "test/conformance/trace.hpp"
#include "test/support/temporary_folder.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lockstep::recordings {

enum class store_kind : std::uint8_t { memory, sqlite };

/// What the error policies heard of. Thread-safe.
class heard_errors {
public:
  void add(const failure& error);
  /// What was heard since the last call, in order.
  [[nodiscard]] std::vector<std::string> take();

private:
  std::mutex mutex_;
  std::vector<std::string> heard_;
};

/// The manager that a recording is replayed on: a real node with empty stores that go with it.
class subject {
public:
  /// @param system and @param recording Must outlive the subject.
  subject(caf::actor_system& system, const trace& recording, std::uint32_t shards, store_kind store)
      : system_(system), recording_(recording), shards_(shards), store_(store) {}

  /// Errors: what makes a recording's specifications or model files unusable, and the node's.
  [[nodiscard]] result<void> start();

  /// Makes one call, and waits until it was handled if it is asynchronous.
  [[nodiscard]] outcome answer(const call& made);

private:
  [[nodiscard]] result<void> write_model_files() const;
  [[nodiscard]] result<std::shared_ptr<const specification_catalog>> specifications() const;
  [[nodiscard]] result<void> start_node();
  [[nodiscard]] result<void> restart();
  [[nodiscard]] json make(const call& made);
  [[nodiscard]] const instance_manager& manager() const { return node_->manager(); }

  caf::actor_system& system_;
  const trace& recording_;
  std::uint32_t shards_;
  store_kind store_;
  test::temporary_folder folder_;
  std::map<std::uint32_t, std::shared_ptr<memory_store_contents>> contents_;
  std::shared_ptr<heard_errors> errors_ = std::make_shared<heard_errors>();
  std::unique_ptr<node> node_;
};

} // namespace lockstep::recordings
