#include "actors/types.hpp"
#include "app/command_line.hpp"
#include "app/commands/check_command.hpp"
#include "app/commands/compare_command.hpp"
#include "app/commands/draw_command.hpp"
#include "app/commands/hash_command.hpp"
#include "app/commands/instances_command.hpp"
#include "app/commands/minimise_command.hpp"
#include "app/commands/models_command.hpp"
#include "app/commands/observe_command.hpp"
#include "app/commands/run_command.hpp"
#include "app/commands/shards_command.hpp"
#include "app/commands/specs_command.hpp"
#include "app/commands/store_command.hpp"
#include "app/commands/where_command.hpp"
#include "app/standard_streams.hpp"
#include "app/usage_error.hpp"
#include "app/version.hpp"
#include "persistence/sqlite/database.hpp"

#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <caf/config.hpp>

namespace {

constexpr const char* examples = R"(Examples:
  lockstep run config/demo.conf --once
  lockstep observe --config config/nova.conf config/nova-sample.log
  lockstep check --config config/nova.conf config/models/NovaVm.spex
  lockstep compare config/specs/order.json config/models/Order.spex --explain
  lockstep minimise protocol.aut -o small.aut
  lockstep draw config/specs/order.json config/models/Order.spex -o difference.svg
  lockstep instances list --config config/nova.conf --state stopped
  lockstep store check --store-dir lockstep_store
  lockstep where order-1 --store-dir lockstep_store
  lockstep hash '{my_app, 123}' --range 4

'lockstep COMMAND --help' tells more. Options of CAF work with every command that
runs a node, e.g. --caf.scheduler.max-threads=2.)";

std::string version() {
  return "lockstep " LOCKSTEP_VERSION "\nCAF " + std::to_string(CAF_MAJOR_VERSION) + "."
         + std::to_string(CAF_MINOR_VERSION) + "." + std::to_string(CAF_PATCH_VERSION) + "\nSQLite "
         + std::string(lockstep::sqlite::library_version());
}

/// Parts CAF's options from ours.
std::vector<std::string> own_arguments(int argc, char** argv, lockstep::invocation& called) {
  std::vector<std::string> own;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument.starts_with("--caf."))
      called.caf_arguments.push_back(std::move(argument));
    else
      own.insert(own.begin(), std::move(argument)); // CLI11 takes them in reverse order
  }
  return own;
}

/// What was typed in the place of the command, if there is no such command.
std::string unknown_command(const CLI::App& root, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-')
    return {};
  for (const auto* command : root.get_subcommands([](const CLI::App*) { return true; }))
    if (command->get_name() == argv[1])
      return {};
  return argv[1];
}

int refuse(const std::string& message) {
  return static_cast<int>(
      lockstep::report_error(std::cerr, {lockstep::ec::invalid_argument, message, {}}));
}

/// Parses the command line and runs its command. @returns the exit status.
int run(int argc, char** argv) {
  int status = 0;
  lockstep::invocation called;
  CLI::App root{"Keeps running workflows in step with their specification.", "lockstep"};
  root.set_version_flag("--version", version);
  root.require_subcommand(1);
  root.footer(examples);
  lockstep::add_observe_command(root, called, status);
  lockstep::add_run_command(root, called, status);
  lockstep::add_check_command(root, status);
  lockstep::add_compare_command(root, status);
  lockstep::add_minimise_command(root, status);
  lockstep::add_draw_command(root, status);
  lockstep::add_instances_command(root, status);
  lockstep::add_models_command(root, status);
  lockstep::add_specs_command(root, status);
  lockstep::add_shards_command(root, status);
  lockstep::add_store_command(root, status);
  lockstep::add_where_command(root, status);
  lockstep::add_hash_command(root, status);
  try {
    root.parse(own_arguments(argc, argv, called));
  } catch (const CLI::Success& asked) { // --help and --version
    return root.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    auto unknown = unknown_command(root, argc, argv);
    return refuse(unknown.empty() ? lockstep::usage_error(root, wrong)
                                  : lockstep::unknown_command(root, unknown));
  }
  return status;
}

/// The last resort: what no command has foreseen is told, too.
int run_guarded(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return refuse("there is not enough memory; try a smaller input, or a machine with more");
  } catch (const std::exception& unforeseen) {
    return refuse(std::string("this should not have happened, please report it: ")
                  + unforeseen.what());
  }
}

} // namespace

int main(int argc, char** argv) {
  lockstep::occupy_standard_descriptors();
  lockstep::make_types_known();

  const auto status = run_guarded(argc, argv);
  if (const auto flushed = lockstep::flush_standard_output(); !flushed)
    return static_cast<int>(lockstep::report_error(std::cerr, flushed.error()));
  return status;
}
