#pragma once

#include "actors/node.hpp"
#include "bench/load/measurement.hpp"

#include <caf/actor_system.hpp>

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace lockstep::bench {

/// A node for instances of the ring whose commits are counted.
class counted_node {
public:
  /// @param folder For the files of a durable store. @param publish Listen on a port of this
  ///        machine.
  counted_node(caf::actor_system& system, store_kind kind, std::uint32_t shards,
               const std::filesystem::path& folder, bool publish = false);

  [[nodiscard]] const instance_manager& manager() const { return node_->manager(); }
  [[nodiscard]] std::uint16_t port() const { return node_->port().value_or(0); }
  [[nodiscard]] std::uint64_t commits() const { return commits_->load(); }
  [[nodiscard]] counters read() const;

private:
  std::shared_ptr<std::atomic<std::uint64_t>> commits_;
  std::unique_ptr<node> node_;
};

/// The same in another process, which is this program again and ends with this object.
class counted_process {
public:
  counted_process(caf::actor_system& system, const load_options& options, store_kind kind,
                  const std::filesystem::path& folder);
  counted_process(const counted_process&) = delete;
  counted_process& operator=(const counted_process&) = delete;
  ~counted_process();

  [[nodiscard]] const instance_manager& manager() const { return *manager_; }
  [[nodiscard]] counters read() const;

private:
  [[nodiscard]] std::uint64_t next_number() const;
  void end() noexcept;

  pid_t process_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
  std::unique_ptr<instance_manager> manager_;
};

/// What that process does: writes its port, then the number of its commits for each line that it
/// reads, until there is none. @returns the exit status.
[[nodiscard]] int serve(const load_options& options);

} // namespace lockstep::bench
