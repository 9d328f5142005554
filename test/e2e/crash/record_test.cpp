/// The crash test notices what it is for: whatever a store has too much or too little.

#include "test/e2e/crash/record.hpp"

#include "model/workflow/transition.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace lockstep;
using namespace lockstep::crash;

namespace {

sent make_lamp(std::int64_t at) {
  return {.call = call::initialisation,
          .at = at,
          .specification = "Lamp",
          .action = std::string(initialisation_action),
          .to = "off"};
}

sent press(std::int64_t at) { return {.at = at, .action = "press", .to = "on"}; }
sent release(std::int64_t at) { return {.at = at, .action = "release", .to = "off"}; }

/// Requests about one lamp, each with its fate.
struct lamp : record {
  lamp() : record{"lamp-1", {}, false} {}
  lamp& ask(sent request, crash::fate became) {
    ask_for(*this, std::move(request)).fate = became;
    return *this;
  }
};

/// A lamp that was made, pressed and released, as 1, 2 and 3; the last steps had no answer.
lamp used_lamp(crash::fate of_last = fate::acknowledged) {
  lamp one;
  one.ask(make_lamp(1), fate::acknowledged).ask(press(2), of_last).ask(release(3), of_last);
  return one;
}

/// What a store has that did all of that.
instance stored(const record& known) {
  const auto now = expected(known).value();
  instance one{"Lamp", known.identifier, term{now.beginning->at}, now.state, {}};
  for (const auto* made : now.steps)
    one.steps.push_back({made->action, made->to, timestamp{duration{made->at}}});
  return one;
}

} // namespace

TEST_CASE("a store that has what was acknowledged is right", "[crash]") {
  auto known = used_lamp();
  CHECK(settle(known, stored(known)) == "");
  CHECK(known.settled);
}

TEST_CASE("what was acknowledged must be there, once and in order", "[crash]") {
  auto known = used_lamp();
  const auto right = stored(known);
  CHECK(settle(known, std::nullopt) != "");
  auto wrong = right;
  wrong.steps.pop_back();
  CHECK(settle(known, wrong) != "");
  wrong = right;
  wrong.steps.push_back(wrong.steps.back());
  CHECK(settle(known, wrong) != "");
  wrong = right;
  std::swap(wrong.steps[1], wrong.steps[2]);
  CHECK(settle(known, wrong) != "");
  wrong = right;
  wrong.steps[1].outcome = verdict::deviation_not_equivalent;
  CHECK(settle(known, wrong) != "");
  wrong = right;
  wrong.current_state = "on";
  CHECK(settle(known, wrong) != "");
  wrong = right;
  wrong.meta = term{7};
  CHECK(settle(known, wrong) != "");
  CHECK_FALSE(known.settled);
}

TEST_CASE("what was refused must not be there", "[crash]") {
  auto known = used_lamp();
  known.ask(press(4), fate::acknowledged);
  const auto too_much = stored(known);
  known.requests.back().fate = fate::refused;
  CHECK(settle(known, too_much) != "");
  CHECK(settle(known, stored(known)) == "");
}

TEST_CASE("what had no answer is there or not, and stays so", "[crash]") {
  for (std::size_t steps = 1; steps <= 3; ++steps) {
    auto known = used_lamp(fate::unanswered);
    auto found = stored(known);
    found.steps.resize(steps);
    found.current_state = found.steps.back().to;
    CHECK(settle(known, found) == "");
    for (std::size_t i = 0; i < 3; ++i)
      CHECK((known.requests[i].fate == fate::acknowledged) == (i < steps));
    CHECK((settle(known, stored(used_lamp())) == "") == (steps == 3));
  }
}

TEST_CASE("of steps that had no answer none is there without those before it", "[crash]") {
  auto known = used_lamp(fate::unanswered);
  auto found = stored(known);
  found.steps.erase(found.steps.begin() + 1);
  CHECK(settle(known, found) != "");
}

TEST_CASE("a mock takes the place of all that was before", "[crash]") {
  auto known = used_lamp();
  const auto before = stored(known);
  const sent mock{.call = call::mock, .at = 4, .specification = "Lamp", .to = "on"};
  auto undone = known;
  undone.ask(mock, fate::unanswered);
  CHECK(settle(undone, before) == "");
  CHECK(undone.requests.back().fate == fate::refused);
  known.ask(mock, fate::acknowledged).ask(release(5), fate::acknowledged);
  CHECK(known.requests.back().number == 1);
  CHECK(settle(known, before) != "");
  CHECK(settle(known, stored(known)) == "");
}

TEST_CASE("a deletion spares what was made after it", "[crash]") {
  auto known = used_lamp();
  const auto before = stored(known);
  known.ask({.call = call::deletion, .at = 4}, fate::acknowledged);
  CHECK(known.requests.back().existed);
  CHECK(settle(known, before) != "");
  CHECK(settle(known, std::nullopt) == "");
  known.ask(make_lamp(5), fate::acknowledged);
  CHECK(settle(known, std::nullopt) != "");
  CHECK(settle(known, before) != "");
  CHECK(settle(known, stored(known)) == "");
}
