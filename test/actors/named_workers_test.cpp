// Workers by user id, under a registry and a supervisor.

#include "actors/naming/via.hpp"
#include "actors/supervision/supervisor.hpp"

#include "test/support/registry_world.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;

namespace {

constexpr int users = 8;

term name_of(std::int64_t user) { return term::tuple({atom{"user"}, user}); }

/// What a fleet of sessions looks like without a fleet: a child per user.
struct session_world : test::registry_world {
  supervisor_actor supervisor;

  session_world() {
    supervisor_options how;
    how.id = "sessions";
    how.max_restarts = 1'000;
    how.names = names;
    std::vector<child_spec> sessions;
    for (int user = 0; user < users; ++user)
      sessions.push_back(
          {"session " + std::to_string(user),
           [this](caf::actor_system&) -> result<caf::strong_actor_ptr> { return spawn_worker(); },
           name_of(user)});
    supervisor = spawn_supervisor(system(), how, std::move(sessions));
    run();
  }

  session_world(const session_world&) = delete;
  session_world& operator=(const session_world&) = delete;

  ~session_world() {
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                        caf::exit_reason::user_shutdown);
    run();
  }
};

} // namespace

TEST_CASE("every worker of a supervisor is found by its key", "[registry][drill]") {
  session_world w;
  CHECK(w.names->count() == users);
  for (int user = 0; user < users; ++user)
    CHECK(w.names->find(name_of(user)).size() == 1);
}

TEST_CASE("after a crash a look-up is empty, then has exactly one holder", "[registry][drill]") {
  session_world w;
  const auto how = GENERATE(test::end::normal, test::end::crash, test::end::kill);
  for (int user = 0; user < users; ++user) {
    const auto before = w.names->lookup(name_of(user));
    // What one look-up after the other finds: the one that ended, nobody, its successor.
    enum class found { former, nobody, successor };
    std::vector<found> seen;
    w.end_later(before, how);
    for (int turn = 0; turn < 50; ++turn) {
      const auto holders = w.names->find(name_of(user));
      REQUIRE(holders.size() <= 1);
      const auto now = holders.empty()               ? found::nobody
                       : holders[0].holder == before ? found::former
                                                     : found::successor;
      if (seen.empty() || seen.back() != now)
        seen.push_back(now);
      w.run(1);
    }
    CHECK(seen.back() == found::successor);
    CHECK(std::ranges::is_sorted(seen)); // none comes back
    CHECK(w.names->keys(before).empty());
    CHECK(w.names->count() == users); // the others have not noticed
  }
}

TEST_CASE("between the crash and the restart the name is nobody's", "[registry][drill]") {
  test::registry_world w;
  const auto name = name_of(1);
  auto former = w.spawn_worker();
  REQUIRE(w.give(name, former));
  w.end_now(former, test::end::crash);
  CHECK(w.names->find(name).empty());
  auto successor = w.spawn_worker();
  REQUIRE(w.give(name, successor));
  REQUIRE(w.names->find(name).size() == 1);
  CHECK(w.names->find(name)[0].holder == successor);
}

TEST_CASE("calls by key go on through crashes", "[registry][drill]") {
  session_world w;
  for (int round = 0; round < 20; ++round)
    for (int user = 0; user < users; ++user) {
      const via session{w.names, name_of(user)};
      auto answer = std::make_shared<std::optional<result<int>>>();
      if ((round + user) % 3 == 0)
        w.end_now(w.names->lookup(name_of(user)), test::end::crash);
      w.system().spawn([answer, session, user](caf::event_based_actor* self) {
        session.request<int>(
            self, std::chrono::seconds{1},
            [answer](const result<int>& received) { answer->emplace(received); }, user);
      });
      w.run();
      REQUIRE(answer->has_value());
      CHECK((*answer)->value() == user + 1);
    }
}
