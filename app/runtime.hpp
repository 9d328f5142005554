#pragma once

#include "actors/node.hpp"
#include "app/configuration.hpp"
#include "model/failure.hpp"
#include "model/workflow/specification_check.hpp"
#include "persistence/ledger.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace lockstep {

/// What a command was called with.
struct invocation {
  command_line_options options;
  /// The arguments that begin with `--caf.`, for CAF.
  std::vector<std::string> caf_arguments;
};

/// Everything that a command needs before a node runs, read and checked.
struct prepared_run {
  lockstep::configuration configuration;
  /// The text of its file, which CAF reads its own section from: a pipe can be read but once.
  std::string config_text;
  std::shared_ptr<const specification_catalog> specifications;
  /// What is odd about them.
  std::vector<specification_finding> findings;
  /// As read from `.spex` files.
  std::vector<implementation_model> models;
};

/// Reads the configuration alone. @returns `invalid_configuration`, `invalid_input`.
[[nodiscard]] result<configuration> read_configuration(const invocation& called);

/// Reads configuration, specifications and models; starts nothing and writes nothing.
/// @returns the first thing that is wrong, naming file and place.
[[nodiscard]] result<prepared_run> prepare(const invocation& called);

/// What the node is to be, but for what it tells while it starts.
[[nodiscard]] node_options options_of(const prepared_run& run, timekeeping time);

/// A node within an actor system of its own.
class runtime {
public:
  /// Starts them. Reports go to the log. Errors: of `node::start`; `unavailable` also if a stop
  /// signal comes while instances are moved.
  [[nodiscard]] static result<std::unique_ptr<runtime>>
  start(const invocation& called, const prepared_run& run, timekeeping time);

  ~runtime();

  [[nodiscard]] lockstep::node& node() noexcept { return *node_; }
  [[nodiscard]] const instance_manager& manager() const noexcept { return node_->manager(); }

private:
  runtime() = default;

  // In this order: the node goes before its system.
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<lockstep::node> node_;
};

} // namespace lockstep
