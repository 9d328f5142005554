#include "actors/checker.hpp"

#include "actors/naming/registry.hpp"
#include "actors/supervision/supervisor.hpp"
#include "test/support/world.hpp"

#include <memory>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

local_question question_about(const transition& step) {
  const auto spec = specification::make("Order", {{"new", "pay", "paid"}});
  REQUIRE(spec);
  implementation_model model{
      "Order", false, {{"", std::string(initialisation_action), "new"}, {"new", "pay", "paid"}}};
  return {std::make_shared<const question>(
      question{std::make_shared<const specification>(*spec),
               std::make_shared<const implementation_model>(model), nullptr, nullptr, step})};
}

} // namespace

TEST_CASE("a checker answers questions", "[checker]") {
  test::world w;
  auto checker = spawn_checker(w.system(), placement::scheduler);
  auto broken = w.ask<local_answer>(checker, atoms::check_v, question_about({"new", "a", "b"}));
  REQUIRE(broken);
  CHECK(broken->value->found.outcome == verdict::deviation_not_equivalent);
  CHECK(broken->value->asked.step == transition{"new", "a", "b"});
  CHECK(broken->value->asked.check != nullptr);
  auto kept = w.ask<local_answer>(checker, atoms::check_v,
                                  question_about({"new", std::string(internal_action), "new"}));
  REQUIRE(kept);
  CHECK(kept->value->found.outcome == verdict::deviation_still_equivalent);
  w.kill(checker);
  w.run();
}

TEST_CASE("a checker that ends is there again under its name", "[checker]") {
  test::world w;
  auto names = std::make_shared<name_table>();
  auto registry = spawn_registry(w.system(), names);
  w.run();
  supervisor_options how;
  how.names = names;
  auto supervisor =
      spawn_supervisor(w.system(), how,
                       {{"checker",
                         [](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
                           return caf::actor_cast<caf::strong_actor_ptr>(
                               spawn_checker(system, placement::scheduler));
                         },
                         checker_name()}});
  w.run();
  auto first = names->lookup(checker_name());
  REQUIRE(first);
  w.kill(first);
  w.run();
  auto second = names->lookup(checker_name());
  REQUIRE(second);
  CHECK(second != first);
  CHECK(w.ask<local_answer>(caf::actor_cast<checker_actor>(second), atoms::check_v,
                            question_about({"new", "a", "b"})));
  w.kill(registry);
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                      caf::exit_reason::user_shutdown);
  w.run();
}
