/// Makes every call of the instance manager on a node of another process: HOST PORT. Exit status 1
/// if an answer is not what it must be.

#include "actors/errors.hpp"
#include "actors/instance_manager.hpp"
#include "actors/types.hpp"
#include "model/workflow/specification_builder.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

using namespace lockstep;

namespace {

int failures = 0;

void check(bool holds, const std::string& what) {
  if (holds)
    return;
  ++failures;
  std::cerr << "does not hold: " << what << '\n';
}

template <class T>
bool fails_with(const result<T>& answer, ec code) {
  return !answer && answer.error().code == code;
}

initialisation order(const term& identifier) {
  return {.specification = "Order", .identifier = identifier};
}

step_report pay(const term& identifier) {
  return {.identifier = identifier, .action = "pay", .to = "paid"};
}

void call_one_instance(const instance_manager& manager) {
  check(manager.initialise(order("remote-1")).has_value(), "initialise");
  check(fails_with(manager.initialise(order("remote-1")), ec::instance_identifier_already_in_use),
        "an identifier in use");
  check(manager.step(pay("remote-1")) == receipt{2, verdict::conforms, false}, "step");
  auto deviating = manager.step({.identifier = "remote-1", .action = "ship", .to = "shipped"});
  check(fails_with(deviating, ec::deviation_not_equivalent), "a deviation");
  check(deviating.error().context.at("identifier") == term{"remote-1"}, "the error's context");
  auto found = manager.get("remote-1");
  check(found && found->steps.size() == 3 && found->current_state == "shipped", "get");
  check(fails_with(manager.get("nobody"), ec::instance_identifier_not_found), "get nobody");

  check(manager.initialise_async(order("remote-2")).has_value(), "initialise_async");
  check(manager.step_async(pay("remote-2")).has_value(), "step_async");
  found = manager.get("remote-2");
  check(found && found->current_state == "paid", "asynchronous calls keep their order");
  try {
    manager.step_or_throw(pay("nobody"));
    check(false, "step_or_throw throws");
  } catch (const call_error& thrown) {
    check(thrown.reason().code == ec::instance_identifier_not_found, "what step_or_throw throws");
  }
  auto mocked = order("remote-3");
  mocked.initial_state = "packed";
  manager.mock_or_throw(mocked);
  check(manager.get("remote-3")->steps.empty(), "mock");
}

void call_many_instances(const instance_manager& manager) {
  auto answers = manager.steps({pay("remote-3"), pay("nobody")});
  check(answers && answers->size() == 2 && (*answers)[1].error.has_value(), "many steps");
  check(manager.all({.specification = "Order"})->size() == 3, "all");
  auto part = manager.list({}, {}, 1);
  check(part && part->instances.size() <= 1 && part->next.has_value(), "list");
  check(fails_with(manager.list({}, {99, 0}, 1), ec::invalid_argument), "a wrong cursor");
  std::size_t seen = 0;
  check(
      manager.for_each_instance({}, [&](const stored_instance&) { return ++seen > 0; }).has_value(),
      "for_each_instance");
  check(seen == 3, "every instance");
  check(manager.remove("remote-1").has_value(), "remove");
  check(manager.remove_if([](const stored_instance& one) {
    return one.head.identifier == term{"remote-3"};
  }) == std::uint64_t{1},
        "remove_if");
  const auto is_fourth = [](const stored_instance& one) {
    return one.head.identifier == term{"remote-4"};
  };
  const initialisation fourth{.specification = "Order", .identifier = "remote-4"};
  for (int time = 0; time < 2; ++time) {
    check(manager.initialise(fourth).has_value() == (time == 0), "an instance is made, once");
    check(manager.remove_if(is_fourth, "once") == std::uint64_t{1}, "remove_if under an id");
    check(manager.initialise(fourth).has_value() == (time == 0), "it is made anew");
  }
  check(manager.get("remote-4").has_value(), "it is deleted once");
  check(manager.remove("remote-4") == true, "remove what was made anew");
  check(manager.remove_all({.state = "shipped"}) == std::uint64_t{0}, "remove_all");
}

void call_the_rest(const instance_manager& manager) {
  auto models = manager.models();
  check(models && !models->empty(), "models");
  check(manager.export_models()->size() == models->size(), "export_models");
  check(manager.adopt(*models).has_value(), "adopt");
  auto invoice = specification_builder{"Invoice"}.transition("draft", "send", "sent").build();
  check(manager.declare(*invoice).has_value(), "declare");
  check(manager.specifications()->size() == 2, "specifications");
  check(manager.summarise(10)->size() == 4, "summarise");
  check(manager.expire(timestamp{}).has_value(), "expire");
}

} // namespace

int main(int argc, char** argv) {
  make_types_known();
  if (argc != 3) {
    std::cerr << "usage: remote_client HOST PORT\n";
    return EXIT_FAILURE;
  }
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  caf::actor_system system{config};
  auto manager =
      instance_manager::connect(system, argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])));
  if (!manager) {
    std::cerr << manager.error().message << '\n';
    return EXIT_FAILURE;
  }
  call_one_instance(*manager);
  call_many_instances(*manager);
  call_the_rest(*manager);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
