#include "actors/instance_manager_actor.hpp"

#include "actors/registry.hpp"
#include "actors/supervisor.hpp"
#include "model/routing.hpp"
#include "test/support/shard_world.hpp"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

/// The supervision tree of a node with three shards, on the deterministic scheduler.
struct manager_world : test::shard_world {
  static constexpr std::uint32_t shards = 3;

  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  registry_actor registry = spawn_registry(system(), names);
  supervisor_actor supervisor;
  instance_manager_actor manager;

  manager_world() {
    run();
    supervisor_options how;
    how.id = "shards";
    how.names = names;
    std::vector<child_spec> children;
    for (std::uint32_t index = 1; index <= shards; ++index)
      children.push_back({shard_display_name(index),
                          [this, index](caf::actor_system&) -> result<caf::strong_actor_ptr> {
                            return caf::actor_cast<caf::strong_actor_ptr>(spawn(index));
                          },
                          shard_name(index)});
    supervisor = spawn_supervisor(system(), how, children);
    routing_options routing;
    routing.names = names;
    routing.distribution_factor = shards;
    manager = spawn_instance_manager(system(), routing);
    run();
  }

  ~manager_world() {
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                        caf::exit_reason::user_shutdown);
    kill(manager);
    run();
    kill(registry);
    run();
  }

  caf::strong_actor_ptr shard_of(const term& identifier) {
    return names->lookup(shard_name(shard_index(identifier, shards)));
  }

  auto init(const term& identifier) {
    return ask<receipt>(manager, atoms::initialise_v, initialisation_of(identifier));
  }
  auto step(const term& identifier, const std::string& action, const std::string& to) {
    return ask<receipt>(manager, atoms::step_v, step_of(identifier, action, to));
  }
  auto get(const term& identifier) { return ask<instance>(manager, atoms::get_v, identifier); }
};

} // namespace

TEST_CASE("each instance lives in the shard that its identifier is routed to", "[manager]") {
  manager_world w;
  for (int i = 0; i < 30; ++i)
    REQUIRE(w.init(i));
  auto summaries =
      w.ask<std::vector<shard_summary>>(w.manager, atoms::summarise_v, std::uint64_t{0});
  REQUIRE(summaries);
  REQUIRE(summaries->size() == manager_world::shards);
  for (std::uint32_t index = 1; index <= manager_world::shards; ++index) {
    std::uint64_t expected = 0;
    for (int i = 0; i < 30; ++i)
      expected += shard_index(i, manager_world::shards) == index ? 1 : 0;
    const auto& states = summaries->at(index - 1).states;
    CHECK((states.empty() ? 0 : states[0].instances) == expected);
  }
}

TEST_CASE("a killed shard comes back under its name with its instances", "[manager]") {
  manager_world w;
  REQUIRE(w.init("order-1"));
  auto before = w.shard_of("order-1");
  w.kill(before);
  w.run();
  auto after = w.shard_of("order-1");
  REQUIRE(after != nullptr);
  CHECK(after != before);
  CHECK(w.get("order-1")->current_state == "new");
}

TEST_CASE("requests that waited at a killed shard are answered by the next one", "[manager]") {
  manager_world w;
  REQUIRE(w.init("order-1"));
  auto shard = w.shard_of("order-1");
  w.kill(shard); // before the requests: they find it dead
  auto pay = w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of("order-1", "pay", "paid"));
  auto ship =
      w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of("order-1", "ship", "shipped"));
  w.run();
  REQUIRE(pay->has_value());
  REQUIRE(ship->has_value());
  CHECK(**pay == receipt{2, verdict::conforms, false});
  CHECK(**ship == receipt{3, verdict::conforms, false});
}

TEST_CASE("steps keep their order wherever their shard is killed", "[manager]") {
  // The kill is sent after 0, 1, 2 … requests: it finds them in the mailbox, staged, or answered.
  for (int before = 0; before <= 6; ++before) {
    manager_world w;
    REQUIRE(w.init("order-1"));
    std::vector<test::future_answer<receipt>> answers;
    for (int i = 0; i < 6; ++i) {
      if (i == before)
        w.kill(w.shard_of("order-1"));
      auto report = w.step_of("order-1", "mark", "marked-" + std::to_string(i));
      report.operation_id = "mark-" + std::to_string(i);
      answers.push_back(w.ask_later<receipt>(w.manager, atoms::step_v, report));
    }
    w.run();
    for (auto& answer : answers)
      REQUIRE(answer->has_value());
    auto found = w.get("order-1");
    REQUIRE(found);
    REQUIRE(found->steps.size() == 7);
    for (std::size_t i = 0; i < 6; ++i)
      CHECK(found->steps[i + 1].to == "marked-" + std::to_string(i));
  }
}

TEST_CASE("a list of steps is divided among the shards and answered in its order", "[manager]") {
  manager_world w;
  std::vector<step_report> steps;
  for (int i = 0; i < 20; ++i) {
    auto report = w.step_of(i, "pay", "paid");
    if (i != 7)
      report.initialise_as = "Order";
    steps.push_back(report);
  }
  auto answers = w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, steps);
  REQUIRE(answers);
  REQUIRE(answers->size() == 20);
  for (int i = 0; i < 20; ++i) {
    const auto& answer = answers->at(static_cast<std::size_t>(i));
    CHECK(answer.error.has_value() == (i == 7));
  }
  CHECK(w.ask<std::vector<step_answer>>(w.manager, atoms::step_v, std::vector<step_report>{})
            ->empty());
}

TEST_CASE("models are merged over the shards and taken over by all of them", "[manager]") {
  manager_world w;
  auto models = w.ask<std::vector<implementation_model>>(w.manager, atoms::show_models_v);
  REQUIRE(models);
  REQUIRE(models->size() == 1);
  CHECK(models->at(0).transitions.size() == 3);
  models->at(0).transitions.insert({"new", "tamper", "new"});
  REQUIRE(w.ask<void>(w.manager, atoms::adopt_models_v, *models));
  for (int i = 0; i < 10; ++i) {
    REQUIRE(w.init(i));
    CHECK(w.step(i, "tamper", "new"));
  }
}

TEST_CASE("when a shard stays away its callers are told, with its name", "[manager]") {
  manager_world w;
  REQUIRE(w.init("order-1"));
  auto name = shard_display_name(shard_index("order-1", manager_world::shards));
  // End the whole supervisor: nobody starts shards again.
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(w.supervisor),
                      caf::exit_reason::user_shutdown);
  w.run();
  auto waiting = w.ask_later<instance>(w.manager, atoms::get_v, term{"order-1"});
  w.run();
  CHECK_FALSE(waiting->has_value());
  w.advance(16s);
  REQUIRE(waiting->has_value());
  CHECK((*waiting)->error().code == ec::unavailable);
  CHECK((*waiting)->error().message.find(name) != std::string::npos);
}

TEST_CASE("pages of a shard that is not there are refused", "[manager]") {
  manager_world w;
  auto refused = w.ask<instance_page>(w.manager, atoms::list_v, std::uint32_t{4}, std::uint64_t{0},
                                      std::uint64_t{10});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::invalid_argument);
}
