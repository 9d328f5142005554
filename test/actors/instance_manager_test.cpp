#include "actors/instance_manager_actor.hpp"

#include "actors/instance_manager.hpp"
#include "actors/naming/registry.hpp"
#include "actors/supervision/supervisor.hpp"
#include "model/routing/router.hpp"
#include "model/term/phash2.hpp"
#include "model/workflow/specification_json.hpp"
#include "test/support/results.hpp"
#include "test/support/shard_world.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
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
    return names->lookup(shard_name(modulo_shard(identifier, shards)));
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
      expected += modulo_shard(i, manager_world::shards) == index ? 1 : 0;
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

TEST_CASE("the handle lets actors ask a shard themselves", "[manager]") {
  manager_world w;
  routing_options routing;
  routing.names = w.names;
  routing.distribution_factor = manager_world::shards;
  const instance_manager handle{w.system(), routing};
  for (int i = 0; i < 10; ++i) {
    REQUIRE(w.init(i));
    const auto shard = test::must(handle.enter_shard(i)).shard;
    CHECK(w.ask<instance>(shard, atoms::get_v, term{i})->current_state == "new");
    w.kill(shard);
    w.run();
    const auto next = test::must(handle.enter_shard(i)).shard;
    CHECK(next != shard);
    CHECK(w.ask<receipt>(next, atoms::step_v, w.step_of(i, "pay", "paid"))
          == receipt{2, verdict::conforms, false});
    w.advance(10s); // so that it is not too often for the supervisor
  }
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

TEST_CASE("an error of a list is told as its sender's, not the manager's", "[manager]") {
  manager_world w;
  std::vector<std::string> heard;
  w.policy.callback = [&heard](const failure&, const caller& who) { heard.push_back(who.sender); };
  const term nobody = "nobody";
  w.kill(w.shard_of(nobody)); // the one that follows has the policy
  w.run();
  REQUIRE(w.ask<std::vector<step_answer>>(w.manager, atoms::step_v,
                                          std::vector{w.step_of(nobody, "pay", "paid")}));
  REQUIRE(heard.size() == 1);
  CHECK_FALSE(heard[0].empty());
  CHECK(heard[0] != caf::to_string(caf::actor_cast<caf::strong_actor_ptr>(w.manager)));
}

TEST_CASE("models are merged over the shards and taken over by all of them", "[manager]") {
  manager_world w;
  auto models = w.ask<std::vector<implementation_model>>(w.manager, atoms::show_models_v);
  REQUIRE(models);
  REQUIRE(models->size() == 1);
  CHECK(models->at(0).transitions.size() == 3);
  models->at(0).transitions.insert({"new", "tamper", "new"});
  REQUIRE(w.ask<void>(w.manager, atoms::adopt_models_v, *models, std::string{}));
  for (int i = 0; i < 10; ++i) {
    REQUIRE(w.init(i));
    CHECK(w.step(i, "tamper", "new"));
  }
}

TEST_CASE("when a shard stays away its callers are told, with its name", "[manager]") {
  manager_world w;
  REQUIRE(w.init("order-1"));
  auto name = shard_display_name(modulo_shard("order-1", manager_world::shards));
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
  auto refused = w.ask<instance_listing>(w.manager, atoms::list_v, instance_filter{},
                                         listing_cursor{4, 0}, std::uint64_t{10});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::invalid_argument);
}

TEST_CASE("a listing goes over all shards, part by part", "[manager]") {
  manager_world w;
  for (int i = 0; i < 50; ++i)
    REQUIRE(w.init(i));
  REQUIRE(w.step(7, "pay", "paid"));
  std::set<term> seen;
  std::size_t parts = 0;
  for (std::optional from{listing_cursor{}}; from; ++parts) {
    auto part = w.ask<instance_listing>(w.manager, atoms::list_v, instance_filter{"Order", "new"},
                                        *from, std::uint64_t{4});
    REQUIRE(part);
    CHECK(part->instances.size() <= 4);
    for (const auto& one : part->instances)
      CHECK(seen.insert(one.head.identifier).second);
    from = part->next;
  }
  CHECK(seen.size() == 49);
  CHECK_FALSE(seen.contains(term{7}));
  CHECK(parts >= 13);
}

TEST_CASE("all instances come from all shards, and none is an empty list", "[manager]") {
  manager_world w;
  auto none = w.ask<std::vector<instance>>(w.manager, atoms::show_all_v, instance_filter{});
  REQUIRE(none);
  CHECK(none->empty());
  for (int i = 0; i < 20; ++i)
    REQUIRE(w.init(i));
  REQUIRE(w.step(3, "pay", "paid"));
  auto all = w.ask<std::vector<instance>>(w.manager, atoms::show_all_v, instance_filter{});
  REQUIRE(all);
  CHECK(all->size() == 20);
  auto paid =
      w.ask<std::vector<instance>>(w.manager, atoms::show_all_v, instance_filter{"", "paid"});
  REQUIRE(paid);
  REQUIRE(paid->size() == 1);
  CHECK(paid->at(0).steps.size() == 2);
}

TEST_CASE("what a filter chooses is deleted in all shards", "[manager]") {
  manager_world w;
  for (int i = 0; i < 200; ++i)
    REQUIRE(w.init(i));
  w.advance(10s);
  for (int i = 0; i < 50; ++i)
    REQUIRE(w.step(i, "pay", "paid"));
  auto idle = w.ask<std::uint64_t>(w.manager, atoms::remove_all_v, instance_filter{"", "", 10s},
                                   std::string{});
  REQUIRE(idle);
  CHECK(*idle == 150);
  CHECK(w.ask<std::uint64_t>(w.manager, atoms::remove_v,
                             std::vector<term>{term{0}, term{1}, term{999}, term{1}}, std::string{})
        == std::uint64_t{2});
  auto rest = w.ask<std::uint64_t>(w.manager, atoms::remove_all_v, instance_filter{"Order", "paid"},
                                   std::string{});
  REQUIRE(rest);
  CHECK(*rest == 48);
}

TEST_CASE("an aggregate's error names its shard", "[manager]") {
  manager_world w;
  w.fail_next_commits = 1;
  auto failed = w.ask<void>(w.manager, atoms::adopt_models_v,
                            std::vector<implementation_model>{{"Order", false, {}}}, std::string{});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ec::store_failure);
  CHECK(failed.error().context.at("shard").as_binary()->starts_with("DistributedInstanceManager."));
  CHECK(failed.error().message.starts_with("DistributedInstanceManager."));
}

TEST_CASE("asynchronous requests are accepted at once and keep their order", "[manager]") {
  manager_world w;
  REQUIRE(w.ask<void>(w.manager, atoms::submit_v, w.initialisation_of("order-1")));
  REQUIRE(w.ask<void>(w.manager, atoms::submit_v, w.step_of("order-1", "pay", "paid")));
  REQUIRE(w.ask<void>(w.manager, atoms::submit_v, w.step_of("order-2", "pay", "paid")));
  CHECK(w.get("order-1")->current_state == "paid");
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::instance_identifier_not_found);
}

TEST_CASE("an asynchronous request waits for a shard that is started again", "[manager]") {
  manager_world w;
  REQUIRE(w.init("order-1"));
  w.kill(w.shard_of("order-1"));
  REQUIRE(w.ask<void>(w.manager, atoms::submit_v, w.step_of("order-1", "pay", "paid")));
  CHECK(w.get("order-1")->current_state == "paid");
}

TEST_CASE("a specification declared while the node runs is known to every shard", "[manager]") {
  manager_world w;
  auto invoice = specification::make("Invoice", {{"draft", "send", "sent"}});
  REQUIRE(invoice);
  REQUIRE(w.ask<void>(w.manager, atoms::declare_v, to_json_text(*invoice), std::string{}));
  for (int i = 0; i < 20; ++i) {
    initialisation request;
    request.specification = "Invoice";
    request.identifier = i;
    REQUIRE(w.ask<receipt>(w.manager, atoms::initialise_v, request));
  }
  auto known = w.ask<specification_texts>(w.manager, atoms::show_specifications_v);
  REQUIRE(known);
  CHECK(known->json.size() == 2);
  w.kill(w.shard_of(1));
  w.run();
  CHECK(w.step(1, "send", "sent")); // the restarted shard knows it, too
  auto refused = w.ask<void>(w.manager, atoms::declare_v, std::string("{"), std::string{});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::invalid_specification);
}

TEST_CASE("models are exported as files, merged over the shards", "[manager]") {
  manager_world w;
  auto files = w.ask<std::vector<model_file>>(w.manager, atoms::export_models_v);
  REQUIRE(files);
  REQUIRE(files->size() == 1);
  CHECK(files->at(0).name == "Order.spex");
  CHECK(files->at(0).text.find("nil --[__initialisation__]-> new") != std::string::npos);
}

TEST_CASE("identifiers with the same hash are two instances", "[manager]") {
  // Found by trying: the birthday paradox needs some ten thousand numbers for 27 bits.
  std::map<std::uint32_t, std::int64_t> seen;
  std::optional<std::pair<std::int64_t, std::int64_t>> collision;
  for (std::int64_t i = 0; !collision && i < 1'000'000; ++i)
    if (auto [known, is_new] = seen.emplace(phash2(term{i}), i); !is_new)
      collision = std::pair{known->second, i};
  REQUIRE(collision);
  const auto [one, other] = *collision;
  manager_world w;
  REQUIRE(w.init(one));
  REQUIRE(w.init(other));
  REQUIRE(w.step(one, "pay", "paid"));
  REQUIRE(w.step(one, "ship", "shipped"));
  CHECK(w.get(one)->steps.size() == 3);
  CHECK(w.get(other)->steps.size() == 1);
  CHECK(w.get(other)->identifier == term{other});
  w.kill(w.shard_of(one));
  w.run();
  CHECK(w.get(one)->current_state == "shipped");
  CHECK(w.get(other)->current_state == "new");
}
