#include "app/runtime.hpp"

#include "app/caf_mistake.hpp"
#include "app/file_limit.hpp"
#include "app/logging.hpp"
#include "app/progress.hpp"
#include "app/stop_signal.hpp"
#include "model/in_quotes.hpp"
#include "persistence/model_directory.hpp"
#include "persistence/specification_files.hpp"
#include "persistence/text_file.hpp"

#include <caf/io/middleman.hpp>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

namespace lockstep {

namespace {

/// How many files a node may have open: three of each store, some of its own, and connections.
std::uint64_t open_files(const configuration& options) {
  const auto stores = std::uint64_t{options.distribution_factor} + options.keyed_shards.size();
  return 32 + (options.in_memory ? 0 : 3 * stores) + (options.port ? 32 : 0);
}

/// The content of the configuration file, empty if there is none.
result<std::string> read_config_text(const command_line_options& options) {
  if (!options.config_file)
    return std::string{};
  return read_text_file(*options.config_file);
}

result<caf::settings> parse_config_text(const std::string& text,
                                        const command_line_options& options) {
  std::istringstream stream{text};
  auto parsed = caf::actor_system_config::parse_config(stream);
  if (!parsed)
    return fail(ec::invalid_configuration,
                options.config_file->string() + ": " + describe_caf_mistake(parsed.error()));
  return std::move(*parsed);
}

result<configuration> configuration_from(const std::string& text,
                                         const command_line_options& options) {
  return parse_config_text(text, options).and_then([&](const caf::settings& settings) {
    return make_configuration(settings, options);
  });
}

} // namespace

result<configuration> read_configuration(const invocation& called) {
  return read_config_text(called.options).and_then([&](const std::string& text) {
    return configuration_from(text, called.options);
  });
}

result<prepared_run> prepare(const invocation& called) {
  auto text = read_config_text(called.options);
  if (!text)
    return tl::unexpected(text.error());
  auto made = configuration_from(*text, called.options);
  if (!made)
    return tl::unexpected(made.error());
  auto catalog = read_specifications(made->specifications);
  if (!catalog)
    return tl::unexpected(catalog.error());
  auto models = read_models(made->impl_models_dir);
  if (!models)
    return tl::unexpected(models.error());
  return prepared_run{std::move(*made), std::move(*text), std::move(catalog->specifications),
                      std::move(catalog->findings), std::move(*models)};
}

namespace {

/// CAF takes any value, and then does not start or never does anything.
result<void> check_scheduler(const caf::actor_system_config& config) {
  for (const auto* option : {"caf.scheduler.max-threads", "caf.scheduler.max-throughput"})
    if (caf::get_or(config, option, std::int64_t{1}) < 1)
      return fail(ec::invalid_configuration, std::string(option) + " must be at least 1");
  constexpr auto policy = "caf.scheduler.policy";
  const auto wanted = caf::get_or(config, policy, "stealing");
  if (wanted != "stealing" && wanted != "sharing")
    return fail(ec::invalid_configuration,
                std::string(policy) + " is \"stealing\" or \"sharing\", not " + in_quotes(wanted));
  return {};
}

} // namespace

node_options options_of(const prepared_run& run, timekeeping time) {
  const auto& configuration = run.configuration;
  node_options options;
  if (configuration.in_memory)
    options.store_dir.reset();
  else
    options.store_dir = configuration.store_dir;
  options.distribution_factor = configuration.distribution_factor;
  options.routing = configuration.routing;
  options.specifications = run.specifications;
  options.models = run.models;
  options.keep_learned_models = configuration.keep_learned_models;
  options.learn = configuration.learn;
  options.max_resident_instances = configuration.max_resident_instances;
  options.operation_retention = configuration.operation_retention;
  options.max_pending = configuration.max_pending;
  options.quarantine_after = configuration.quarantine_after;
  options.max_restarts = configuration.max_restarts;
  options.max_seconds = configuration.max_seconds;
  options.keyed_shards = configuration.keyed_shards;
  options.shards.time = time;
  options.shards.durability = configuration.durability;
  options.shards.commit_interval = configuration.commit_interval;
  options.shards.check_timeouts_on_start = configuration.check_transition_timeouts_on_start;
  options.shards.prune_interval = configuration.prune_interval;
  options.shards.report = log_report;
  if (configuration.port)
    options.publish = publication{*configuration.port, configuration.address};
  return options;
}

result<std::unique_ptr<runtime>> runtime::start(const invocation& called, const prepared_run& run,
                                                timekeeping time) {
  if (auto enough = provide_open_files(open_files(run.configuration)); !enough)
    return tl::unexpected(enough.error());
  std::unique_ptr<runtime> started{new runtime};
  started->config_ = std::make_unique<caf::actor_system_config>();
  if (run.configuration.port)
    started->config_->load<caf::io::middleman>();
  std::istringstream stream{run.config_text};
  if (auto problem = started->config_->parse(called.caf_arguments, stream))
    return fail(ec::invalid_configuration, "command line: " + describe_caf_mistake(problem));
  if (auto usable = check_scheduler(*started->config_); !usable)
    return tl::unexpected(usable.error());
  for (const auto& finding : run.findings)
    log_warning(finding.message);
  started->system_ = std::make_unique<caf::actor_system>(*started->config_);

  auto options = options_of(run, time);
  progress_line moving{"instances moved"};
  options.on_moving = [&moving](std::uint64_t looked_at) {
    moving.show(looked_at, std::nullopt);
    return !stop_signal::arrived();
  };
  auto running = node::start(*started->system_, std::move(options));
  if (!running)
    return tl::unexpected(running.error());
  started->node_ = std::move(*running);
  return started;
}

runtime::~runtime() = default;

} // namespace lockstep
