#include "actors/checker.hpp"
#include "actors/instance_manager_actor.hpp"
#include "actors/naming/registry.hpp"
#include "actors/supervision/supervisor.hpp"
#include "test/support/checks_world.hpp"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using test::checks_world;
using namespace std::chrono_literals;

namespace {

template <class T>
ec code_of(const test::future_answer<T>& answer) {
  REQUIRE(answer->has_value());
  REQUIRE_FALSE((*answer)->has_value());
  return (*answer)->error().code;
}

template <class T>
T value_of(const test::future_answer<T>& answer) {
  REQUIRE(answer->has_value());
  REQUIRE((*answer)->has_value());
  if constexpr (!std::is_void_v<T>)
    return ***answer;
}

} // namespace

TEST_CASE("a step that needs a large check is answered later, others go on", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  REQUIRE(w.init("order-2"));
  auto unknown = w.step_later("order-1", "tamper", "new");
  w.run();
  CHECK_FALSE(unknown->has_value());
  CHECK(w.step("order-2", "pay", "paid") == receipt{2, verdict::conforms, false});
  CHECK(w.get("order-2")->steps.size() == 2);
  w.advance(9s);
  CHECK_FALSE(unknown->has_value());
  w.commits = 0;
  w.advance(1s);
  CHECK(code_of(unknown) == ec::deviation_not_equivalent);
  const auto& context = (*unknown)->error().context;
  CHECK(context.at("allowed") == term::list({"pay"}));
  CHECK(context.at("why").as_binary());
  CHECK(context.at("step") == term{2});
  CHECK(w.commits == 1);
  CHECK(w.get("order-1")->steps.size() == 2);
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::deviation_not_equivalent);
}

TEST_CASE("requests about an instance keep their order behind a check", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  auto unknown = w.step_later("order-1", "tamper", "new");
  auto pay = w.step_later("order-1", "pay", "paid");
  auto found = w.ask_later<instance>(w.shard, atoms::get_v, term{"order-1"});
  auto removed = w.ask_later<bool>(w.shard, atoms::remove_v, term{"order-1"}, std::string{});
  auto missing = w.ask_later<instance>(w.shard, atoms::get_v, term{"order-1"});
  auto again = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("order-1"));
  auto mocked = w.initialisation_of("order-1");
  mocked.initial_state = "paid";
  auto placed = w.ask_later<void>(w.shard, atoms::mock_v, mocked);
  auto ship = w.step_later("order-1", "ship", "shipped");
  w.run();
  CHECK_FALSE(pay->has_value());
  CHECK_FALSE(found->has_value());
  CHECK_FALSE(removed->has_value());
  w.advance(10s);
  CHECK(code_of(unknown) == ec::deviation_not_equivalent);
  CHECK(value_of(pay) == receipt{3, verdict::conforms, false});
  CHECK(value_of(found).steps.size() == 3);
  value_of(removed);
  CHECK(code_of(missing) == ec::instance_identifier_not_found);
  CHECK(value_of(again) == receipt{1, verdict::conforms, false});
  value_of(placed);
  CHECK(value_of(ship) == receipt{1, verdict::conforms, false});
}

TEST_CASE("the same question is asked once for many instances", "[shard]") {
  checks_world w;
  w.start();
  std::vector<test::future_answer<receipt>> answers;
  for (int i = 0; i < 250; ++i) {
    REQUIRE(w.init(i));
    answers.push_back(w.step_later(i, "tamper", "new"));
  }
  w.advance(10s);
  CHECK(w.asked.size() == 1);
  for (auto& answer : answers)
    CHECK(code_of(answer) == ec::deviation_not_equivalent);
  CHECK_FALSE(w.step(3, "tamper", "new")); // known by now
  CHECK(w.asked.size() == 1);
}

TEST_CASE("questions are asked one by one, each with what was prepared before", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  REQUIRE(w.init("order-2"));
  auto first = w.step_later("order-1", "tamper", "new");
  auto second = w.step_later("order-2", "peek", "new");
  w.advance(10s);
  CHECK(first->has_value());
  REQUIRE(w.asked.size() == 2);
  CHECK(w.asked[0].check == nullptr);
  CHECK(w.asked[1].check != nullptr);
  CHECK_FALSE(second->has_value());
  w.advance(10s);
  CHECK(code_of(second) == ec::deviation_not_equivalent);
}

TEST_CASE("when the model changes during a check, the step is judged again", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  auto unknown = w.step_later("order-1", "tamper", "new");
  w.advance(5s);
  REQUIRE(w.ask<void>(w.shard, atoms::adopt_models_v, std::vector{w.model()}, std::string{}));
  w.advance(5s);
  CHECK_FALSE(unknown->has_value());
  CHECK(w.asked.size() == 2);
  auto larger = w.model();
  larger.transitions.insert({"new", "tamper", "new"});
  REQUIRE(w.ask<void>(w.shard, atoms::adopt_models_v, std::vector{larger}, std::string{}));
  w.advance(10s);
  CHECK(value_of(unknown) == receipt{2, verdict::conforms, false});
  CHECK(w.asked.size() == 2);
}

TEST_CASE("a question that is out of date is not asked", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  REQUIRE(w.init("order-2"));
  auto first = w.step_later("order-1", "tamper", "new");
  auto second = w.step_later("order-2", "peek", "new");
  w.run();
  auto larger = w.model();
  larger.transitions.insert({"new", "tamper", "new"});
  larger.transitions.insert({"new", "peek", "new"});
  REQUIRE(w.ask<void>(w.shard, atoms::adopt_models_v, std::vector{larger}, std::string{}));
  w.advance(10s);
  CHECK(value_of(first).outcome == verdict::conforms);
  CHECK(value_of(second).outcome == verdict::conforms);
  CHECK(w.asked.size() == 1);
}

TEST_CASE("a list waits as a whole and is one commit", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  REQUIRE(w.init("order-2"));
  REQUIRE(w.init("order-3"));
  auto list = w.ask_later<std::vector<step_answer>>(
      w.shard, atoms::step_v,
      std::vector{w.step_of("order-1", "pay", "paid"), w.step_of("order-2", "tamper", "new"),
                  w.step_of("order-1", "peek", "paid")});
  auto after = w.step_later("order-1", "ship", "shipped");
  auto removed = w.ask_later<std::uint64_t>(w.shard, atoms::remove_v,
                                            std::vector<term>{"order-2", "x"}, std::string{});
  w.run();
  CHECK(w.step("order-3", "pay", "paid"));
  w.advance(10s);
  CHECK_FALSE(list->has_value()); // two questions
  w.commits = 0;
  w.advance(10s);
  CHECK(w.commits == 1);
  auto answers = value_of(list);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].recorded.step_number == 2);
  CHECK(answers[1].error->code == ec::deviation_not_equivalent);
  CHECK(answers[2].error->context.at("step") == term{3});
  CHECK(value_of(after).step_number == 4);
  value_of(removed);
  CHECK_FALSE(w.get("order-2"));
}

TEST_CASE("a step that waits has the time when it came", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  const auto before = w.now();
  auto unknown = w.step_later("order-1", "tamper", "new");
  w.advance(10s);
  REQUIRE(unknown->has_value());
  CHECK(w.get("order-1")->steps.at(1).at == before);
}

TEST_CASE("a callback hears who sent a step that waited", "[shard]") {
  checks_world w;
  std::vector<caller> heard;
  specification_options options;
  options.policy.callback = [&](const failure&, const caller& who) { heard.push_back(who); };
  w.configure(options);
  w.start();
  REQUIRE(w.init("order-1"));
  auto report = w.step_of("order-1", "tamper", "new");
  auto unknown = w.ask_later<receipt>(w.shard, atoms::step_v, report);
  report.client = "checkout";
  auto named = w.ask_later<receipt>(w.shard, atoms::step_v, report);
  w.advance(10s);
  REQUIRE(heard.size() == 2);
  CHECK_FALSE(heard[0].sender.empty());
  CHECK(heard[0].sender != caf::to_string(caf::actor_cast<caf::strong_actor_ptr>(w.checker)));
  CHECK(heard[0].sender != caf::to_string(caf::actor_cast<caf::strong_actor_ptr>(w.shard)));
  CHECK(heard[1].sender == "checkout");
}

TEST_CASE("a checker that ends is replaced, and the question asked again", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  auto unknown = w.step_later("order-1", "tamper", "new");
  w.advance(5s);
  w.kill(w.checker);
  w.advance(1s);
  CHECK_FALSE(unknown->has_value());
  w.checker = spawn_checker(w.system(), placement::scheduler);
  w.advance(50ms);
  CHECK(code_of(unknown) == ec::deviation_not_equivalent);
  CHECK(w.get("order-1")->steps.size() == 2);
}

TEST_CASE("without a checker for long, steps that need it are refused, others go on", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  w.kill(w.checker);
  w.run();
  auto unknown = w.step_later("order-1", "tamper", "new");
  auto pay = w.step_later("order-1", "pay", "paid");
  for (int i = 0; i < 310; ++i)
    w.advance(50ms);
  CHECK(code_of(unknown) == ec::unavailable);
  CHECK(value_of(pay) == receipt{2, verdict::conforms, false}); // the other was not recorded
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::unavailable);
  w.checker = spawn_checker(w.system(), placement::scheduler);
  CHECK(w.step("order-1", "tamper", "paid").error().code == ec::deviation_not_equivalent);
}

TEST_CASE("a question that each time ends its checker is given up", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  auto unknown = w.step_later("order-1", "tamper", "new");
  for (int i = 0; i < 3; ++i) {
    w.run();
    CHECK_FALSE(unknown->has_value());
    w.kill(w.checker);
    w.run();
    w.checker = w.spawn_slow_checker();
    w.advance(50ms);
  }
  CHECK(w.asked.size() == 3);
  CHECK(code_of(unknown) == ec::unavailable);
}

TEST_CASE("a check that takes too long refuses who waits for it", "[shard]") {
  checks_world w;
  shard_options options;
  options.check_timeout = 3s;
  w.start(options);
  REQUIRE(w.init("order-1"));
  auto unknown = w.step_later("order-1", "tamper", "new");
  w.advance(3s);
  CHECK(code_of(unknown) == ec::unavailable);
  CHECK((*unknown)->error().message.find("longer than 3s") != std::string::npos);
  w.advance(10s);
  CHECK(w.get("order-1")->steps.size() == 1);
}

TEST_CASE("asked to exit, a shard refuses what waits for a check", "[shard]") {
  checks_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  auto unknown = w.step_later("order-1", "tamper", "new");
  auto pay = w.step_later("order-1", "pay", "paid");
  w.run();
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(w.shard),
                      caf::exit_reason::user_shutdown);
  w.run();
  CHECK(code_of(unknown) == ec::unavailable);
  CHECK(code_of(pay) == ec::unavailable);
  w.start();
  CHECK(w.get("order-1")->steps.size() == 1);
}

TEST_CASE("what waits for a check when its shard is killed is sent to the next one", "[shard]") {
  checks_world w;
  auto names = std::make_shared<name_table>();
  auto registry = spawn_registry(w.system(), names);
  w.run();
  supervisor_options how;
  how.names = names;
  auto supervisor = spawn_supervisor(w.system(), how,
                                     {{"shard",
                                       [&](caf::actor_system&) -> result<caf::strong_actor_ptr> {
                                         return caf::actor_cast<caf::strong_actor_ptr>(
                                             w.spawn(1, w.with_checker()));
                                       },
                                       shard_name(1)}});
  routing_options routing;
  routing.names = names;
  auto manager = spawn_instance_manager(w.system(), routing);
  w.run();
  REQUIRE(w.ask<receipt>(manager, atoms::initialise_v, w.initialisation_of("order-1")));
  auto unknown =
      w.ask_later<receipt>(manager, atoms::step_v, w.step_of("order-1", "tamper", "new"));
  auto pay = w.ask_later<receipt>(manager, atoms::step_v, w.step_of("order-1", "pay", "paid"));
  auto list = w.ask_later<std::vector<step_answer>>(
      manager, atoms::step_v, std::vector{w.step_of("order-1", "ship", "shipped")});
  w.advance(5s);
  w.kill(names->lookup(shard_name(1)));
  w.advance(5s);
  CHECK_FALSE(unknown->has_value());
  w.advance(5s);
  CHECK(code_of(unknown) == ec::deviation_not_equivalent);
  CHECK(value_of(pay) == receipt{3, verdict::conforms, false});
  CHECK(value_of(list).at(0).recorded.step_number == 4);
  CHECK(w.ask<instance>(manager, atoms::get_v, term{"order-1"})->steps.size() == 4);
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                      caf::exit_reason::user_shutdown);
  w.kill(manager);
  w.run();
  w.kill(registry);
  w.run();
}

TEST_CASE("a shard without a checker judges large systems itself", "[shard]") {
  checks_world w;
  w.shard = w.spawn(1);
  w.run();
  REQUIRE(w.init("order-1"));
  CHECK(w.step("order-1", "tamper", "new").error().code == ec::deviation_not_equivalent);
  CHECK(w.asked.empty());
}
