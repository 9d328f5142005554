#include "actors/instance_manager_actor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/list_parts.hpp"
#include "actors/listing_pages.hpp"
#include "actors/locator.hpp"
#include "actors/shard_router.hpp"
#include "actors/write_down.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/specification_json.hpp"

#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Every shard has all specifications; one that a failed declaration left behind adds nothing.
specification_texts union_of(const std::vector<specification_texts>& parts) {
  specification_texts all;
  for (const auto& part : parts)
    all.json.insert(all.json.end(), part.json.begin(), part.json.end());
  std::sort(all.json.begin(), all.json.end());
  all.json.erase(std::unique(all.json.begin(), all.json.end()), all.json.end());
  return all;
}

std::vector<implementation_model>
merged(const std::vector<std::vector<implementation_model>>& parts) {
  std::map<std::string, implementation_model> by_name;
  for (const auto& part : parts)
    for (const auto& model : part) {
      auto [known, is_new] = by_name.try_emplace(model.specification, model);
      if (!is_new)
        known->second = merge(std::move(known->second), model);
    }
  std::vector<implementation_model> models;
  for (auto& [specification, model] : by_name)
    models.push_back(std::move(model));
  return models;
}

template <class T>
std::vector<T> joined(std::vector<std::vector<T>> parts) {
  std::vector<T> all;
  for (auto& part : parts)
    std::move(part.begin(), part.end(), std::back_inserter(all));
  return all;
}

struct instance_manager_state {
  static constexpr const char* name = "lockstep.instance_manager";

  instance_manager_state(instance_manager_actor::pointer self_ptr, routing_options given)
      : self(self_ptr), options(given), shards(self_ptr, std::move(given)) {}

  instance_manager_actor::behavior_type make_behavior() {
    return {
        [this](atoms::initialise, initialisation& request) {
          return forward<receipt>(request.identifier, atoms::initialise_v,
                                  from_waiting_sender(request));
        },
        [this](atoms::step, step_report& report) {
          return forward<receipt>(report.identifier, atoms::step_v, from_waiting_sender(report));
        },
        [this](atoms::step, std::vector<step_report>& steps) { return divide(steps); },
        [this](atoms::submit, initialisation& request) {
          return submit(request.identifier, atoms::initialise_v, from_sender(request));
        },
        [this](atoms::submit, step_report& report) {
          return submit(report.identifier, atoms::step_v, from_sender(report));
        },
        [this](atoms::mock, initialisation& request) {
          return forward<void>(request.identifier, atoms::mock_v, from_waiting_sender(request));
        },
        [this](atoms::get, const term& identifier) {
          return forward<instance>(identifier, atoms::get_v, identifier);
        },
        [this](atoms::show_all, const instance_filter& filter) { return show_all(filter); },
        [this](atoms::remove, const term& identifier, const std::string& operation) {
          return forward<bool>(identifier, atoms::remove_v, identifier, operation);
        },
        [this](atoms::remove, const std::vector<term>& identifiers, const std::string& operation) {
          return remove(identifiers, operation);
        },
        [this](atoms::remove_all, const instance_filter& filter, const std::string& operation) {
          return remove_all(filter, operation);
        },
        [this](atoms::list, const instance_filter& filter, const listing_cursor& cursor,
               std::uint64_t limit) { return list(filter, cursor, limit); },
        [this](atoms::summarise, std::uint64_t limit) {
          return gather<shard_summary, std::vector<shard_summary>>(
              [](std::vector<shard_summary> all) { return all; }, atoms::summarise_v, limit);
        },
        [this](atoms::show_models) {
          return gather<std::vector<implementation_model>, std::vector<implementation_model>>(
              merged, atoms::show_models_v);
        },
        [this](atoms::export_models) { return export_models(); },
        [this](atoms::adopt_models, const std::vector<implementation_model>& models,
               const std::string& operation) {
          return tell_all(atoms::adopt_models_v, models, operation);
        },
        [this](atoms::declare, const std::string& text, const std::string& operation) {
          return declare(text, operation);
        },
        [this](atoms::declare, const local_specification& declared, const std::string& operation) {
          return declare(declared, operation);
        },
        [this](atoms::show_specifications) {
          return gather<specification_texts, specification_texts>(union_of,
                                                                  atoms::show_specifications_v);
        },
        [this](atoms::show_quarantined) {
          return gather<std::vector<quarantined_instance>, std::vector<quarantined_instance>>(
              [](std::vector<std::vector<quarantined_instance>> parts) {
                return joined(std::move(parts));
              },
              atoms::show_quarantined_v);
        },
        [this](atoms::release, const term& identifier, const std::string& operation) {
          return forward<bool>(identifier, atoms::release_v, identifier, operation);
        },
        [this](atoms::where, const term& identifier) { return where(identifier); },
        [this](atoms::expire, const point_in_time& time) {
          return tell_all(atoms::expire_v, time);
        },
        [this](atoms::lookup_name, const term& key) { return look_up(key); },
        [this](atoms::show_shards) { return options.keyed_nodes; },
    };
  }

  // -- names --------------------------------------------------------------------------------------

  caf::result<caf::strong_actor_ptr> look_up(const term& key) {
    if (auto holder = options.names->lookup(key))
      return holder;
    return to_error(
        {ec::not_registered, "no actor of the node has the name " + to_text(key), {{"name", key}}});
  }

  // -- one shard ----------------------------------------------------------------------------------

  /// The shard sees this actor as the sender, so the request names who is behind it.
  template <class Request>
  Request& from_sender(Request& request) {
    if (request.client.empty() && self->current_sender())
      request.client = caf::to_string(self->current_sender());
    return request;
  }

  template <class Request>
  Request& from_waiting_sender(Request& request) {
    set_deadline(request, options, timeout_of<atoms::step>(options) + options.recovery_timeout);
    return from_sender(request);
  }

  template <class T, class... Ts>
  caf::result<T> forward(const term& identifier, const Ts&... content) {
    auto promise = self->make_response_promise<T>();
    shards.ask<T>(
        shards.shard_of(identifier),
        [promise](result<T> answer) mutable { deliver(promise, std::move(answer)); }, content...);
    return promise;
  }

  /// Nobody waits for the shard's answer: what it cannot tell its error policy is told here.
  /// @returns at once, with an error if the request is not even let in.
  template <class... Ts>
  caf::result<void> submit(const term& identifier, const Ts&... content) {
    auto asking = std::make_shared<bool>(true);
    std::optional<failure> refused;
    shards.ask<receipt>(
        shards.shard_of(identifier),
        [this, asking, &refused](const result<receipt>& answer) {
          if (answer)
            return;
          if (*asking)
            refused = answer.error();
          if (answer.error().code == ec::unavailable || answer.error().code == ec::overloaded)
            write_down(options.report, answer.error(), severity::error);
        },
        content...);
    *asking = false;
    if (refused)
      return to_error(*refused);
    return caf::unit;
  }

  caf::result<whereabouts> where(const term& identifier) {
    auto promise = self->make_response_promise<whereabouts>();
    locate(self, options, identifier,
           [promise](whereabouts found) mutable { promise.deliver(std::move(found)); });
    return promise;
  }

  caf::result<instance_listing> list(const instance_filter& filter, const listing_cursor& cursor,
                                     std::uint64_t limit) {
    if (auto fits = check_cursor(cursor, shards.shards()); !fits)
      return to_error(fits.error());
    auto promise = self->make_response_promise<instance_listing>();
    auto shard = cursor.shard;
    shards.ask<instance_page>(
        shard,
        [this, promise, shard](result<instance_page> page) mutable {
          deliver(promise, std::move(page).map([&](instance_page found) {
            return part_of_listing(std::move(found), shard, shards.shards());
          }));
        },
        atoms::list_v, filter, cursor.from, limit);
    return promise;
  }

  // -- all shards ---------------------------------------------------------------------------------

  /// Asks all shards and answers with what `combine` makes of their answers.
  template <class Part, class Whole, class F, class... Ts>
  caf::result<Whole> gather(F combine, const Ts&... content) {
    auto promise = self->make_response_promise<Whole>();
    shards.ask_all<Part>(
        [promise, combine](result<std::vector<Part>> parts) mutable {
          deliver(promise, std::move(parts).map(combine));
        },
        content...);
    return promise;
  }

  template <class... Ts>
  caf::result<void> tell_all(const Ts&... content) {
    auto promise = self->make_response_promise<void>();
    shards.ask_all<void>(
        [promise](result<void> done) mutable { deliver(promise, std::move(done)); }, content...);
    return promise;
  }

  caf::result<std::vector<instance>> show_all(const instance_filter& filter) {
    return gather<std::vector<instance>, std::vector<instance>>(
        [](std::vector<std::vector<instance>> parts) { return joined(std::move(parts)); },
        atoms::show_all_v, filter);
  }

  caf::result<std::uint64_t> remove_all(const instance_filter& filter,
                                        const std::string& operation) {
    return gather<std::uint64_t, std::uint64_t>(
        [](const std::vector<std::uint64_t>& removed) {
          return std::accumulate(removed.begin(), removed.end(), std::uint64_t{0});
        },
        atoms::remove_all_v, filter, operation);
  }

  caf::result<std::vector<model_file>> export_models() {
    return gather<std::vector<implementation_model>, std::vector<model_file>>(
        [](const std::vector<std::vector<implementation_model>>& parts) {
          std::vector<model_file> files;
          for (const auto& model : merged(parts))
            files.push_back(to_file(model));
          return files;
        },
        atoms::show_models_v);
  }

  caf::result<void> declare(const std::string& text, const std::string& operation) {
    auto spec = parse_specification_json(text, "the declared specification");
    if (!spec)
      return to_error(spec.error());
    return declare({std::make_shared<const specification>(std::move(*spec))}, operation);
  }

  /// A shard that is restarted finds the specification, callbacks included, in `options.declared`.
  caf::result<void> declare(const local_specification& declared, const std::string& operation) {
    if (declared.value->transitions().empty())
      return to_error(no_initial_state(*declared.value).value());
    auto promise = self->make_response_promise<void>();
    shards.ask_all<void>(
        [this, promise, value = declared.value, operation](result<void> done) mutable {
          if (done)
            options.declared->add(value, operation);
          deliver(promise, std::move(done));
        },
        atoms::declare_v, declared, operation);
    return promise;
  }

  // -- lists --------------------------------------------------------------------------------------

  /// Sends each shard its steps in one message and puts the answers into the steps' order.
  caf::result<std::vector<step_answer>> divide(std::vector<step_report>& steps) {
    set_deadlines(steps, options, timeout_of<atoms::step>(options) + options.recovery_timeout);
    const auto parts = parts_of(steps, options.layout());
    // Before the promise is made, which takes the sender away.
    for (const auto& part : parts)
      from_sender(steps[part.places.front()]); // speaks for its part
    auto promise = self->make_response_promise<std::vector<step_answer>>();
    if (parts.empty()) {
      promise.deliver(std::vector<step_answer>{});
      return promise;
    }
    auto answers = std::make_shared<std::vector<step_answer>>(steps.size());
    const auto list = std::make_shared<const std::vector<step_report>>(std::move(steps));
    auto missing = std::make_shared<std::size_t>(parts.size());
    for (const auto& part : parts)
      shards.ask<std::vector<step_answer>>(
          part.shard,
          [promise, answers, missing, part](result<std::vector<step_answer>> own) mutable {
            put_answers(*answers, part, std::move(own));
            if (--*missing == 0)
              promise.deliver(std::move(*answers));
          },
          atoms::step_v, local_steps{list, steps_of(*list, part)});
    return promise;
  }

  caf::result<std::uint64_t> remove(const std::vector<term>& identifiers,
                                    const std::string& operation) {
    auto promise = self->make_response_promise<std::uint64_t>();
    const auto parts =
        parts_of(identifiers, options.layout(), [](const term& one) -> const term& { return one; });
    if (parts.empty()) {
      promise.deliver(std::uint64_t{0});
      return promise;
    }
    auto missing = std::make_shared<std::size_t>(parts.size());
    auto sum = std::make_shared<result<std::uint64_t>>(std::uint64_t{0}); // or the first error
    for (const auto& part : parts) {
      std::vector<term> own;
      for (const auto place : part.places)
        own.push_back(identifiers[place]);
      shards.ask<std::uint64_t>(
          part.shard,
          [promise, missing, sum](result<std::uint64_t> removed) mutable {
            if (*sum && removed)
              **sum += *removed;
            else if (*sum)
              *sum = std::move(removed);
            if (--*missing == 0)
              deliver(promise, *sum);
          },
          atoms::remove_v, std::move(own), operation);
    }
    return promise;
  }

  instance_manager_actor::pointer self;
  routing_options options;
  shard_router shards;
};

} // namespace

term instance_manager_name() {
  static const term name = atom{"instance_manager"}; // looked up often: a copy is cheap
  return name;
}

failure manager_not_running() {
  return {ec::unavailable, "the instance manager is not running; try again later", {}};
}

term shard_supervisor_name() { return atom{"shard_supervisor"}; }

instance_manager_actor spawn_instance_manager(caf::actor_system& system, routing_options options) {
  return compat::spawn<instance_manager_actor, instance_manager_state>(system, std::move(options));
}

} // namespace lockstep
