// A session for each user: started by the user's first message, found by the user's name.
#include "actors/fleet/fleet.hpp"

#include <caf/caf_main.hpp>

#include <iostream>

using namespace lockstep;
using namespace std::chrono_literals;

using session_actor = caf::typed_actor<
    // Puts a thing into the user's cart. Returns how many are in it.
    caf::result<int>(caf::put_atom, std::string),
    // What is in the user's cart.
    caf::result<std::string>(caf::get_atom)>;

session_actor::behavior_type session(session_actor::pointer self) {
  // An exception ends the session; without this line CAF would print it, too.
  self->set_exception_handler([](std::exception_ptr&) { return caf::sec::runtime_error; });
  auto cart = std::make_shared<std::vector<std::string>>();
  return {
      [cart](caf::put_atom, const std::string& thing) {
        if (thing.empty())
          throw std::invalid_argument("nothing has no place in a cart");
        cart->push_back(thing);
        return static_cast<int>(cart->size());
      },
      [cart](caf::get_atom) {
        std::string all;
        for (const auto& thing : *cart)
          all += (all.empty() ? "" : ", ") + thing;
        return all;
      },
  };
}

void caf_main(caf::actor_system& system) {
  auto sessions = fleet<session_actor>::start(
      system, {.name = "sessions", .idle_timeout = 20min},
      [](caf::actor_system& where, const term&) { return where.spawn(session); });
  if (!sessions)
    throw std::runtime_error(sessions.error().message);

  std::cout << "ada has " << *sessions->call("ada", caf::put_atom_v, "apples") << " thing\n"
            << "ada has " << *sessions->call("ada", caf::put_atom_v, "bread") << " things\n"
            << "bob has " << *sessions->call("bob", caf::put_atom_v, "coffee") << " thing\n"
            << sessions->count() << " sessions\n";

  auto crash = sessions->call("ada", caf::put_atom_v, "");
  std::cout << "ada's session crashed: " << to_string(crash.error().code) << '\n'
            << "bob still has " << *sessions->call("bob", caf::get_atom_v) << '\n';

  std::cout << "bob leaves: " << (sessions->stop("bob") ? "done" : "failed") << '\n'
            << "bob is back with \"" << *sessions->call("bob", caf::get_atom_v) << "\"\n";
  sessions->stop();
}

CAF_MAIN(caf::id_block::lockstep)
