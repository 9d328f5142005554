#include "app/commands/observe_command.hpp"

#include "app/command_line.hpp"
#include "app/logging.hpp"
#include "app/model_export.hpp"
#include "app/observation/observer.hpp"
#include "app/observation/summary.hpp"
#include "app/progress.hpp"
#include "app/stop_signal.hpp"
#include "app/text_table.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/workflow/mermaid.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <utility>

namespace lockstep {

namespace {

/// How many deviations a shard tells for the summary.
constexpr std::uint64_t max_listed_deviations = 1'000;

constexpr const char* examples = R"(Examples:
  Learn what virtual machines do from a log, then check another log against it:
    lockstep observe --config config/nova.conf --learn monday.log
    lockstep observe --config config/nova.conf tuesday.log

  Follow a log as it grows:
    tail -n +1 -F nova.log | lockstep observe --config config/nova.conf -

  Without a configuration file, from CSV:
    lockstep observe --specifications order.json --input.format csv \
      --input.identifier-column order --input.action-column event orders.csv

Exit status: 0 clean, 1 instances deviate or are late, 2 the command line, the
configuration, the input or the store cannot be used, 130 interrupted.
Reading an input again records nothing twice.)";

struct observe_arguments {
  std::string input;
  bool json = false;
};

/// The specification that the events are about.
result<std::string> observed_specification(const prepared_run& run) {
  const auto& wanted = run.configuration.input->specification;
  const auto& catalog = *run.specifications;
  if (catalog.empty())
    return fail(ec::invalid_configuration,
                "there is no specification to observe against; name its file with specifications");
  if (wanted) {
    if (!catalog.contains(*wanted))
      return tl::unexpected(unknown_specification(*wanted, catalog));
    return *wanted;
  }
  if (catalog.size() == 1)
    return catalog.begin()->first;
  return fail(ec::invalid_configuration,
              "there are several specifications; say with input.specification whose instances the "
              "events are about");
}

/// Ends the learning: every shard goes on with all that was learned.
result<void> seal_models(const instance_manager& manager,
                         std::vector<implementation_model>& models) {
  for (auto& model : models)
    model.learning = false;
  return manager.adopt(models);
}

result<std::vector<model_summary>> export_models(const prepared_run& run,
                                                 const instance_manager& manager,
                                                 const std::string& specification) {
  auto models = manager.models();
  if (!models)
    return tl::unexpected(models.error());
  std::erase_if(*models, [&](const auto& model) { return model.specification != specification; });
  if (run.configuration.learn)
    if (auto sealed = seal_models(manager, *models); !sealed)
      return tl::unexpected(sealed.error());
  std::vector<model_summary> summaries;
  for (auto& model : *models) {
    auto files = export_model(run.configuration.impl_models_dir, model);
    if (!files)
      return tl::unexpected(files.error());
    auto same = equivalent(model, *run.specifications->at(specification));
    auto picture = to_mermaid(model);
    summaries.push_back({std::move(model), same, files->spex_file.string(),
                         files->mermaid_file.string(), std::move(picture)});
  }
  return summaries;
}

/// Observes, and collects what there is to tell. Partial work is in the store in any case.
result<observation_summary> run_observation(const invocation& called, const prepared_run& run,
                                            const observe_arguments& arguments) {
  observation_summary summary;
  summary.input = arguments.input;
  auto specification = observed_specification(run);
  if (!specification)
    return tl::unexpected(specification.error());
  summary.specification = *specification;
  auto reader = open_reader(*run.configuration.input, arguments.input);
  if (!reader)
    return tl::unexpected(reader.error());

  stop_signal stop;
  auto running = runtime::start(called, run, timekeeping::events);
  if (!running)
    return tl::unexpected(running.error());
  stop.listen();
  if (const auto& moved = (*running)->node().moved())
    std::cerr << "The division into shards changed: " << counted(moved->instances, "instance")
              << " moved\n";
  const auto& manager = (*running)->manager();
  auto start = std::chrono::steady_clock::now();
  {
    progress_line progress{"events"};
    observer_options options;
    options.specification = summary.specification;
    options.interrupted = stop_signal::received;
    options.progress = [&](const observation_tally& tally) {
      auto total = (*reader)->total_bytes();
      auto read = static_cast<double>((*reader)->counters().bytes);
      progress.show(tally.events, total && *total > 0
                                      ? std::optional{read / static_cast<double>(*total)}
                                      : std::nullopt);
    };
    auto observed = observe(**reader, manager, options, summary.tally);
    if (!observed)
      return fail(observed.error().code,
                  observed.error().message + " (" + counted(summary.tally.recorded, "new step")
                      + " recorded before; "
                      + (observed.error().context.contains("line")
                             ? "correct the line or set on-malformed to \"skip\", then "
                             : "")
                      + "run the same command again to go on)",
                  observed.error().context);
  }
  if (summary.tally.last_event_at && !summary.tally.interrupted)
    if (auto expired = manager.expire(*summary.tally.last_event_at); !expired)
      return tl::unexpected(expired.error());
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  summary.counters = (*reader)->counters();
  auto shards = manager.summarise(max_listed_deviations);
  if (!shards)
    return tl::unexpected(shards.error());
  summary.shards = std::move(*shards);
  auto models = export_models(run, manager, summary.specification);
  if (!models)
    return tl::unexpected(models.error());
  summary.models = std::move(*models);
  return summary;
}

exit_status status_of(const observation_summary& summary) {
  if (summary.tally.interrupted)
    return exit_status::interrupted;
  auto clean =
      summary.tally.deviations == 0 && summary.tally.refused == 0 && summary.times_late() == 0;
  return clean ? exit_status::clean : exit_status::findings;
}

exit_status observe_input(const invocation& called, const observe_arguments& arguments) {
  auto run = prepare(called);
  if (!run)
    return report_error(std::cerr, run.error());
  if (!run->configuration.input)
    return report_error(std::cerr, {ec::invalid_configuration,
                                    "nothing says how to read the input; give a configuration with "
                                    "a section input, or --input.format and its options",
                                    {}});
  set_up_logging(run->configuration.log_level);
  auto summary = run_observation(called, *run, arguments);
  if (!summary) {
    const auto status = report_error(std::cerr, summary.error());
    return stop_signal::arrived() ? exit_status::interrupted : status;
  }
  if (arguments.json)
    print_json(std::cout, *summary);
  else
    print_text(std::cout, *summary);
  return status_of(*summary);
}

} // namespace

void add_observe_command(CLI::App& root, invocation& called, int& status) {
  auto* command = root.add_subcommand(
      "observe", "Read a log, CSV or JSON lines and tell how its workflow instances behave");
  auto arguments = std::make_shared<observe_arguments>();
  command->add_option("input", arguments->input, "file to read, - for standard input")->required();
  command->add_option("-c,--config", called.options.config_file, "configuration file");
  command->add_flag("--json", arguments->json, "print the summary as JSON");
  add_node_options(*command, called);
  add_input_options(*command, called);
  command->footer(examples);
  command->callback([&called, &status, arguments] {
    status = static_cast<int>(observe_input(called, *arguments));
  });
}

} // namespace lockstep
