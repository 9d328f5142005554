#include "actors/shard.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"

#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// An answer that waits for its commit.
template <class T>
struct held_answer {
  caf::typed_response_promise<T> promise;
  result<T> answer;
};

template <class T>
void deliver(caf::typed_response_promise<T>& promise, const result<T>& answer) {
  if (!answer)
    promise.deliver(to_error(answer.error()));
  else if constexpr (std::is_void_v<T>)
    promise.deliver();
  else
    promise.deliver(*answer);
}

template <class T>
caf::result<T> to_caf(result<T> outcome) {
  if (!outcome)
    return to_error(outcome.error());
  if constexpr (std::is_void_v<T>)
    return caf::unit;
  else
    return std::move(*outcome);
}

struct shard_state {
  static constexpr const char* name = "lockstep.shard";

  shard_state(shard_actor::pointer self_ptr, ledger given, shard_options how)
      : self(self_ptr), books(std::move(given)), options(std::move(how)) {}

  shard_actor::behavior_type make_behavior() {
    compat::on_exit_request(self, [this](const caf::error& reason) { close(reason); });
    check_deadlines_on_start();
    return {
        [this](atoms::initialise, const initialisation& request) {
          return hold(books.initialise(request, options.now()));
        },
        [this](atoms::step, const step_report& report) {
          return hold(books.step(report, options.now()));
        },
        [this](atoms::step, const std::vector<step_report>& steps) { return hold(record(steps)); },
        [this](atoms::mock, const initialisation& request) {
          return hold(books.mock(request, options.now()));
        },
        [this](atoms::get, const term& identifier) {
          return to_caf(flush().and_then([&] { return books.get(identifier); }));
        },
        [this](atoms::remove, const term& identifier) { return hold(books.remove(identifier)); },
        [this](atoms::list, std::uint64_t from, std::uint64_t limit) {
          return to_caf(flush().and_then([&] { return books.store().page(from, limit); }));
        },
        [this](atoms::summarise, std::uint64_t limit) { return to_caf(summarise(limit)); },
        [this](atoms::show_models) -> caf::result<std::vector<implementation_model>> {
          return books.models();
        },
        [this](atoms::adopt_models, const std::vector<implementation_model>& models) {
          return hold(books.adopt(models));
        },
        [this](atoms::expire, const point_in_time& time) { return hold(expire(time.at)); },
        [this](atoms::expire) { deadline_came(); },
        [this](atoms::commit) { commit_batch(); },
    };
  }

  // -- group commit
  // ---------------------------------------------------------------------------------

  caf::result<receipt> hold(decision made) {
    std::move(made.reports.begin(), made.reports.end(), std::back_inserter(reports));
    return hold(std::move(made.answer), receipts);
  }

  caf::result<void> hold(result<void> outcome) {
    return hold(std::move(outcome), acknowledgements);
  }

  caf::result<std::vector<step_answer>> hold(std::vector<step_answer> made) {
    return hold(result<std::vector<step_answer>>{std::move(made)}, lists);
  }

  /// Answers at once if nothing is staged; then the answer tells nothing that could be undone.
  template <class T>
  caf::result<T> hold(result<T> answer, std::vector<held_answer<T>>& waiting) {
    if (books.staged() == 0) {
      report_all(std::exchange(reports, {}));
      return to_caf(std::move(answer));
    }
    auto promise = self->make_response_promise<T>();
    waiting.push_back({promise, std::move(answer)});
    plan_commit();
    return promise;
  }

  std::vector<step_answer> record(const std::vector<step_report>& steps) {
    std::vector<step_answer> answers;
    answers.reserve(steps.size());
    for (const auto& one : steps) {
      auto made = books.step(one, options.now());
      std::move(made.reports.begin(), made.reports.end(), std::back_inserter(reports));
      answers.push_back(made.answer ? step_answer{*made.answer, std::nullopt}
                                    : step_answer{{}, std::move(made.answer.error())});
    }
    return answers;
  }

  /// The message arrives behind everything that waits already, so that is what makes a batch.
  void plan_commit() {
    if (books.staged() >= options.max_batch) {
      (void)flush();
      return;
    }
    if (!std::exchange(commit_planned, true))
      compat::send(self, self, atoms::commit_v);
  }

  void commit_batch() {
    commit_planned = false;
    (void)flush();
  }

  /// Commits what is staged and answers everybody who waits for it.
  result<void> flush() {
    if (books.staged() == 0)
      return {};
    auto committed = books.commit();
    answer(std::exchange(receipts, {}), committed);
    answer(std::exchange(lists, {}), committed);
    answer(std::exchange(acknowledgements, {}), committed);
    auto heard = std::exchange(reports, {});
    if (committed)
      report_all(heard);
    else
      give_up_on(committed.error());
    watch_deadlines();
    return committed;
  }

  template <class T>
  static void answer(std::vector<held_answer<T>> waiting, const result<void>& committed) {
    for (auto& [promise, outcome] : waiting) {
      if (committed)
        deliver(promise, outcome);
      else
        promise.deliver(to_error(committed.error()));
    }
  }

  void give_up_on(const failure& reason) {
    report_all({reason});
    if (reason.code == ec::unavailable)
      self->quit(to_error(reason));
  }

  void close(const caf::error& reason) {
    (void)flush();
    self->quit(reason);
  }

  // -- deadlines
  // ------------------------------------------------------------------------------------

  void check_deadlines_on_start() {
    if (options.time == timekeeping::events)
      return;
    if (!options.check_timeouts_on_start)
      books.forget_deadlines(options.now());
    watch_deadlines();
  }

  /// Wakes the shard at the earliest deadline: one timer, whatever the number of instances.
  void watch_deadlines() {
    auto next = books.next_deadline();
    if (options.time == timekeeping::events || next == watched)
      return;
    timer.dispose();
    watched = next;
    if (!next)
      return;
    auto now = options.now();
    if (*next <= now)
      compat::send(self, self, atoms::expire_v);
    else
      timer = self->run_delayed(*next - now, [this] { compat::send(self, self, atoms::expire_v); });
  }

  void deadline_came() {
    watched.reset();
    if (auto expired = expire(options.now()); !expired)
      report_all({expired.error()});
    if (books.staged() > 0)
      plan_commit();
    else
      watch_deadlines();
  }

  result<void> expire(timestamp now) {
    auto late = books.expire(now);
    if (!late)
      return tl::unexpected(late.error());
    std::move(late->begin(), late->end(), std::back_inserter(reports));
    return {};
  }

  // -- reading
  // --------------------------------------------------------------------------------------

  result<shard_summary> summarise(std::uint64_t limit) {
    if (auto flushed = flush(); !flushed)
      return tl::unexpected(flushed.error());
    auto states = books.store().count_by_state();
    if (!states)
      return tl::unexpected(states.error());
    auto deviations = books.store().deviations(limit);
    if (!deviations)
      return tl::unexpected(deviations.error());
    return shard_summary{books.shard_name(), std::move(*states), std::move(*deviations)};
  }

  void report_all(const std::vector<failure>& all) const {
    if (options.report)
      for (const auto& one : all)
        options.report(one);
  }

  shard_actor::pointer self;
  ledger books;
  shard_options options;

  bool commit_planned = false;
  std::vector<held_answer<receipt>> receipts;
  std::vector<held_answer<std::vector<step_answer>>> lists;
  std::vector<held_answer<void>> acknowledgements;
  /// To be told once the batch that they are about is durable.
  std::vector<failure> reports;

  /// The deadline that `timer` waits for.
  std::optional<timestamp> watched;
  caf::disposable timer;
};

} // namespace

term shard_name(std::uint32_t index) {
  return term::tuple({atom{"shard"}, static_cast<std::int64_t>(index)});
}

std::string shard_display_name(std::uint32_t index) {
  return "DistributedInstanceManager.Server_" + std::to_string(index);
}

shard_actor spawn_shard(caf::actor_system& system, ledger books, shard_options options) {
  if (options.where == placement::own_thread)
    return compat::spawn<shard_actor, shard_state, caf::detached>(system, std::move(books),
                                                                  std::move(options));
  return compat::spawn<shard_actor, shard_state>(system, std::move(books), std::move(options));
}

} // namespace lockstep
