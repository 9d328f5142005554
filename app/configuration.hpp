#pragma once

#include "actors/durability.hpp"
#include "actors/keyed/keyed_group.hpp"
#include "app/input/input_options.hpp"
#include "app/script/script.hpp"
#include "model/failure.hpp"
#include "model/routing/routing_strategy.hpp"
#include "model/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/settings.hpp>

namespace lockstep {

/// What `lockstep run` does once its script has ended.
enum class after_script : std::uint8_t { serve, exit };

/// Of one node. Each has a thread and a file: a larger number is a slip, not a plan.
inline constexpr std::int64_t max_shards = 1'024;

/// Everything a command is told, by command line, file or default, in this order.
struct configuration {
  std::vector<std::filesystem::path> specifications;
  std::filesystem::path store_dir = "./lockstep_store";
  /// No store on disk.
  bool in_memory = false;
  std::filesystem::path impl_models_dir = "./spex_impl_models";
  std::uint32_t distribution_factor = 4;
  routing_strategy routing = routing_strategy::modulo;
  bool keep_learned_models = true;
  bool learn = false;
  bool check_transition_timeouts_on_start = true;
  std::size_t quarantine_after = 2;
  std::size_t max_restarts = 3;
  std::chrono::seconds max_seconds{5};
  /// Nothing: only at the start.
  time_limit prune_interval = std::chrono::hours{6};
  /// Of the whole node.
  std::size_t max_resident_instances = 500'000;
  time_limit operation_retention = std::chrono::days{7};
  /// Per shard.
  std::size_t max_pending = 10'000;
  lockstep::durability durability = lockstep::durability::commit;
  /// With `durability::async`.
  duration commit_interval = std::chrono::milliseconds{50};
  /// Not published without a port; port 0 lets the system choose one.
  std::optional<std::uint16_t> port;
  std::string address = "127.0.0.1";
  std::string log_level = "info";
  after_script after = after_script::serve;
  /// The section `input`, if the file or the command line has one.
  std::optional<input_options> input;
  std::vector<script_step> script;
  std::vector<keyed_group> keyed_shards;
};

/// What type of value an option has.
enum class option_type : std::uint8_t { text, integer, boolean, text_list };

/// One option, which a file and the command line spell alike.
struct option_description {
  std::string_view name;
  option_type type;
  /// For `--help`: what it does, with its default.
  std::string_view help;
};

/// The options of the section `lockstep`, without those of `input` and the script.
[[nodiscard]] std::span<const option_description> node_options_table() noexcept;

/// The options of the section `input`; on the command line they begin with `--input.`.
[[nodiscard]] std::span<const option_description> input_options_table() noexcept;

/// What the command line says about the configuration.
struct command_line_options {
  std::optional<std::filesystem::path> config_file;
  /// Values by option name, as typed; a list option may have several.
  std::map<std::string, std::vector<std::string>, std::less<>> values;
};

/// Puts a configuration together. Relative paths in a file start from the file's folder, those of
/// the command line and the defaults from the current one.
/// @param file The configuration file's content, CAF's own section included; empty without a file.
/// @returns `invalid_configuration`, naming file or command line and the option.
[[nodiscard]] result<configuration> make_configuration(const caf::settings& file,
                                                       const command_line_options& command_line);

} // namespace lockstep
