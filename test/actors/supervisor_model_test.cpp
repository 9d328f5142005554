/// Supervisors against a simple model of them, and under requests and crashes that come all at
/// once.

#include "actors/supervision/supervisor.hpp"
#include "test/support/supervisor_world.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

using test::supervisor_world;
using transcript = std::vector<std::string>;

enum class what { start, crash, crash_two, end, shut_down, terminate, restart, remove, wait, fail };

/// Something that happens to a supervisor. Every field is drawn, whether it is of use or not.
struct event {
  what kind = what::wait;
  std::string id;
  std::string other;
  restart_type restart = restart_type::permanent;
  std::optional<restart_budget> budget;
  int number = 0;
};

std::ostream& operator<<(std::ostream& out, const event& x) {
  constexpr const char* names[] = {"start",     "crash",   "crash_two", "end",  "shut_down",
                                   "terminate", "restart", "remove",    "wait", "fail"};
  out << names[static_cast<int>(x.kind)] << ' ' << x.id << ' ' << x.other << ' '
      << static_cast<int>(x.restart) << ' ' << x.number;
  if (x.budget)
    out << " budget " << x.budget->max_restarts;
  return out;
}

/// What the supervisor is like from the start.
struct setting {
  restart_strategy strategy = restart_strategy::one_for_one;
  std::size_t max_restarts = 3;
  std::size_t max_children = no_limit;
  bool forget_ended = false;
};

std::ostream& operator<<(std::ostream& out, const setting& x) {
  return out << "strategy " << static_cast<int>(x.strategy) << ", " << x.max_restarts
             << " restarts, " << x.max_children << " children"
             << (x.forget_ended ? ", forgets" : "");
}

std::string any_id() { return std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 5))); }

rc::Gen<event> any_event() {
  return rc::gen::exec([] {
    event drawn;
    drawn.kind = *rc::gen::weightedElement<what>({{8, what::start},
                                                  {6, what::crash},
                                                  {2, what::crash_two},
                                                  {2, what::end},
                                                  {2, what::shut_down},
                                                  {3, what::terminate},
                                                  {3, what::restart},
                                                  {2, what::remove},
                                                  {3, what::wait},
                                                  {3, what::fail}});
    drawn.id = any_id();
    drawn.other = any_id();
    drawn.restart = *rc::gen::weightedElement<restart_type>(
        {{3, restart_type::permanent}, {1, restart_type::transient}, {1, restart_type::temporary}});
    if (*rc::gen::inRange(0, 3) == 0)
      drawn.budget = restart_budget{*rc::gen::inRange<std::size_t>(0, 3), 5s};
    drawn.number = *rc::gen::inRange(1, 5);
    return drawn;
  });
}

rc::Gen<setting> any_setting(restart_strategy strategy) {
  return rc::gen::exec([strategy] {
    setting drawn;
    drawn.strategy = strategy;
    drawn.max_restarts = *rc::gen::element<std::size_t>(0, 1, 3, 10);
    drawn.max_children = *rc::gen::element<std::size_t>(2, no_limit, no_limit);
    drawn.forget_ended = *rc::gen::arbitrary<bool>();
    return drawn;
  });
}

/// What a supervisor of children that end when they are asked to should do, one thing at a time.
class model {
public:
  struct child {
    std::string id;
    restart_type restart = restart_type::permanent;
    std::optional<restart_budget> budget;
    bool alive = false;
    bool parked = false;
    /// Has ended, and the supervisor has not heard of it yet.
    bool unheard = false;
    /// Is to be started again since its start failed.
    bool retrying = false;
    /// Is to be started with others.
    bool due = false;
    int starts = 0;
    std::vector<duration> restarts = {};
  };

  explicit model(setting how) : how_(how) {}

  duration now{};
  std::map<std::string, int> failing;
  transcript events;
  std::vector<child> children;
  bool ended = false;

  [[nodiscard]] child* find(const std::string& id) {
    auto found = std::ranges::find(children, id, &child::id);
    return found == children.end() ? nullptr : &*found;
  }

  std::optional<ec> start(const event& how) {
    if (auto* there = find(how.id))
      return there->parked ? ec::child_parked : ec::already_started;
    if (is_full())
      return ec::max_children;
    children.push_back({how.id, how.restart, how.budget});
    if (try_start(children.back()))
      return std::nullopt;
    children.pop_back();
    return ec::store_failure;
  }

  std::optional<ec> restart(const std::string& id) {
    auto* one = find(id);
    if (!one)
      return ec::child_not_found;
    if (one->alive)
      return ec::already_started;
    if (is_full())
      return ec::max_children;
    if (!try_start(*one))
      return ec::store_failure;
    one->parked = false;
    one->restarts.clear();
    return std::nullopt;
  }

  std::optional<ec> terminate(const std::string& id) {
    auto* one = find(id);
    if (!one)
      return ec::child_not_found;
    stop(*one);
    if (how_.forget_ended || one->restart == restart_type::temporary)
      remove(*one);
    return std::nullopt;
  }

  std::optional<ec> remove(const std::string& id) {
    auto* one = find(id);
    if (!one)
      return ec::child_not_found;
    if (one->alive)
      return ec::already_started;
    remove(*one);
    return std::nullopt;
  }

  /// Children end by themselves, all of them before their supervisor hears of it.
  void end(const std::vector<std::string>& ids, bool crash) {
    for (const auto& id : ids)
      if (auto* one = find(id); one && one->alive) {
        one->alive = false;
        one->unheard = true;
        events.push_back("end " + id);
      }
    for (const auto& id : ids)
      if (auto* one = find(id); one && one->unheard && !ended)
        judge(*one, crash);
    // Others come first, before a failed start is tried again.
    for (; !retries_.empty(); retries_.pop_front())
      if (auto* one = find(retries_.front()); one && one->retrying && !ended)
        start_again(one->id);
  }

  void stop_all() {
    for (auto one = children.rbegin(); one != children.rend(); ++one)
      stop(*one);
    ended = true;
  }

private:
  bool is_full() const {
    return static_cast<std::size_t>(std::ranges::count(children, true, &child::alive))
           >= how_.max_children;
  }

  bool try_start(child& one) {
    one.retrying = one.due = false;
    if (failing[one.id] > 0) {
      --failing[one.id];
      events.push_back("fail " + one.id);
      return false;
    }
    events.push_back("start " + one.id);
    one.alive = true;
    ++one.starts;
    return true;
  }

  void stop(child& one) {
    if (std::exchange(one.alive, false))
      events.push_back("end " + one.id);
  }

  void remove(const child& one) { children.erase(children.begin() + (&one - children.data())); }

  bool allows(std::vector<duration>& restarts, std::size_t max_restarts) {
    restarts.push_back(now);
    std::erase_if(restarts, [this](duration at) { return now - at > 5s; });
    return restarts.size() <= max_restarts;
  }

  void judge(child& one, bool crash, bool at_start = false) {
    one.unheard = false;
    if (one.restart == restart_type::temporary
        || (one.restart == restart_type::transient && !crash && how_.forget_ended))
      return remove(one);
    if (one.restart == restart_type::transient && !crash)
      return;
    if (one.budget && !allows(one.restarts, one.budget->max_restarts)) {
      one.parked = true;
      return;
    }
    if (!one.budget && !allows(restarts_, how_.max_restarts))
      return stop_all();
    if (!at_start)
      return start_again(one.id);
    one.retrying = one.due = true;
    retries_.push_back(one.id);
  }

  void start_again(const std::string& crashed) {
    auto first = how_.strategy == restart_strategy::one_for_all
                     ? 0
                     : static_cast<std::size_t>(find(crashed) - children.data());
    if (how_.strategy == restart_strategy::one_for_one) {
      if (!try_start(children[first]))
        judge(children[first], true, true);
      return;
    }
    for (auto i = children.size(); i > first; --i) {
      auto& one = children[i - 1];
      one.unheard = false;
      stop(one);
      one.due = !one.parked;
      if (one.restart == restart_type::temporary)
        remove(one);
    }
    // Those that wait for another one before them, too.
    for (auto& one : children) {
      if (!one.due || try_start(one))
        continue;
      judge(one, true, true);
      // The others wait for one that is tried again, but not for one that is parked.
      if (!one.parked)
        return;
    }
  }

  setting how_;
  std::vector<duration> restarts_;
  std::deque<std::string> retries_;
};

/// Does the same to both. @returns the error that each of them answered with.
std::pair<std::optional<ec>, std::optional<ec>> apply(const event& now, supervisor_world& w,
                                                      model& expected) {
  auto code = [](const auto& answer) {
    return answer ? std::nullopt : std::optional{answer.error().code};
  };
  auto alive = [&](const std::string& id) {
    auto* one = expected.find(id);
    return one && one->alive;
  };
  switch (now.kind) {
  case what::start: {
    auto spec = w.child(now.id, now.restart);
    spec.budget = now.budget;
    return {code(w.start_child(spec)), expected.start(now)};
  }
  case what::terminate:
    return {code(w.terminate(now.id)), expected.terminate(now.id)};
  case what::restart:
    return {code(w.restart(now.id)), expected.restart(now.id)};
  case what::remove:
    return {code(w.remove(now.id)), expected.remove(now.id)};
  case what::crash:
    if (alive(now.id))
      w.crash(now.id);
    expected.end({now.id}, true);
    break;
  case what::crash_two:
    for (const auto& id : {now.id, now.other})
      if (alive(id))
        w.kill(w.current.at(id));
    w.run();
    expected.end({now.id, now.other}, true);
    break;
  case what::end:
  case what::shut_down:
    if (alive(now.id))
      w.end(now.id,
            now.kind == what::end ? caf::exit_reason::normal : caf::exit_reason::user_shutdown);
    expected.end({now.id}, false);
    break;
  case what::wait:
    w.advance(std::chrono::seconds{now.number});
    expected.now += std::chrono::seconds{now.number};
    break;
  case what::fail:
    w.failing[now.id] = expected.failing[now.id] = now.number;
  }
  return {std::nullopt, std::nullopt};
}

void check_agreement(supervisor_world& w, model& expected) {
  const auto children = w.listing();
  RC_ASSERT(children.size() == expected.children.size());
  child_counts counts;
  for (std::size_t i = 0; i < children.size(); ++i) {
    const auto& is = children[i];
    const auto& should = expected.children[i];
    RC_ASSERT(is.id == should.id);
    RC_ASSERT(is.alive == should.alive);
    RC_ASSERT(is.parked.has_value() == should.parked);
    RC_ASSERT(is.restarts == static_cast<std::uint64_t>(std::max(should.starts - 1, 0)));
    RC_ASSERT((w.names->lookup(term{is.id}) == is.actor));
    ++counts.specs;
    ++counts.workers;
    counts.active += is.alive ? 1 : 0;
    counts.parked += is.parked ? 1 : 0;
  }
  RC_ASSERT((w.counts() == counts));
}

void check_against_model(restart_strategy strategy) {
  const auto how = *any_setting(strategy);
  const auto events = *rc::gen::container<std::vector<event>>(any_event());
  RC_LOG() << how << '\n';
  supervisor_world w;
  model expected(how);
  supervisor_options options;
  options.strategy = how.strategy;
  options.max_restarts = how.max_restarts;
  options.max_children = how.max_children;
  options.forget_ended = how.forget_ended;
  w.supervise(options);
  for (const auto& now : events) {
    RC_LOG() << now << '\n';
    const auto [answer, should] = apply(now, w, expected);
    RC_ASSERT((answer == should));
    RC_ASSERT(w.events == expected.events);
    RC_ASSERT(w.ended.has_value() == expected.ended);
    if (expected.ended) {
      RC_TAG("gave up");
      w.supervisor = nullptr;
      return;
    }
    check_agreement(w, expected);
  }
  w.stop_supervisor();
  expected.stop_all();
  RC_ASSERT(w.events == expected.events);
  RC_ASSERT(w.ended.has_value());
  w.supervisor = nullptr;
}

/// Children that end in their own time, and requests that nobody waits for.
void check_at_once(restart_strategy strategy) {
  supervisor_world w;
  supervisor_options options;
  options.strategy = strategy;
  options.max_restarts = *rc::gen::element<std::size_t>(1, 20, no_limit);
  options.max_children = *rc::gen::element<std::size_t>(2, no_limit);
  options.forget_ended = *rc::gen::arbitrary<bool>();
  std::vector<child_spec> first;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i)
    first.push_back(
        w.child(std::string(1, static_cast<char>('f' - i)), *rc::gen::arbitrary<bool>()));
  w.supervise(options, first);
  std::vector<test::future_answer<void>> done;
  std::vector<test::future_answer<caf::strong_actor_ptr>> started;
  for (const auto& now : *rc::gen::container<std::vector<event>>(any_event())) {
    RC_LOG() << now << '\n';
    const auto stubborn = now.number == 1;
    switch (now.kind) {
    case what::start: {
      auto spec = w.child(now.id, stubborn);
      spec.restart = now.restart;
      spec.budget = now.budget;
      started.push_back(w.start_child_later(spec));
      break;
    }
    case what::terminate:
      done.push_back(w.terminate_later(now.id));
      break;
    case what::restart:
      started.push_back(w.restart_later(now.id));
      break;
    case what::remove:
      done.push_back(w.delete_later(now.id));
      break;
    case what::wait:
      w.advance(std::chrono::milliseconds{now.number * 300});
      break;
    case what::fail:
      w.failing[now.id] = now.number - 1;
      break;
    default:
      if (w.current.contains(now.id))
        w.kill(w.current[now.id]);
    }
    w.run(static_cast<std::size_t>(now.number - 1) * 2);
  }
  // Each of at most five children may take its time, and a few rounds may follow each other.
  for (int i = 0; i < 60; ++i)
    w.advance(5s);
  for (const auto& answer : done)
    RC_ASSERT(answer->has_value());
  for (const auto& answer : started)
    RC_ASSERT(answer->has_value());
  // Nobody runs that the supervisor knows nothing of.
  std::map<std::string, int> alive;
  for (const auto& what : w.events)
    alive[what.substr(what.find(' ') + 1)] += what.starts_with("start") - what.starts_with("end");
  child_counts counts;
  if (!w.ended) {
    for (const auto& one : w.listing()) {
      RC_ASSERT(alive[one.id] == (one.alive ? 1 : 0));
      RC_ASSERT((w.names->lookup(term{one.id}) == one.actor));
      alive.erase(one.id);
      ++counts.specs;
      ++counts.workers;
      counts.active += one.alive ? 1 : 0;
      counts.parked += one.parked ? 1 : 0;
    }
    RC_ASSERT((w.counts() == counts));
  } else {
    w.supervisor = nullptr;
  }
  for (const auto& [id, running] : alive)
    RC_ASSERT(running == 0);
}

} // namespace

TEST_CASE("a one_for_one supervisor does what the model says", "[supervisor][law]") {
  CHECK(rc::check([] { check_against_model(restart_strategy::one_for_one); }));
}

TEST_CASE("a rest_for_one supervisor does what the model says", "[supervisor][law]") {
  CHECK(rc::check([] { check_against_model(restart_strategy::rest_for_one); }));
}

TEST_CASE("a one_for_all supervisor does what the model says", "[supervisor][law]") {
  CHECK(rc::check([] { check_against_model(restart_strategy::one_for_all); }));
}

TEST_CASE("whatever comes at once, each request is answered and nobody is lost",
          "[supervisor][law]") {
  CHECK(rc::check([] {
    check_at_once(*rc::gen::element(restart_strategy::one_for_one, restart_strategy::rest_for_one,
                                    restart_strategy::one_for_all));
  }));
}
