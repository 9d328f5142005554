#include "testing/recorder.hpp"

#include "actors/node.hpp"
#include "actors/types.hpp"
#include "persistence/specification_files.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace lockstep::testing {

namespace {

std::atomic<recorder*> current_recorder = nullptr;

/// The specifications of the files with the given ones.
result<std::shared_ptr<const specification_catalog>>
specifications_of(const recorder_options& options) {
  auto declared = read_specifications(options.specification_files);
  if (!declared)
    return tl::unexpected(declared.error());
  auto catalog = std::make_shared<specification_catalog>(*declared->specifications);
  if (options.specifications)
    for (const auto& [name, given] : *options.specifications) {
      auto [known, is_new] = catalog->emplace(name, given);
      if (!is_new && *known->second != *given)
        return fail(ec::invalid_specification,
                    "the file of " + name
                        + " declares it differently than the given specification; keep one of "
                          "the declarations");
    }
  return catalog;
}

node_options options_of_node(const recorder_options& options,
                             std::shared_ptr<const specification_catalog> catalog) {
  node_options made;
  made.store_dir.reset();
  made.distribution_factor = options.distribution_factor;
  made.specifications = std::move(catalog);
  made.learn = true;
  made.shards.time = timekeeping::events;
  made.shards.now = options.now;
  if (options.report)
    made.shards.report = [report = options.report](const failure& error, severity) {
      report(error);
    };
  return made;
}

} // namespace

struct recorder::parts {
  model_output_options output;
  // In this order: the node goes before its system.
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<node> running;
};

result<std::unique_ptr<recorder>> recorder::start(recorder_options options) {
  if (current_recorder)
    return fail(ec::invalid_argument,
                "a recorder is running already; end it before the next one starts");
  auto catalog = specifications_of(options);
  if (!catalog)
    return tl::unexpected(catalog.error());
  make_types_known();
  auto made = std::make_unique<parts>();
  made->output = {options.impl_models_dir, options.write_when_failed, options.add_to_existing};
  made->config.set("caf.scheduler.max-threads", 2);
  made->system = std::make_unique<caf::actor_system>(made->config);
  auto running = node::start(*made->system, options_of_node(options, std::move(*catalog)));
  if (!running)
    return tl::unexpected(running.error());
  made->running = std::move(*running);
  return std::unique_ptr<recorder>{new recorder(std::move(made))};
}

recorder::recorder(std::unique_ptr<parts> running) : parts_(std::move(running)) {
  current_recorder = this;
}

recorder::~recorder() { current_recorder = nullptr; }

recorder& recorder::current() {
  if (auto* running = current_recorder.load())
    return *running;
  throw std::logic_error{"no lockstep recorder is running; register one with the test framework, "
                         "and use it only while tests run"};
}

const instance_manager& recorder::manager() const noexcept { return parts_->running->manager(); }

result<void> recorder::mock_instance(const std::string& specification, const term& identifier,
                                     const std::string& state, const term& meta) const {
  return manager().mock({.specification = specification,
                         .identifier = identifier,
                         .meta = meta,
                         .initial_state = state,
                         .at = {},
                         .operation_id = {}});
}

result<model_output> recorder::write(const suite_end& end) const {
  // A suite that failed may have failed because the node does not answer any more.
  if (!end.passed && !parts_->output.write_when_failed)
    return write_models({}, end, parts_->output);
  return manager().models().and_then([&](std::vector<implementation_model> models) {
    return write_models(std::move(models), end, parts_->output);
  });
}

bool recorder::finish(const suite_end& end) const {
  auto written = write(end);
  if (!written)
    std::cerr << "lockstep: " << written.error().message << std::endl;
  else if (!written->remark.empty())
    std::cerr << "lockstep: " << written->remark << std::endl;
  return written.has_value();
}

} // namespace lockstep::testing
