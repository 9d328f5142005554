#include "actors/naming/registry.hpp"

#include "test/support/registry_world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using test::registry_world;

namespace {

const term name = term::tuple({atom{"worker"}, 1});

registry_options duplicates() { return {atom{"topics"}, key_kind::duplicate}; }

} // namespace

TEST_CASE("a registered actor is found by its name", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  REQUIRE(w.give(name, worker));
  CHECK(w.names->lookup(name) == worker);
  CHECK(w.names->lookup(atom{"other"}) == nullptr);
}

TEST_CASE("a unique name has one live holder, and who else wants it learns whose it is",
          "[registry]") {
  registry_world w;
  auto first = w.spawn_worker();
  auto second = w.spawn_worker();
  REQUIRE(w.give(name, first, 7));
  auto refused = w.give(name, second);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::already_registered);
  CHECK(refused.error().context.at("name") == name);
  CHECK(refused.error().context.at("holder") == term{caf::to_string(first)});
  CHECK(refused.error().context.at("value") == term{7});
  CHECK(w.names->lookup(name) == first);
}

TEST_CASE("registering again gives the name's holder another value", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  REQUIRE(w.give(name, worker, 1));
  REQUIRE(w.give(name, worker, 2));
  CHECK(w.names->values(name, worker) == std::vector<term>{2});
  CHECK(w.names->count() == 1);
}

TEST_CASE("a name is released however its actor ends", "[registry]") {
  registry_world w;
  auto how = GENERATE(test::end::normal, test::end::crash, test::end::kill);
  auto worker = w.spawn_worker();
  REQUIRE(w.give(name, worker));
  w.end_now(worker, how);
  CHECK(w.names->lookup(name) == nullptr);
  CHECK(w.names->keys(worker).empty());
  CHECK(w.names->keys_page(std::nullopt, 10).empty());
}

TEST_CASE("all names of an actor are released with it, and no others", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  auto other = w.spawn_worker();
  REQUIRE(w.give(name, worker));
  REQUIRE(w.give(atom{"alias"}, worker));
  REQUIRE(w.give(atom{"third"}, other));
  CHECK(w.names->keys(worker) == std::vector<term>{atom{"alias"}, name});
  w.end_now(worker);
  CHECK(w.names->count() == 1);
  CHECK(w.names->lookup(atom{"third"}) == other);
}

TEST_CASE("the table forgets an actor with its last name", "[registry]") {
  registry_world w;
  auto worker =
      w.system().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  auto address = caf::actor_cast<caf::actor_addr>(worker);
  REQUIRE(w.give(name, caf::actor_cast<caf::strong_actor_ptr>(worker)));
  w.kill(worker);
  worker = nullptr;
  w.run();
  CHECK(caf::actor_cast<caf::strong_actor_ptr>(address) == nullptr);
}

TEST_CASE("a name whose holder has ended goes to the next one at once", "[registry]") {
  registry_world w;
  auto first = w.spawn_worker();
  auto second = w.spawn_worker();
  REQUIRE(w.give(name, first));
  // In one run: the registration may reach the registry before the news of the end.
  w.end_later(first, test::end::kill);
  CHECK(w.give(name, second));
  w.run();
  CHECK(w.names->lookup(name) == second);
  CHECK(w.names->keys(first).empty());
}

TEST_CASE("an actor that has ended gets no name", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  w.end_now(worker);
  auto refused = w.give(name, worker);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::unavailable);
  CHECK(w.names->lookup(name) == nullptr);
}

TEST_CASE("only its holder gives a name back or changes its value", "[registry]") {
  registry_world w;
  auto holder = w.spawn_worker();
  auto other = w.spawn_worker();
  REQUIRE(w.give(name, holder, 1));
  CHECK(w.take(name, other).error().code == ec::not_registered);
  CHECK(w.take(atom{"unknown"}, holder).error().code == ec::not_registered);
  CHECK(w.update(name, other, 2).error().code == ec::not_registered);
  CHECK(w.names->values(name, holder) == std::vector<term>{1});
  CHECK(w.names->values(name, other).empty());
  REQUIRE(w.update(name, holder, 2));
  CHECK(w.names->values(name, holder) == std::vector<term>{2});
  REQUIRE(w.take(name, holder));
  CHECK(w.names->lookup(name) == nullptr);
  CHECK(w.take(name, holder).error().code == ec::not_registered);
}

TEST_CASE("a duplicate name has several holders, in the order of their registrations",
          "[registry]") {
  registry_world w{duplicates()};
  auto first = w.spawn_worker();
  auto second = w.spawn_worker();
  auto third = w.spawn_worker();
  REQUIRE(w.give(name, first, 1));
  REQUIRE(w.give(name, second, 2));
  REQUIRE(w.give(name, third, 3));
  CHECK(w.names->count() == 3);
  CHECK(w.names->lookup(name) == first);
  w.end_now(first, test::end::crash);
  CHECK(w.names->lookup(name) == second);
  REQUIRE(w.take(name, second));
  auto left = w.names->find(name);
  REQUIRE(left.size() == 1);
  CHECK(left[0].holder == third);
  CHECK(left[0].value == term{3});
}

TEST_CASE("a message is dispatched to every holder of a name", "[registry]") {
  registry_world w{duplicates()};
  auto heard = std::make_shared<int>(0);
  for (int i = 0; i < 3; ++i) {
    auto subscriber = w.system().spawn([heard](caf::event_based_actor*) -> caf::behavior {
      return {[heard](int number) { *heard += number; }};
    });
    REQUIRE(w.give(name, caf::actor_cast<caf::strong_actor_ptr>(subscriber)));
  }
  CHECK(w.names->dispatch(name, caf::make_message(5)) == 3);
  CHECK(w.names->dispatch(atom{"nobody"}, caf::make_message(5)) == 0);
  w.run();
  CHECK(*heard == 15);
  for (const auto& one : w.names->find(name))
    w.kill(one.holder);
}

TEST_CASE("registrations are chosen by pattern and by predicate", "[registry]") {
  registry_world w{duplicates()};
  auto reader = term::tuple({atom{"reader"}, 1});
  auto writer = term::tuple({atom{"writer"}, 2});
  auto first = w.spawn_worker();
  auto second = w.spawn_worker();
  REQUIRE(w.give(name, first, reader));
  REQUIRE(w.give(name, second, writer));
  REQUIRE(w.give(atom{"a"}, second, reader));
  auto readers = w.names->match(name, term::tuple({atom{"reader"}, atom{"_"}}));
  REQUIRE(readers.size() == 1);
  CHECK(readers[0].holder == first);
  auto chosen =
      w.names->select([&](const term&, const registration& one) { return one.value == reader; });
  REQUIRE(chosen.size() == 2);
  CHECK(chosen[0].name == term{atom{"a"}});
  CHECK(chosen[1].name == name);
  CHECK(chosen[1].entry.holder == first);
}

TEST_CASE("names are listed in pages", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  for (int i = 5; i > 0; --i)
    REQUIRE(w.give(i, worker));
  CHECK(w.names->keys_page(std::nullopt, 2) == std::vector<term>{1, 2});
  CHECK(w.names->keys_page(term{2}, 2) == std::vector<term>{3, 4});
  REQUIRE(w.take(4, worker)); // a page may begin after a name that has gone
  CHECK(w.names->keys_page(term{4}, 2) == std::vector<term>{5});
  CHECK(w.names->keys_page(term{5}, 2).empty());
}

TEST_CASE("a table has metadata", "[registry]") {
  registry_world w;
  CHECK_FALSE(w.names->meta(atom{"owner"}));
  REQUIRE(w.ask<std::uint64_t>(w.registry, atoms::put_meta_v, term{atom{"owner"}}, term{"me"}));
  CHECK(w.names->meta(atom{"owner"}) == term{"me"});
  REQUIRE(w.ask<std::uint64_t>(w.registry, atoms::put_meta_v, term{atom{"owner"}}, term{"you"}));
  CHECK(w.names->meta(atom{"owner"}) == term{"you"});
}

TEST_CASE("each change has a version, and a look-up can ask for it", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  auto before = w.names->version();
  auto given = w.give(name, worker);
  REQUIRE(given);
  CHECK(*given == before + 1);
  CHECK(w.names->version() == *given);
  CHECK(w.names->find(name).at(0).version == *given);
  CHECK(w.names->lookup_since(name, *given) == worker);
  auto early = w.names->lookup_since(name, *given + 1);
  REQUIRE_FALSE(early);
  CHECK(early.error().code == ec::unavailable);
  CHECK(early.error().context.at("version") == term{static_cast<std::int64_t>(*given)});
  CHECK_FALSE(w.give(name, w.spawn_worker()));
  CHECK(w.names->version() == *given); // what is refused changes nothing
}

TEST_CASE("versions grow on when the registry is started again", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  auto before = w.give(name, worker);
  REQUIRE(before);
  w.restart();
  CHECK(w.names->lookup(name) == nullptr);
  CHECK(w.names->version() > *before);
  auto after = w.give(name, worker);
  REQUIRE(after);
  CHECK(*after > *before);
  CHECK(w.names->lookup_since(name, *before) == worker);
}

TEST_CASE("listeners hear of names that are given, given back and lost", "[registry]") {
  registry_world w{{atom{"workers"}, key_kind::unique}};
  auto heard = std::make_shared<std::vector<std::string>>();
  auto listener = w.spawn_listener(heard);
  auto worker = w.spawn_worker();
  const auto who = "@" + std::to_string(worker->id());
  REQUIRE(w.give(atom{"early"}, worker));
  REQUIRE(w.ask<void>(w.registry, atoms::listen_v, listener));
  REQUIRE(w.ask<void>(w.registry, atoms::listen_v, listener)); // twice is once
  REQUIRE(w.give(atom{"a"}, worker, 1));
  REQUIRE(w.update(atom{"a"}, worker, 2)); // is no registration
  REQUIRE(w.take(atom{"a"}, worker));
  REQUIRE(w.give(atom{"b"}, worker));
  w.end_now(worker, test::end::crash);
  CHECK(*heard
        == std::vector<std::string>{"+workersa" + who + "=1", "-workersa" + who,
                                    "+workersb" + who + "=[]", "-workersb" + who,
                                    "-workersearly" + who});
  REQUIRE(w.ask<void>(w.registry, atoms::unlisten_v, listener));
  REQUIRE(w.give(atom{"c"}, w.spawn_worker()));
  CHECK(heard->size() == 5);
}

TEST_CASE("what listeners hear of can be seen already", "[registry]") {
  registry_world w;
  auto seen = std::make_shared<std::vector<bool>>();
  auto listener = w.system().spawn([&w, seen](caf::event_based_actor*) -> caf::behavior {
    return {
        [&w, seen](atoms::registered, const term&, const term& key, const caf::strong_actor_ptr&,
                   const term&) { seen->push_back(w.names->lookup(key) != nullptr); },
        [&w, seen](atoms::unregistered, const term&, const term& key, const caf::actor_addr&) {
          seen->push_back(w.names->lookup(key) == nullptr);
        },
    };
  });
  REQUIRE(
      w.ask<void>(w.registry, atoms::listen_v, caf::actor_cast<caf::strong_actor_ptr>(listener)));
  auto worker = w.spawn_worker();
  REQUIRE(w.give(name, worker));
  w.end_now(worker);
  CHECK(*seen == std::vector<bool>{true, true});
  w.kill(listener);
}

TEST_CASE("a listener that has ended is forgotten", "[registry]") {
  registry_world w;
  auto listener =
      w.system().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  auto address = caf::actor_cast<caf::actor_addr>(listener);
  REQUIRE(
      w.ask<void>(w.registry, atoms::listen_v, caf::actor_cast<caf::strong_actor_ptr>(listener)));
  w.kill(listener);
  listener = nullptr;
  w.run();
  CHECK(caf::actor_cast<caf::strong_actor_ptr>(address) == nullptr);
  CHECK(w.give(name, w.spawn_worker()));
}

TEST_CASE("a slow reader holds up the change after the next, and nobody else", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  REQUIRE(w.give(atom{"a"}, worker));
  auto second = w.ask_later<std::uint64_t>(w.registry, atoms::register_name_v, term{atom{"b"}},
                                           worker, term{});
  test::future_answer<std::uint64_t> third;
  auto seen = w.names->select([&](const term&, const registration&) {
    w.run(); // while this thread reads the first version
    CHECK(second->has_value());
    CHECK(w.names->lookup(atom{"b"}) == worker);
    third = w.ask_later<std::uint64_t>(w.registry, atoms::register_name_v, term{atom{"c"}}, worker,
                                       term{});
    w.advance(std::chrono::seconds{1});
    CHECK_FALSE(third->has_value());
    CHECK(w.names->lookup(atom{"c"}) == nullptr);
    return true;
  });
  CHECK(seen.size() == 1);
  w.advance(std::chrono::seconds{1});
  REQUIRE(third->has_value());
  CHECK(w.names->lookup(atom{"c"}) == worker);
}

TEST_CASE("who waits for a name is answered when it is given", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  auto waiting =
      w.ask_later<caf::strong_actor_ptr>(w.registry, atoms::await_name_v, name, caf::actor_addr{});
  w.run();
  CHECK_FALSE(waiting->has_value());
  REQUIRE(w.give(name, worker));
  REQUIRE(waiting->has_value());
  CHECK(**waiting == worker);
}

TEST_CASE("who waits for a successor is not given the one that has gone", "[registry]") {
  registry_world w;
  auto gone = w.spawn_worker();
  auto successor = w.spawn_worker();
  REQUIRE(w.give(name, gone));
  auto waiting = w.ask_later<caf::strong_actor_ptr>(w.registry, atoms::await_name_v, name,
                                                    caf::actor_cast<caf::actor_addr>(gone));
  w.run();
  CHECK_FALSE(waiting->has_value());
  w.end_now(gone);
  CHECK_FALSE(waiting->has_value());
  REQUIRE(w.give(name, successor));
  REQUIRE(waiting->has_value());
  CHECK(**waiting == successor);
}

TEST_CASE("who waits for a name that nobody gets is refused in the end", "[registry]") {
  using namespace std::chrono_literals;
  registry_world w;
  auto wait_for = [&w](const term& key) {
    auto asked =
        w.ask_later<caf::strong_actor_ptr>(w.registry, atoms::await_name_v, key, caf::actor_addr{});
    w.run();
    return asked;
  };
  auto first = wait_for(atom{"first"});
  w.advance(3min);
  auto second = wait_for(atom{"second"});
  auto third = wait_for(atom{"third"});
  CHECK_FALSE(first->has_value());
  w.advance(2min);
  REQUIRE(first->has_value());
  CHECK((*first)->error().code == ec::unavailable);
  CHECK_FALSE(second->has_value());
  REQUIRE(w.give(atom{"third"}, w.spawn_worker()));
  CHECK((*third)->has_value());
  w.advance(5min);
  REQUIRE(second->has_value());
  CHECK((*second)->error().code == ec::unavailable);

  // It begins anew after that, also after nobody was left that waited.
  auto fourth = wait_for(atom{"fourth"});
  w.advance(4min);
  REQUIRE(w.give(atom{"fourth"}, w.spawn_worker()));
  auto fifth = wait_for(atom{"fifth"});
  w.advance(4min);
  CHECK_FALSE(fifth->has_value());
  w.advance(1min);
  CHECK(fifth->has_value());
}
