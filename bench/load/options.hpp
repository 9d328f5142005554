#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lockstep::bench {

enum class store_kind { durable, memory };

/// How clients send steps.
enum class mode {
  /// One at a time: each client waits for each answer.
  request,
  /// Each client keeps several on their way.
  pipelined,
  /// Lists of steps, one at a time.
  batched,
};

[[nodiscard]] const char* name_of(store_kind kind) noexcept;
[[nodiscard]] const char* name_of(mode how) noexcept;

struct load_options {
  /// Which parts run; empty: all.
  std::set<std::string> only;
  std::vector<store_kind> stores{store_kind::durable, store_kind::memory};
  std::vector<mode> modes{mode::request, mode::pipelined, mode::batched};
  std::vector<std::size_t> clients{1, 8, 64};
  /// How long each row is measured, and how long it runs before that.
  double seconds = 1.0;
  double warm_up = 0.2;
  /// Each row is measured so often; the run with the median rate counts.
  std::size_t repeat = 1;
  std::uint32_t shards = 8;
  std::size_t instances = 10'000;
  /// Requests on their way, of each pipelined client.
  std::size_t width = 32;
  /// Steps in a list.
  std::size_t list = 100;
  /// Of each request of a pipelined client; 0: none.
  std::size_t timeout_seconds = 0;
  /// Where the folder for the stores is made; empty: see `disk_folder`.
  std::filesystem::path folder;
  std::optional<std::filesystem::path> json;
  /// The program is the node of another one.
  bool serve = false;
  store_kind served = store_kind::memory;

  [[nodiscard]] bool runs(const std::string& part) const {
    return only.empty() || only.contains(part);
  }
};

/// @returns nothing if the program is to end with that status.
[[nodiscard]] std::optional<load_options> read_options(int argc, char** argv, int& status);

} // namespace lockstep::bench
