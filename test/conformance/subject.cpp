#include "test/conformance/subject.hpp"

#include "model/term/term_json.hpp"
#include "persistence/model_directory.hpp"
#include "persistence/text_file.hpp"

#include <thread>
#include <utility>

namespace lockstep::recordings {

namespace {

/// As long as the reference was down, at least.
constexpr auto down_time = std::chrono::milliseconds{10};

timestamp system_time() {
  return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

/// The reference's type of an error; empty if it has no such error.
std::string type_of(ec code) {
  switch (code) {
  case ec::instance_identifier_already_in_use:
  case ec::instance_identifier_not_found:
    return "InstanceError";
  case ec::deviation_still_equivalent:
  case ec::deviation_not_equivalent:
  case ec::transition_timeout:
    return "TransitionError";
  case ec::impl_model_not_found:
    return "ImplModelError";
  default:
    return {};
  }
}

json ok(json value = true) { return {{"ok", std::move(value)}}; }

json error_json(const failure& error) {
  json described{{"type", type_of(error.code)}, {"reason", to_string(error.code)}};
  if (type_of(error.code).empty()) // nothing to compare with: to be read by people
    described["message"] = error.message;
  return {{"error", std::move(described)}};
}

json state_json(const std::string& state) { return state.empty() ? json{} : json(state); }

json to_json(const instance& one) {
  auto steps = json::array();
  for (const auto& made : one.steps)
    steps.push_back({{"action", made.action}, {"to_state", made.to}});
  return {{"specification", one.specification},
          {"identifier", identifier_json(one.identifier)},
          {"meta", json::parse(to_json_text(one.meta))},
          {"current_state", state_json(one.current_state)},
          {"transitions", std::move(steps)}};
}

json to_json(const implementation_model& model) {
  auto transitions = json::array();
  for (const auto& seen : model.transitions)
    transitions.push_back(json::array({state_json(seen.from), seen.action, seen.to}));
  return {{"specification", model.specification},
          {"learning_mode", model.learning},
          {"transitions", std::move(transitions)}};
}

json to_json(const model_file& file) { return {{"filename", file.name}, {"content", file.text}}; }

template <class T>
json plain(const result<T>& answer) {
  return answer ? ok() : error_json(answer.error());
}

template <class T>
json list_of(const result<std::vector<T>>& answer) {
  if (!answer)
    return error_json(answer.error());
  auto list = json::array();
  for (const auto& one : *answer)
    list.push_back(to_json(one));
  return ok(std::move(list));
}

initialisation initialisation_of(const call& made) {
  initialisation request;
  request.specification = made.specification;
  request.identifier = made.identifier;
  request.meta = made.meta;
  request.initial_state = made.state;
  return request;
}

step_report step_of(const call& made) {
  step_report report;
  report.identifier = made.identifier;
  report.action = made.action;
  report.to = made.state;
  return report;
}

instance_filter filter_of(const call& made) {
  instance_filter filter;
  filter.specification = made.specification;
  filter.state = made.state;
  return filter;
}

} // namespace

void heard_errors::add(const failure& error) {
  const std::lock_guard lock{mutex_};
  heard_.push_back(type_of(error.code) + "/" + std::string(to_string(error.code)));
}

std::vector<std::string> heard_errors::take() {
  const std::lock_guard lock{mutex_};
  return std::exchange(heard_, {});
}

result<void> subject::start() {
  return write_model_files().and_then([this] { return start_node(); });
}

result<void> subject::write_model_files() const {
  for (const auto& file : recording_.model_files)
    if (auto written = write_text_file(folder_ / "models" / file.name, file.text); !written)
      return written;
  return {};
}

result<std::shared_ptr<const specification_catalog>> subject::specifications() const {
  auto catalog = std::make_shared<specification_catalog>();
  for (const auto& recorded : recording_.specifications) {
    auto options = recorded.options;
    options.policy.callback = [errors = errors_](const failure& error, const caller&) {
      errors->add(error);
    };
    auto spec = specification::make(recorded.name, recorded.transitions, std::move(options));
    if (!spec)
      return tl::unexpected(spec.error());
    if (spec->initial_state() != recorded.initial_state
        || spec->terminal_states() != recorded.terminal_states)
      return fail(ec::invalid_specification,
                  recorded.name + " has other initial or terminal states than recorded");
    catalog->insert_or_assign(recorded.name, std::make_shared<specification>(std::move(*spec)));
  }
  return catalog;
}

result<void> subject::start_node() {
  auto catalog = specifications();
  if (!catalog)
    return tl::unexpected(catalog.error());
  auto models = read_models(folder_ / "models");
  if (!models)
    return tl::unexpected(models.error());
  node_options options;
  options.store_dir = folder_ / "store";
  if (store_ == store_kind::memory) {
    for (std::uint32_t shard = 1; shard <= shards_; ++shard)
      contents_.emplace(shard, std::make_shared<memory_store_contents>());
    options.open_store =
        [contents = contents_](std::uint32_t shard) -> result<std::unique_ptr<instance_store>> {
      return std::make_unique<memory_store>(contents.at(shard));
    };
  }
  options.distribution_factor = shards_;
  options.specifications = std::move(*catalog);
  options.models = std::move(*models);
  options.keep_learned_models = false;
  options.shards.check_timeouts_on_start = recording_.check_timeouts_on_start;
  options.shards.prune_interval = recording_.prune_interval;
  options.shards.now = system_time;
  options.policy.callback = [errors = errors_](const failure& error, const caller&) {
    errors->add(error);
  };
  return node::start(system_, std::move(options)).map([this](auto started) {
    node_ = std::move(started);
  });
}

result<void> subject::restart() {
  const auto before = manager().all();
  if (!before)
    return tl::unexpected(before.error());
  node_->stop();
  std::this_thread::sleep_for(down_time);
  if (auto started = start_node(); !started)
    return started;
  // The first prune pass works in slices, between requests. A request that deletes nothing lets it
  // go on by a slice, so by at least one instance: now it ends before the next call.
  instance_filter nothing;
  nothing.specification = "none of the recording's specifications";
  for (std::size_t slices = 0; slices <= before->size(); ++slices)
    if (auto swept = manager().remove_all(nothing); !swept)
      return tl::unexpected(swept.error());
  return {};
}

outcome subject::answer(const call& made) {
  auto result = make(made);
  if (made.op == operation::init_instance_async || made.op == operation::transition_async)
    (void)manager().get(made.identifier); // handled after it by the same shard
  return {std::move(result), errors_->take()};
}

json subject::make(const call& made) {
  switch (made.op) {
  case operation::init_instance:
    return plain(manager().initialise(initialisation_of(made)));
  case operation::init_instance_async:
    return plain(manager().initialise_async(initialisation_of(made)));
  case operation::transition:
    return plain(manager().step(step_of(made)));
  case operation::transition_async:
    return plain(manager().step_async(step_of(made)));
  case operation::mock_instance:
    try {
      manager().mock_or_throw(initialisation_of(made));
      return ok();
    } catch (const call_error& thrown) {
      return error_json(thrown.reason());
    }
  case operation::get_instance: {
    const auto found = manager().get(made.identifier);
    return found ? ok(to_json(*found)) : error_json(found.error());
  }
  case operation::all_instances:
    return list_of(manager().all(filter_of(made)));
  case operation::delete_instance:
    return plain(manager().remove(made.identifier));
  case operation::delete_instances:
    return plain(manager().remove_all(filter_of(made)));
  case operation::all_impl_models:
    return list_of(manager().models());
  case operation::export_impl_models:
    return list_of(manager().export_models());
  case operation::restart:
    return plain(restart());
  }
  return {};
}

} // namespace lockstep::recordings
