#include "actors/instance_manager_actor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/shard.hpp"
#include "actors/shard_link.hpp"
#include "model/routing.hpp"

#include <caf/typed_response_promise.hpp>

#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Pause before the registry, itself being restarted, is asked again.
constexpr auto registry_retry_delay = std::chrono::milliseconds{50};

/// What is being collected from all shards.
template <class T>
struct gathering {
  std::size_t missing = 0;
  std::vector<T> parts; // by shard
  std::optional<failure> first_error;
};

struct instance_manager_state {
  static constexpr const char* name = "lockstep.instance_manager";

  instance_manager_state(instance_manager_actor::pointer self_ptr, routing_options given)
      : self(self_ptr), options(std::move(given)), links(options.distribution_factor) {}

  instance_manager_actor::behavior_type make_behavior() {
    return {
        [this](atoms::initialise, const initialisation& request) {
          return forward<receipt>(request.identifier, atoms::initialise_v, request);
        },
        [this](atoms::step, const step_report& report) {
          return forward<receipt>(report.identifier, atoms::step_v, report);
        },
        [this](atoms::step, std::vector<step_report>& steps) { return divide(steps); },
        [this](atoms::mock, const initialisation& request) {
          return forward<void>(request.identifier, atoms::mock_v, request);
        },
        [this](atoms::get, const term& identifier) {
          return forward<instance>(identifier, atoms::get_v, identifier);
        },
        [this](atoms::remove, const term& identifier) {
          return forward<void>(identifier, atoms::remove_v, identifier);
        },
        [this](atoms::summarise, std::uint64_t limit) { return summarise(limit); },
        [this](atoms::show_models) { return show_models(); },
        [this](atoms::adopt_models, const std::vector<implementation_model>& models) {
          return tell_all(atoms::adopt_models_v, models);
        },
        [this](atoms::expire, const point_in_time& time) {
          return tell_all(atoms::expire_v, time);
        },
        [this](atoms::list, std::uint32_t shard, std::uint64_t from, std::uint64_t limit) {
          return list(shard, from, limit);
        },
    };
  }

  // -- one shard
  // ------------------------------------------------------------------------------------

  template <class T, class... Ts>
  caf::result<T> forward(const term& identifier, const Ts&... content) {
    auto promise = self->make_response_promise<T>();
    ask<T>(
        shard_index(identifier, options.distribution_factor),
        [promise](result<T> answer) mutable {
          if (!answer)
            promise.deliver(to_error(answer.error()));
          else if constexpr (std::is_void_v<T>)
            promise.deliver();
          else
            promise.deliver(std::move(*answer));
        },
        content...);
    return promise;
  }

  caf::result<instance_page> list(std::uint32_t shard, std::uint64_t from, std::uint64_t limit) {
    if (shard < 1 || shard > options.distribution_factor)
      return to_error({ec::invalid_argument,
                       "there is no shard " + std::to_string(shard) + "; shards are 1 to "
                           + std::to_string(options.distribution_factor),
                       {}});
    auto promise = self->make_response_promise<instance_page>();
    ask<instance_page>(
        shard,
        [promise](result<instance_page> page) mutable {
          if (page)
            promise.deliver(std::move(*page));
          else
            promise.deliver(to_error(page.error()));
        },
        atoms::list_v, from, limit);
    return promise;
  }

  /// Sends a request to a shard, again if the shard is restarted, and calls `then(result<T>)` once.
  template <class T, class F, class... Ts>
  void ask(std::uint32_t shard, F then, const Ts&... content) {
    auto& link = links[shard - 1];
    auto number = link.next_number();
    auto failed = [this, shard, number, then](const caf::error& reason) mutable {
      if (receiver_has_gone(reason)) {
        if (links[shard - 1].bounced(number))
          look_for(shard);
        return;
      }
      links[shard - 1].answered(number);
      then(result<T>{tl::unexpected(named(shard, to_failure(reason)))});
    };
    auto send = [this, shard, number, then, failed, content...](const caf::strong_actor_ptr& to) {
      auto sent = compat::request(self, caf::actor_cast<shard_actor>(to), options.request_timeout,
                                  content...);
      if constexpr (std::is_void_v<T>)
        std::move(sent).then(
            [this, shard, number, then]() mutable {
              links[shard - 1].answered(number);
              then(result<T>{});
            },
            failed);
      else
        std::move(sent).then(
            [this, shard, number, then](T& value) mutable {
              links[shard - 1].answered(number);
              then(result<T>{std::move(value)});
            },
            failed);
    };
    auto refuse = [shard, then](const failure& reason) mutable {
      then(result<T>{tl::unexpected(named(shard, reason))});
    };
    if (link.submit(number, {send, refuse}, options.names->lookup(shard_name(shard))))
      look_for(shard);
  }

  static failure named(std::uint32_t shard, failure reason) {
    reason.context.try_emplace("shard", shard_display_name(shard));
    return reason;
  }

  /// Asks the registry for the shard that comes after the one that has gone.
  void look_for(std::uint32_t shard) {
    auto& link = links[shard - 1];
    compat::request(self, options.names->registry(), options.recovery_timeout, atoms::await_name_v,
                    shard_name(shard), caf::actor_cast<caf::actor_addr>(link.gone()))
        .then([this, shard](const caf::strong_actor_ptr& found) { links[shard - 1].found(found); },
              [this, shard](const caf::error& reason) {
                if (receiver_has_gone(reason))
                  self->run_delayed(registry_retry_delay, [this, shard] { look_for(shard); });
                else
                  links[shard - 1].lost(
                      {ec::unavailable,
                       shard_display_name(shard) + " is not running; try again later",
                       {}});
              });
  }

  // -- all shards
  // -----------------------------------------------------------------------------------

  /// Asks all shards at once and calls `then(result<std::vector<T>>)` with their answers in the
  /// order of the shards, or with the first error.
  template <class T, class F, class... Ts>
  void gather(F then, const Ts&... content) {
    auto collected = std::make_shared<gathering<T>>();
    collected->missing = links.size();
    collected->parts.resize(links.size());
    for (std::uint32_t shard = 1; shard <= links.size(); ++shard)
      ask<T>(
          shard,
          [collected, shard, then](result<T> part) mutable {
            if (part)
              collected->parts[shard - 1] = std::move(*part);
            else if (!collected->first_error)
              collected->first_error = part.error();
            if (--collected->missing > 0)
              return;
            if (collected->first_error)
              then(result<std::vector<T>>{tl::unexpected(*collected->first_error)});
            else
              then(result<std::vector<T>>{std::move(collected->parts)});
          },
          content...);
  }

  caf::result<std::vector<shard_summary>> summarise(std::uint64_t limit) {
    auto promise = self->make_response_promise<std::vector<shard_summary>>();
    gather<shard_summary>(
        [promise](result<std::vector<shard_summary>> all) mutable {
          if (all)
            promise.deliver(std::move(*all));
          else
            promise.deliver(to_error(all.error()));
        },
        atoms::summarise_v, limit);
    return promise;
  }

  caf::result<std::vector<implementation_model>> show_models() {
    auto promise = self->make_response_promise<std::vector<implementation_model>>();
    gather<std::vector<implementation_model>>(
        [promise](result<std::vector<std::vector<implementation_model>>> all) mutable {
          if (!all) {
            promise.deliver(to_error(all.error()));
            return;
          }
          std::map<std::string, implementation_model> merged;
          for (auto& part : *all)
            for (auto& model : part) {
              auto [known, is_new] = merged.try_emplace(model.specification, model);
              if (!is_new)
                known->second = merge(std::move(known->second), model);
            }
          std::vector<implementation_model> models;
          for (auto& [specification, model] : merged)
            models.push_back(std::move(model));
          promise.deliver(std::move(models));
        },
        atoms::show_models_v);
    return promise;
  }

  template <class... Ts>
  caf::result<void> tell_all(const Ts&... content) {
    auto promise = self->make_response_promise<void>();
    auto missing = std::make_shared<std::size_t>(links.size());
    auto first_error = std::make_shared<std::optional<failure>>();
    for (std::uint32_t shard = 1; shard <= links.size(); ++shard)
      ask<void>(
          shard,
          [promise, missing, first_error](result<void> done) mutable {
            if (!done && !*first_error)
              *first_error = done.error();
            if (--*missing > 0)
              return;
            if (*first_error)
              promise.deliver(to_error(**first_error));
            else
              promise.deliver();
          },
          content...);
    return promise;
  }

  // -- lists of steps
  // -------------------------------------------------------------------------------

  /// Sends each shard its steps in one message and puts the answers into the steps' order.
  caf::result<std::vector<step_answer>> divide(std::vector<step_report>& steps) {
    auto promise = self->make_response_promise<std::vector<step_answer>>();
    std::map<std::uint32_t, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < steps.size(); ++i)
      places[shard_index(steps[i].identifier, options.distribution_factor)].push_back(i);
    if (places.empty()) {
      promise.deliver(std::vector<step_answer>{});
      return promise;
    }
    auto answers = std::make_shared<std::vector<step_answer>>(steps.size());
    auto missing = std::make_shared<std::size_t>(places.size());
    for (auto& [shard, indexes] : places) {
      std::vector<step_report> part;
      part.reserve(indexes.size());
      for (auto index : indexes)
        part.push_back(std::move(steps[index]));
      ask<std::vector<step_answer>>(
          shard,
          [promise, answers, missing,
           indexes = indexes](result<std::vector<step_answer>> part_answers) mutable {
            for (std::size_t i = 0; i < indexes.size(); ++i)
              (*answers)[indexes[i]] = part_answers ? std::move((*part_answers)[i])
                                                    : step_answer{{}, part_answers.error()};
            if (--*missing == 0)
              promise.deliver(std::move(*answers));
          },
          atoms::step_v, part);
    }
    return promise;
  }

  instance_manager_actor::pointer self;
  routing_options options;
  /// By shard.
  std::vector<shard_link> links;
};

} // namespace

term instance_manager_name() { return atom{"instance_manager"}; }

instance_manager_actor spawn_instance_manager(caf::actor_system& system, routing_options options) {
  return compat::spawn<instance_manager_actor, instance_manager_state>(system, std::move(options));
}

} // namespace lockstep
