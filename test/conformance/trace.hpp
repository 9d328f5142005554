#pragma once

#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/specification.hpp"
#include "persistence/model_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep::recordings {

using nlohmann::json;

enum class operation : std::uint8_t {
  init_instance,
  init_instance_async,
  transition,
  transition_async,
  mock_instance,
  get_instance,
  all_instances,
  delete_instance,
  delete_instances,
  all_impl_models,
  export_impl_models,
  restart,
};

/// What a call came to.
struct outcome {
  /// `{"ok": true}`, `{"ok": VALUE}` or `{"error": {"type": …, "reason": …}}`.
  json result;
  /// What the error policies heard of during the call, in order, as `Type/reason`.
  std::vector<std::string> reported;

  friend bool operator==(const outcome&, const outcome&) = default;
};

/// One recorded call. What an operation does not need is empty.
struct call {
  /// In its file, from 1.
  std::size_t line = 0;
  operation op{};
  /// The call as it is written in the file, for messages.
  std::string text;
  std::string specification;
  /// Only if `has_identifier`.
  term identifier;
  bool has_identifier = false;
  term meta = atom{"nil"};
  std::string action;
  /// The state to begin in, to step to or to filter by.
  std::string state;
  /// The answer of the manager with one shard, and of the one with the file's number of shards.
  outcome one_shard;
  outcome distributed;
};

/// A specification as it is declared, and what the recording says about it.
struct recorded_specification {
  std::string name;
  std::vector<transition> transitions;
  specification_options options;
  std::string initial_state;
  std::vector<std::string> terminal_states;
};

/// One recorded sequence of calls with the reference's answers.
struct trace {
  std::filesystem::path file;
  std::vector<recorded_specification> specifications;
  /// To be put into the folder of the models before the start.
  std::vector<model_file> model_files;
  std::uint32_t distribution_factor = 1;
  bool check_timeouts_on_start = true;
  time_limit prune_interval;
  std::vector<call> calls;
};

/// @returns `invalid_input` in one sentence with file and line for what is no recording.
[[nodiscard]] result<trace> read_trace(const std::filesystem::path& file);

/// The recordings of a folder (its `.jsonl` files, by name), or the one file.
/// @returns `invalid_input` naming the first file that cannot be used, or a folder without any.
[[nodiscard]] result<std::vector<trace>> read_traces(const std::filesystem::path& where);

/// Identifiers as recordings write them: `{"str": …}`, `{"int": …}` or `{"atom": …}`, all else like
/// `parse_term_json`.
[[nodiscard]] result<term> identifier_from(const json& tagged);
[[nodiscard]] json identifier_json(const term& identifier);

} // namespace lockstep::recordings
