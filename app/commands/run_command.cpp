#include "app/commands/run_command.hpp"

#include "app/command_line.hpp"
#include "app/logging.hpp"
#include "app/script/runner.hpp"
#include "app/stop_signal.hpp"
#include "app/text_table.hpp"

#include <iostream>
#include <memory>
#include <thread>

#include <unistd.h>

namespace lockstep {

namespace {

constexpr const char* examples = R"(Examples:
  See what Lockstep does, in ten seconds:
    lockstep run config/demo.conf --once

  Run a node that others reach through a port of this machine:
    lockstep run config/demo.conf --port 4242

Exit status: 0 clean, 1 a call of the script did not do what it was to do, 2 the
command line, the configuration or the store cannot be used, 130 the script was
interrupted. SIGINT, SIGTERM and SIGHUP end a serving node cleanly, with the
status of its script; a second SIGINT ends it at once.)";

struct run_arguments {
  bool once = false;
};

void announce(const configuration& configuration, node& node) {
  std::cout << "Node with " << counted(configuration.distribution_factor, "shard") << ", "
            << (configuration.in_memory ? std::string("in memory")
                                        : "store in " + configuration.store_dir.string());
  if (auto port = node.port())
    std::cout << ", listening on " << configuration.address << ":" << *port;
  std::cout << std::endl;
  if (node.moved())
    std::cout << "The division into shards changed: "
              << counted(node.moved()->instances, "instance") << " moved" << std::endl;
}

/// Serves until a signal comes, or the tree gives up.
exit_status serve(runtime& running, bool in_memory, stop_signal& stop) {
  std::cout << "Serving; SIGINT, SIGTERM or SIGHUP ends it" << std::endl;
  auto ended = running.node().ended();
  std::thread watcher{[&] {
    ended.wait();
    stop.wake();
  }};
  stop.wait();
  auto by_signal = stop_signal::received();
  auto stopped = running.node().stop();
  watcher.join();
  if (!by_signal)
    return report_error(std::cerr, ended.get());
  if (!stopped)
    return report_error(std::cerr, stopped.error());
  std::cout << (in_memory ? "Stopped" : "Stopped; the store is closed") << std::endl;
  return exit_status::clean;
}

exit_status run_node(const invocation& called, const run_arguments& arguments) {
  auto run = prepare(called);
  if (!run)
    return report_error(std::cerr, run.error());
  set_up_logging(run->configuration.log_level);
  stop_signal stop;
  auto running = runtime::start(called, *run, timekeeping::clock);
  if (!running) {
    const auto status = report_error(std::cerr, running.error());
    return stop_signal::arrived() ? exit_status::interrupted : status;
  }
  stop.listen();
  announce(run->configuration, (*running)->node());

  auto folder = called.options.config_file ? called.options.config_file->parent_path()
                                           : std::filesystem::path{};
  script_environment environment{
      (*running)->manager(),     folder,    [&](duration time) { return stop.wait_for(time); },
      stop_signal::received,     std::cout, isatty(STDOUT_FILENO) == 1,
      (*running)->node().keyed()};
  auto outcome = run_script(run->configuration.script, environment);
  if (!outcome.interrupted && outcome.expectations > 0)
    std::cout << counted(outcome.expectations, "expectation") << ", "
              << (outcome.failures == 0 ? "all hold" : counted(outcome.failures, "failure"))
              << std::endl;
  auto status = outcome.failures == 0 ? exit_status::clean : exit_status::findings;
  if (outcome.interrupted)
    status = exit_status::interrupted;
  if (outcome.interrupted || arguments.once || run->configuration.after == after_script::exit) {
    auto stopped = (*running)->node().stop();
    return stopped ? status : report_error(std::cerr, stopped.error());
  }
  auto served = serve(**running, run->configuration.in_memory, stop);
  return served == exit_status::clean ? status : served;
}

} // namespace

void add_run_command(CLI::App& root, invocation& called, int& status) {
  auto* command = root.add_subcommand("run", "Run a node: its script, then serve until stopped");
  auto arguments = std::make_shared<run_arguments>();
  command->add_option("config", called.options.config_file, "configuration file")->required();
  command->add_flag("--once", arguments->once, "end after the script, whatever the file says");
  add_node_options(*command, called);
  command->footer(examples);
  command->callback(
      [&called, &status, arguments] { status = static_cast<int>(run_node(called, *arguments)); });
}

} // namespace lockstep
