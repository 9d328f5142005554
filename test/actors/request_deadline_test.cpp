#include "actors/ask.hpp"
#include "actors/caf_compat.hpp"
#include "actors/instance_manager.hpp"
#include "actors/instance_manager_actor.hpp"
#include "actors/naming/registry.hpp"
#include "actors/types.hpp"
#include "test/support/results.hpp"
#include "test/support/shard_world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_response_promise.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

/// A shard with a gate. Its checks, if every one is too large for it, take ten seconds.
struct deadline_world : test::shard_world {
  std::shared_ptr<admission> gate = std::make_shared<admission>("Server_1", 100);
  checker_actor checker;
  shard_actor shard;

  explicit deadline_world(bool slow_checks = false, timekeeping time = timekeeping::clock) {
    shard_options options;
    options.gate = gate;
    options.time = time;
    if (slow_checks) {
      max_inline_transitions = 0;
      checker = system().spawn([](checker_actor::pointer self) -> checker_actor::behavior_type {
        return {[self](atoms::check, const local_question& about) {
          auto to = self->make_response_promise<local_answer>();
          self->run_delayed(10s, [to, about]() mutable {
            to.deliver(local_answer{std::make_shared<const answer>(answer_to(*about.value))});
          });
          return to;
        }};
      });
      options.find_checker = [this] { return checker; };
    }
    shard = spawn(1, options);
    run();
  }

  ~deadline_world() {
    if (checker)
      kill(checker);
    kill(shard);
    run();
  }

  auto init(const term& identifier, std::optional<timestamp> deadline = {}) {
    auto request = initialisation_of(identifier);
    request.deadline = deadline;
    return send<receipt>(atoms::initialise_v, request);
  }
  auto step(const term& identifier, const std::string& action, const std::string& to,
            std::optional<timestamp> deadline = {}) {
    auto report = step_of(identifier, action, to);
    report.deadline = deadline;
    return send<receipt>(atoms::step_v, report);
  }
  auto get(const term& identifier) { return ask<instance>(shard, atoms::get_v, identifier); }

  /// What is answered to a request for which nobody waits any more.
  template <class T, class... Ts>
  std::optional<ec> code_of_late(Ts... content) {
    auto place = std::make_shared<ticket>(std::move(*gate->enter()));
    place->set_deadline(now() - 1us);
    std::optional<ec> code;
    system().spawn([=, &code, this](caf::event_based_actor* self) {
      auto sent = compat::request(self, shard, 24h, content..., ticket{place});
      const auto failed = [&code](const caf::error& reason) { code = to_failure(reason).code; };
      if constexpr (std::is_void_v<T>)
        std::move(sent).then([] {}, failed);
      else
        std::move(sent).then([](const T&) {}, failed);
    });
    run();
    return code;
  }

  /// What is answered to a request of which that is too much to be done at once.
  template <class T, class... Ts>
  std::shared_ptr<std::optional<ec>> code_within(duration time, Ts... content) {
    auto place = std::make_shared<ticket>(std::move(*gate->enter()));
    place->set_deadline(now() + time);
    auto code = std::make_shared<std::optional<ec>>();
    system().spawn([=, this](caf::event_based_actor* self) {
      compat::request(self, shard, 24h, content..., ticket{place})
          .then([](const T&) {},
                [code](const caf::error& reason) { *code = to_failure(reason).code; });
    });
    return code;
  }

  /// Through the gate.
  template <class T, class Atom, class Request>
  test::future_answer<T> send(Atom call, const Request& request, std::size_t units = 1) {
    auto place = std::make_shared<ticket>(std::move(*gate->enter(units)));
    auto answer = std::make_shared<std::optional<result<T>>>();
    system().spawn([=, this](caf::event_based_actor* self) {
      compat::request(self, shard, 24h, call, request, ticket{place})
          .then([answer](T& value) { answer->emplace(std::move(value)); },
                [answer](const caf::error& reason) {
                  answer->emplace(tl::unexpected(to_failure(reason)));
                });
    });
    return answer;
  }
};

template <class T>
std::optional<ec> code_of(const test::future_answer<T>& answer) {
  REQUIRE(answer->has_value());
  return (*answer)->has_value() ? std::nullopt : std::optional{(*answer)->error().code};
}

} // namespace

TEST_CASE("a request whose deadline has passed is not executed", "[deadline]") {
  deadline_world w;
  auto in_time = w.init("order-1", w.now());
  auto late = w.step("order-1", "pay", "paid", w.now() - 1us);
  auto late_init = w.init("order-2", w.now() - 1h);
  w.run();
  CHECK(code_of(in_time) == std::nullopt);
  CHECK(code_of(late) == ec::request_expired);
  CHECK(code_of(late_init) == ec::request_expired);
  CHECK(w.get("order-1")->steps.size() == 1);
  CHECK(w.get("order-2").error().code == ec::instance_identifier_not_found);
  CHECK(w.gate->counts() == request_counts{3, 1, 0, 2, 0});
}

TEST_CASE("each step of a list has its own deadline", "[deadline]") {
  deadline_world w;
  std::vector<step_report> steps;
  for (int i = 0; i < 4; ++i) {
    auto one = w.step_of(i, "pay", "paid");
    one.initialise_as = "Order";
    if (i % 2 == 1)
      one.deadline = w.now() - 1s;
    steps.push_back(one);
  }
  auto answers = w.send<std::vector<step_answer>>(atoms::step_v, local_steps{steps}, steps.size());
  w.run();
  REQUIRE(answers->has_value());
  REQUIRE((*answers)->has_value());
  for (std::size_t i = 0; i < 4; ++i)
    CHECK((**answers)->at(i).error.has_value() == (i % 2 == 1));
  CHECK((**answers)->at(1).error->code == ec::request_expired);
  CHECK(w.gate->counts() == request_counts{4, 2, 0, 2, 0});
}

TEST_CASE("a request that waits behind a check expires when its turn comes", "[deadline]") {
  deadline_world w{true};
  auto made = w.init("order-1");
  w.run();
  auto checked = w.step("order-1", "tamper", "new");
  auto expired = w.step("order-1", "pay", "paid", w.now() + 9s);
  auto in_time = w.step("order-1", "pay", "paid", w.now() + 11s);
  w.run();
  CHECK(w.gate->counts() == request_counts{4, 1, 0, 0, 3});
  w.advance(10s);
  CHECK(code_of(made) == std::nullopt);
  CHECK(code_of(checked) == ec::deviation_not_equivalent);
  CHECK(code_of(expired) == ec::request_expired);
  CHECK(code_of(in_time) == std::nullopt);
  CHECK(w.get("order-1")->steps.size() == 3);
  CHECK(w.gate->counts() == request_counts{4, 3, 0, 1, 0});
}

TEST_CASE("the check of an expired step is no check of its successor", "[deadline]") {
  deadline_world w{true};
  (void)w.init("order-1");
  w.run();
  auto expired = w.step("order-1", "tamper", "new", w.now() + 5s);
  w.run();
  w.advance(10s);
  CHECK(code_of(expired) == ec::request_expired);
  CHECK(w.get("order-1")->steps.size() == 1);
}

TEST_CASE("deadlines count on the clock, also when steps come from the past", "[deadline]") {
  deadline_world w{false, timekeeping::events};
  auto past = w.initialisation_of("order-1");
  past.at = timestamp{};
  past.deadline = w.now() + 1s;
  auto taken = w.send<receipt>(atoms::initialise_v, past);
  auto future = w.initialisation_of("order-2");
  future.at = w.now() + 24h;
  future.deadline = w.now() - 1s;
  auto late = w.send<receipt>(atoms::initialise_v, future);
  w.run();
  CHECK(code_of(taken) == std::nullopt);
  CHECK(code_of(late) == ec::request_expired);
}

TEST_CASE("mocks have deadlines like initialisations", "[deadline]") {
  deadline_world w;
  auto request = w.initialisation_of("order-1");
  request.initial_state = "paid";
  request.deadline = w.now() - 1s;
  auto refused = w.ask<void>(w.shard, atoms::mock_v, request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::request_expired);
}

TEST_CASE("nothing is done, counted or read for which nobody waits any more", "[deadline]") {
  deadline_world w;
  auto made = w.init("order-1");
  w.run();
  const auto declared = test::must(specification::make("Other", {{"on", "press", "off"}}, {}));
  const local_specification other{std::make_shared<const specification>(declared)};
  const std::string id = "operation";
  const term order = "order-1";
  const std::vector<term> orders{order};
  const instance_filter all;
  CHECK(w.code_of_late<bool>(atoms::remove_v, order, id) == ec::request_expired);
  CHECK(w.code_of_late<std::uint64_t>(atoms::remove_v, orders, id) == ec::request_expired);
  CHECK(w.code_of_late<std::uint64_t>(atoms::remove_all_v, all, id) == ec::request_expired);
  CHECK(w.code_of_late<bool>(atoms::release_v, order, id) == ec::request_expired);
  CHECK(w.code_of_late<void>(atoms::declare_v, other, id) == ec::request_expired);
  CHECK(w.code_of_late<void>(atoms::adopt_models_v, std::vector{w.model()}, id)
        == ec::request_expired);
  CHECK(w.code_of_late<instance>(atoms::get_v, order) == ec::request_expired);
  CHECK(w.code_of_late<std::vector<instance>>(atoms::show_all_v, all) == ec::request_expired);
  CHECK(w.code_of_late<instance_page>(atoms::list_v, all, std::uint64_t{0}, std::uint64_t{1})
        == ec::request_expired);
  CHECK(w.code_of_late<shard_summary>(atoms::summarise_v, std::uint64_t{1}) == ec::request_expired);
  CHECK(w.gate->counts() == request_counts{11, 1, 0, 10, 0});
  CHECK(w.get(order));
  const auto known = w.ask<specification_texts>(w.shard, atoms::show_specifications_v);
  REQUIRE(known);
  CHECK(known->json.size() == 1);
  // nor are the operation ids taken
  CHECK(w.ask<bool>(w.shard, atoms::remove_v, order, id) == true);
}

TEST_CASE("what takes long is left when nobody waits for it any more", "[deadline]") {
  deadline_world w;
  for (int i = 0; i < 300; ++i) {
    (void)w.init(i);
    if (i % 50 == 0)
      w.run();
  }
  w.run();
  const instance_filter all;
  SECTION("reading") {
    w.page_time = 600ms;
    const auto gathered = w.code_within<std::vector<instance>>(1s, atoms::show_all_v, all);
    const auto behind = w.code_within<std::vector<instance>>(1s, atoms::show_all_v, all);
    const auto counted = w.code_within<shard_summary>(1s, atoms::summarise_v, std::uint64_t{1});
    const auto later = w.code_within<shard_summary>(1s, atoms::summarise_v, std::uint64_t{1});
    w.run();
    CHECK(*gathered == ec::request_expired);
    CHECK(*behind == ec::request_expired);
    CHECK(*counted == std::nullopt);
    CHECK(*later == ec::request_expired);
  }
  SECTION("deleting") {
    w.commit_time = 600ms;
    std::vector<std::shared_ptr<std::optional<ec>>> codes;
    for (int i = 0; i < 3; ++i)
      codes.push_back(w.code_within<std::uint64_t>(1s, atoms::remove_all_v, all, std::string{}));
    w.run();
    CHECK(*codes[0] == std::nullopt); // half a deletion is worse
    CHECK(*codes[1] == std::nullopt);
    CHECK(*codes[2] == ec::request_expired);
  }
  CHECK(w.gate->counts().pending == 0);
  CHECK(w.gate->counts().expired > 0);
}

TEST_CASE("a deletion that waits behind a check expires when its turn comes", "[deadline]") {
  deadline_world w{true};
  auto made = w.init("order-1");
  w.run();
  auto checked = w.step("order-1", "tamper", "new");
  std::optional<ec> code;
  auto place = std::make_shared<ticket>(std::move(*w.gate->enter()));
  place->set_deadline(w.now() + 9s);
  w.system().spawn([&, place](caf::event_based_actor* self) {
    compat::request(self, w.shard, 24h, atoms::remove_v, term{"order-1"}, std::string{},
                    ticket{place})
        .then([](bool) {}, [&](const caf::error& reason) { code = to_failure(reason).code; });
  });
  w.run();
  CHECK(code == std::nullopt);
  w.advance(11s);
  CHECK(code == ec::request_expired);
  CHECK(w.get("order-1"));
}

TEST_CASE("the instance manager gives requests the deadline of those who wait", "[deadline]") {
  test::shard_world w;
  auto names = std::make_shared<name_table>();
  auto registry = spawn_registry(w.system(), names);
  // In the place of a shard: tells what it gets.
  std::vector<std::optional<timestamp>> deadlines;
  auto seen = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[&](atoms::step, const step_report& report, ticket&) {
              deadlines.push_back(report.deadline);
              return receipt{};
            },
            [&](atoms::initialise, const initialisation& request, ticket&) {
              deadlines.push_back(request.deadline);
              return receipt{};
            },
            [&](atoms::remove, const term&, const std::string&, ticket& place) {
              deadlines.push_back(place.deadline());
              return true;
            }};
  });
  w.run();
  REQUIRE(w.ask<std::uint64_t>(registry, atoms::register_name_v, shard_name(1),
                               caf::actor_cast<caf::strong_actor_ptr>(seen)));
  routing_options routing;
  routing.names = names;
  routing.now = [&w] { return w.now(); };
  auto manager = spawn_instance_manager(w.system(), routing);
  REQUIRE(w.ask<receipt>(manager, atoms::step_v, w.step_of("a", "pay", "paid")));
  auto own = w.step_of("a", "pay", "paid");
  own.deadline = w.now() + 1s;
  REQUIRE(w.ask<receipt>(manager, atoms::step_v, own));
  REQUIRE(w.ask<void>(manager, atoms::submit_v, w.initialisation_of("a")));
  REQUIRE(deadlines.size() == 3);
  CHECK(deadlines[0]
        == w.now() + routing.request_timeout + routing.check_timeout + routing.recovery_timeout);
  CHECK(deadlines[1] == own.deadline);
  CHECK(deadlines[2] == std::nullopt); // nobody waits, so it is never too late
  REQUIRE(w.ask<bool>(manager, atoms::remove_v, term{"a"}, std::string{}));
  REQUIRE(deadlines.size() == 4);
  CHECK(deadlines[3] == deadlines[0]);
  w.kill(manager);
  w.kill(seen);
  w.run();
  w.kill(registry);
  w.run();
}

TEST_CASE("so does the handle in the node's process", "[deadline]") {
  make_types_known();
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto names = std::make_shared<name_table>();
  const auto registry = spawn_registry(system, names);
  std::optional<timestamp> deadline;
  const auto shard = caf::actor_cast<caf::strong_actor_ptr>(system.spawn([&]() -> caf::behavior {
    return {[&](atoms::remove, const term&, const std::string&, ticket& place) {
      deadline = place.deadline();
      return true;
    }};
  }));
  REQUIRE(ask<std::uint64_t>(system, registry, 1h, atoms::register_name_v, shard_name(1), shard));
  routing_options routing;
  routing.names = names;
  routing.now = [] { return timestamp{1h}; };
  CHECK(test::must(instance_manager{system, routing}.remove("a")));
  CHECK(deadline == timestamp{1h} + routing.request_timeout + routing.check_timeout);
  for (const auto& one : {shard, caf::actor_cast<caf::strong_actor_ptr>(registry)})
    compat::ask_to_exit(one, caf::exit_reason::kill);
}

TEST_CASE("a shard that does not answer is waited for until the timeout", "[deadline]") {
  test::shard_world w;
  auto names = std::make_shared<name_table>();
  auto registry = spawn_registry(w.system(), names);
  // In the place of a shard: answers a request when it is told its number.
  std::vector<caf::typed_response_promise<receipt>> owed;
  auto stuck = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&owed, self](atoms::step, const step_report&, ticket&) -> caf::result<receipt> {
              owed.push_back(self->make_response_promise<receipt>());
              return owed.back();
            },
            [&owed](std::uint64_t number) {
              owed[number - 1].deliver(receipt{number, verdict::conforms, false});
            }};
  });
  w.run();
  REQUIRE(w.ask<std::uint64_t>(registry, atoms::register_name_v, shard_name(1),
                               caf::actor_cast<caf::strong_actor_ptr>(stuck)));
  routing_options routing;
  routing.names = names;
  routing.now = [&w] { return w.now(); };
  routing.request_timeout = 7s;
  routing.check_timeout = 0s;
  routing.recovery_timeout = 3s;
  auto manager = spawn_instance_manager(w.system(), routing);
  const auto ask = [&](const std::string& name) {
    auto answer = w.ask_later<receipt>(manager, atoms::step_v, w.step_of(name, "pay", "paid"));
    w.run();
    return answer;
  };
  const auto first = ask("first");
  w.advance(6s);
  const auto second = ask("second");
  w.advance(4s);
  REQUIRE(first->has_value());
  REQUIRE_FALSE(**first);
  CHECK((*first)->error().code == ec::unavailable);
  CHECK((*first)->error().context.at("shard") == term(shard_display_name(1)));
  CHECK_FALSE(second->has_value());
  REQUIRE(owed.size() == 2);
  compat::anon_send(stuck, std::uint64_t{1}); // nobody waits for that any more
  compat::anon_send(stuck, std::uint64_t{2});
  w.run();
  REQUIRE(second->has_value());
  CHECK((*second)->value().step_number == 2);
  const auto third = ask("third");
  w.advance(10s + 20ms); // it may be refused a little late
  CHECK(third->has_value());
  w.kill(manager);
  w.kill(stuck);
  w.run();
  w.kill(registry);
  w.run();
}
