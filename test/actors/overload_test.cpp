#include "actors/instance_manager.hpp"
#include "actors/naming/registry.hpp"
#include "actors/node.hpp"
#include "actors/supervision/supervisor.hpp"
#include "model/routing/router.hpp"
#include "test/support/shard_world.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

/// Two shards behind their gates, which are started again however often they end.
struct gated_world : test::shard_world {
  static constexpr std::uint32_t shards = 2;

  std::shared_ptr<std::vector<std::shared_ptr<admission>>> gates =
      std::make_shared<std::vector<std::shared_ptr<admission>>>();
  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  registry_actor registry = spawn_registry(system(), names);
  routing_options routing;
  supervisor_actor supervisor;
  instance_manager_actor manager;
  /// Done at each report, if it is there.
  std::function<void()> on_report;

  explicit gated_world(std::size_t max_pending) {
    for (std::uint32_t index = 1; index <= shards; ++index)
      gates->push_back(std::make_shared<admission>(shard_display_name(index), max_pending));
    run();
    supervisor_options how;
    how.id = "shards";
    how.names = names;
    how.max_restarts = 1'000;
    std::vector<child_spec> children;
    for (std::uint32_t index = 1; index <= shards; ++index)
      children.push_back({shard_display_name(index),
                          [this, index](caf::actor_system&) -> result<caf::strong_actor_ptr> {
                            shard_options options;
                            options.gate = (*gates)[index - 1];
                            return caf::actor_cast<caf::strong_actor_ptr>(spawn(index, options));
                          },
                          shard_name(index)});
    supervisor = spawn_supervisor(system(), how, children);
    routing.names = names;
    routing.distribution_factor = shards;
    routing.gates = gates;
    routing.now = [this] { return now(); };
    routing.report = [this](const failure& report, severity) {
      reports.push_back(report);
      if (on_report)
        on_report();
    };
    manager = spawn_instance_manager(system(), routing);
    run();
  }

  ~gated_world() {
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                        caf::exit_reason::user_shutdown);
    kill(manager);
    run();
    kill(registry);
    run();
  }

  /// For calls that do not wait.
  instance_manager handle() { return {system(), routing}; }

  caf::strong_actor_ptr shard_of(const term& identifier) {
    return names->lookup(shard_name(modulo_shard(identifier, shards)));
  }
  request_counts counts() {
    request_counts sum;
    for (const auto& gate : *gates) {
      const auto one = gate->counts();
      sum.received += one.received;
      sum.completed += one.completed;
      sum.refused += one.refused;
      sum.expired += one.expired;
      sum.pending += one.pending;
    }
    return sum;
  }

  auto init_later(const term& identifier) {
    return ask_later<receipt>(manager, atoms::initialise_v, initialisation_of(identifier));
  }
};

bool adds_up(const request_counts& counts) {
  return counts.received == counts.completed + counts.refused + counts.expired + counts.pending;
}

/// What answers say, as the counts of a gate say it.
void tally(const std::optional<failure>& error, request_counts& into) {
  ++into.received;
  if (!error)
    ++into.completed;
  else if (error->code == ec::overloaded || error->code == ec::unavailable)
    ++into.refused;
  else if (error->code == ec::request_expired)
    ++into.expired;
  else
    ++into.completed;
}

template <class T>
std::optional<failure> error_of(const test::future_answer<T>& answer) {
  RC_ASSERT(answer->has_value());
  return (*answer)->has_value() ? std::nullopt : std::optional{(*answer)->error()};
}

/// A disk that stands still while it is told to.
class still_disk {
public:
  void stop() { set(true); }
  void go_on() { set(false); }
  void pass() {
    std::unique_lock lock{mutex_};
    moved_.wait(lock, [this] { return !still_; });
  }

private:
  void set(bool still) {
    std::lock_guard lock{mutex_};
    still_ = still;
    moved_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  bool still_ = false;
};

class still_store final : public test::forwarding_store {
public:
  still_store(std::shared_ptr<memory_store_contents> contents, still_disk& disk)
      : forwarding_store(std::make_unique<memory_store>(std::move(contents))), disk_(disk) {}

  result<void> commit(const batch& changes) override {
    disk_.pass();
    return forwarding_store::commit(changes);
  }

private:
  still_disk& disk_;
};

} // namespace

TEST_CASE("a shard refuses at once what it cannot take, and says when to try again", "[overload]") {
  gated_world w{3};
  std::vector<test::future_answer<receipt>> answers;
  for (int i = 0; i < 5; ++i)
    answers.push_back(
        w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of("order-1", "pay", "paid")));
  w.run();
  std::size_t refused = 0;
  for (auto& answer : answers) {
    REQUIRE(answer->has_value());
    if (auto error = error_of(answer); error->code == ec::overloaded) {
      ++refused;
      CHECK(error->context.contains("retry_after_ms"));
      CHECK(error->message.find("try again in 10 ms") != std::string::npos);
      CHECK(error->context.at("shard").as_binary()->starts_with("DistributedInstanceManager."));
    }
  }
  CHECK(refused == 2);
  CHECK(w.counts() == request_counts{5, 3, 2, 0, 0});
}

TEST_CASE("requests that wait for a shard to be started again keep their places", "[overload]") {
  gated_world w{3};
  w.kill(w.shard_of("order-1"));
  std::vector<test::future_answer<receipt>> answers;
  for (int i = 0; i < 5; ++i)
    answers.push_back(w.init_later("order-1"));
  w.run();
  CHECK(w.counts() == request_counts{5, 3, 2, 0, 0}); // sent twice, counted once
  REQUIRE(w.init_later("order-2"));
  w.run();
  CHECK(w.counts().received == 6);
}

TEST_CASE("requests parked while no shard comes are bounded, too", "[overload]") {
  gated_world w{3};
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(w.supervisor),
                      caf::exit_reason::user_shutdown);
  w.run();
  std::vector<test::future_answer<receipt>> answers;
  for (int i = 0; i < 10; ++i)
    answers.push_back(w.init_later("order-1"));
  w.run();
  CHECK(w.counts() == request_counts{10, 0, 7, 0, 3});
  w.advance(16s); // they are given up
  CHECK(w.counts() == request_counts{10, 0, 10, 0, 0});
  for (auto& answer : answers)
    CHECK(answer->has_value());
}

TEST_CASE("calls that do not wait are refused at once, too", "[overload]") {
  gated_world w{2};
  auto handle = w.handle();
  CHECK(handle.initialise_async(w.initialisation_of("order-1")));
  CHECK(handle.step_async(w.step_of("order-1", "pay", "paid")));
  auto refused = handle.step_async(w.step_of("order-1", "ship", "shipped"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::overloaded);
  CHECK(w.counts() == request_counts{3, 0, 1, 0, 2});
  w.run();
  CHECK(w.counts() == request_counts{3, 2, 1, 0, 0});
  CHECK(handle.step_async(w.step_of("order-1", "ship", "shipped")));
  w.run();
  CHECK(w.ask<instance>(w.manager, atoms::get_v, term{"order-1"})->current_state == "shipped");
}

TEST_CASE("submitting to an overloaded shard is an error and told", "[overload]") {
  gated_world w{1};
  auto place = (*w.gates)[modulo_shard("order-1", gated_world::shards) - 1]->enter();
  auto refused = w.ask<void>(w.manager, atoms::submit_v, w.initialisation_of("order-1"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::overloaded);
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::overloaded);
  place->complete();
  CHECK(w.ask<void>(w.manager, atoms::submit_v, w.initialisation_of("order-1")));
  CHECK(w.reports.size() == 1);
}

TEST_CASE("a log that throws does not end the instance manager", "[overload]") {
  gated_world w{1};
  w.on_report = [] { throw std::runtime_error("the log is full"); };
  auto place = (*w.gates)[modulo_shard("order-1", gated_world::shards) - 1]->enter();
  const auto refused = w.ask<void>(w.manager, atoms::submit_v, w.initialisation_of("order-1"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::overloaded);
  place->complete();
  CHECK(w.ask<void>(w.manager, atoms::submit_v, w.initialisation_of("order-1")));
}

TEST_CASE("what a crash takes along without an answer counts as refused", "[overload]") {
  gated_world w{10};
  auto handle = w.handle();
  REQUIRE(handle.initialise_async(w.initialisation_of("order-1")));
  REQUIRE(handle.step_async(w.step_of("order-1", "pay", "paid")));
  w.kill(w.shard_of("order-1"));
  REQUIRE(handle.step_async(w.step_of("order-1", "ship", "shipped")));
  w.run();
  CHECK(adds_up(w.counts()));
  CHECK(w.counts().received == 3);
  CHECK(w.counts().pending == 0);
  CHECK(w.counts().refused >= 1);
}

TEST_CASE("every request is accounted for, whatever happens", "[overload]") {
  CHECK(rc::check("counts add up and agree with the answers", [] {
    gated_world w{4};
    auto handle = w.handle();
    request_counts answered;
    std::uint64_t untold = 0;
    std::vector<std::function<void()>> checks;
    const auto keep = [&](auto answer) {
      checks.push_back([&answered, answer] { tally(error_of(answer), answered); });
    };
    const auto actions = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10));
    for (const auto action : actions) {
      const term who = *rc::gen::inRange(0, 4);
      switch (action) {
      case 0:
      case 1:
        keep(w.init_later(who));
        break;
      case 2:
        keep(w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of(who, "pay", "paid")));
        break;
      case 3: {
        auto late = w.step_of(who, "pay", "paid");
        late.deadline = w.now() - 1s;
        keep(w.ask_later<receipt>(w.manager, atoms::step_v, late));
        break;
      }
      case 4: {
        std::vector<step_report> steps;
        for (int i = *rc::gen::inRange(1, 7); i > 0; --i) {
          steps.push_back(w.step_of(*rc::gen::inRange(0, 4), "pay", "paid"));
          if (i % 3 == 0)
            steps.back().deadline = w.now() - 1s;
        }
        auto answer = w.ask_later<std::vector<step_answer>>(w.manager, atoms::step_v, steps);
        checks.push_back([&answered, answer] {
          RC_ASSERT(answer->has_value() && (*answer)->has_value());
          for (const auto& one : ***answer)
            tally(one.error, answered);
        });
        break;
      }
      case 5:
        ++untold;
        (void)handle.initialise_async(w.initialisation_of(who));
        break;
      case 6:
        keep(w.ask_later<instance>(w.manager, atoms::get_v, who));
        break;
      case 7:
        w.kill(w.shard_of(who));
        break;
      case 8:
        w.run();
        RC_ASSERT(w.counts().pending == 0);
        break;
      default:
        w.fail_next_commits = 1;
      }
      RC_ASSERT(adds_up(w.counts()));
    }
    w.advance(1s);
    for (const auto& check : checks)
      check();
    const auto counts = w.counts();
    RC_ASSERT(adds_up(counts));
    RC_ASSERT(counts.pending == 0u);
    // Of calls that do not wait nobody knows what became of them.
    RC_ASSERT(counts.received >= answered.received);
    RC_ASSERT(counts.received <= answered.received + untold);
    RC_ASSERT(counts.expired == answered.expired);
    RC_ASSERT(counts.completed >= answered.completed);
    RC_ASSERT(counts.refused >= answered.refused);
  }));
}

TEST_CASE("a disk that stands still shows as refusals, not as growth", "[overload]") {
  constexpr std::size_t max_pending = 50;
  constexpr std::size_t threads = 3;
  make_types_known();
  caf::actor_system_config config;
  caf::actor_system system{config};
  still_disk disk;
  auto contents = std::make_shared<memory_store_contents>();
  auto order = specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}});
  REQUIRE(order);
  specification_catalog catalog;
  catalog.emplace("Order", std::make_shared<specification>(std::move(*order)));
  implementation_model model;
  model.specification = "Order";
  model.transitions = {{"", "__initialisation__", "new"}, {"new", "pay", "paid"}};
  node_options options;
  options.store_dir.reset();
  options.open_store = [&](std::uint32_t) -> result<std::unique_ptr<instance_store>> {
    return std::make_unique<still_store>(contents, disk);
  };
  options.distribution_factor = 1;
  options.max_pending = max_pending;
  options.specifications = std::make_shared<const specification_catalog>(std::move(catalog));
  options.models = {model};
  auto started = node::start(system, std::move(options));
  REQUIRE(started);
  auto& node = **started;
  const auto before = node.requests().at(0);

  disk.stop();
  std::atomic<std::size_t> accepted{0};
  std::atomic<std::size_t> refused{0};
  {
    std::vector<std::thread> callers;
    for (std::size_t thread = 0; thread < threads; ++thread)
      callers.emplace_back([&, thread] {
        for (std::size_t i = 0; i < max_pending; ++i) {
          initialisation request;
          request.specification = "Order";
          request.identifier = static_cast<std::int64_t>(thread * max_pending + i);
          auto taken = node.manager().initialise_async(request);
          ++(taken ? accepted : refused);
        }
      });
    for (auto& caller : callers)
      caller.join();
  }
  CHECK(accepted == max_pending);
  CHECK(refused == (threads - 1) * max_pending);
  // Nobody waits behind the disk in vain.
  auto step = node.manager().step({.identifier = 0, .action = "pay", .to = "paid"});
  REQUIRE_FALSE(step);
  CHECK(step.error().code == ec::overloaded);
  CHECK(node.manager().list({}).error().code == ec::overloaded);
  const auto listed = node.manager().steps({{.identifier = 0}});
  REQUIRE(listed);
  REQUIRE(listed->at(0).error);
  CHECK(listed->at(0).error->code == ec::overloaded);
  CHECK(listed->at(0).error->context.contains("shard"));
  CHECK(node.manager().begin_steps({{.identifier = 0}}).wait()->at(0).error->code
        == ec::overloaded);
  CHECK(node.requests().at(0).pending == max_pending);

  disk.go_on();
  result<instance> last = fail(ec::overloaded, "");
  while (!last && last.error().code == ec::overloaded)
    last = node.manager().get(0); // behind all others
  const auto after = node.requests().at(0);
  CHECK(after.pending == 0);
  CHECK(adds_up(after));
  CHECK(after.completed == before.completed + max_pending + 1);
  CHECK(node.manager().all()->size() == max_pending);
}
