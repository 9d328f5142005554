#include "model/bisimulation/corresponding_states.hpp"
#include "model/bisimulation/explanation.hpp"
#include "model/bisimulation/explanation_json.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/workflow/specification.hpp"

#include "test/support/formula_evaluator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

using namespace lockstep;

namespace {

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;
constexpr lts::label c = 3;

/// Two systems from text such as "new pay paid, paid ship shipped", where `i` is internal.
struct pair_of_systems {
  label_table labels;
  compared_systems systems;

  pair_of_systems(const std::string& lhs, const std::string& rhs) {
    systems = {system(lhs), system(rhs), "the specification", "the implementation"};
  }

  [[nodiscard]] explanation why(equivalence kind = equivalence::branching,
                                const explanation_limits& limits = {}) const {
    return explain_difference(systems.lhs.system, systems.rhs.system, kind, limits);
  }
  [[nodiscard]] std::string words(equivalence kind = equivalence::branching,
                                  const explanation_limits& limits = {}) const {
    return in_words(why(kind, limits), systems, labels);
  }

private:
  named_system system(const std::string& text) {
    std::vector<transition> transitions;
    std::istringstream in(text);
    for (transition one; in >> one.from >> one.action >> one.to;) {
      if (one.to.ends_with(','))
        one.to.pop_back();
      if (one.action == "i")
        one.action = internal_action;
      transitions.push_back(one);
    }
    return system_of(specification::make("x", transitions).value(), labels);
  }
};

/// A path with these actions from state 0 on.
lts path(const std::vector<lts::label>& actions) {
  lts system;
  for (const auto action : actions) {
    system.edges.push_back({system.state_count - 1, action, system.state_count});
    ++system.state_count;
  }
  return system;
}

lts::state add_state(lts& system) { return system.state_count++; }

void check_formula(const explanation& why, const lts& lhs, const lts& rhs) {
  REQUIRE(why.distinguishing);
  CHECK(test::holds(*why.distinguishing, lhs) == (why.holds_for == side::lhs));
  CHECK(test::holds(*why.distinguishing, rhs) == (why.holds_for == side::rhs));
}

} // namespace

TEST_CASE("a trace that one side cannot do is told with what it can do instead", "[explanation]") {
  CHECK(pair_of_systems("new pay paid, paid i packed, packed ship sent, packed refund new",
                        "new pay paid, paid ship sent, paid cancel new")
            .words()
        == "After `pay` the specification can `refund`; the implementation cannot.\n"
           "  the specification: new --[pay]-> paid --[__internal__]-> packed --[refund]-> new\n"
           "  the implementation: then in `paid`, where it can only `ship` or `cancel`\n"
           "formula: <tau*><pay><tau*><refund>true (holds for the specification only)\n");
}

TEST_CASE("a difference at the very beginning has no trace before it", "[explanation]") {
  CHECK(pair_of_systems("s x t", "u y v, u i w").words()
        == "The specification can begin with `x`; the implementation cannot.\n"
           "  the specification: s --[x]-> t\n"
           "  the implementation: begins in `u` or `w`, where it can only `y`\n"
           "formula: <tau*><x>true (holds for the specification only)\n");
}

TEST_CASE("a side that is at its end has no action left", "[explanation]") {
  CHECK(pair_of_systems("s x t", "s x t, t x u").words()
        == "After `x` the implementation can `x`; the specification cannot.\n"
           "  the implementation: s --[x]-> t --[x]-> u\n"
           "  the specification: then in `t`, where it has no action left\n"
           "formula: <tau*><x><tau*><x>true (holds for the implementation only)\n");
}

TEST_CASE("a choice that is made too early is told as an attack and its answers", "[explanation]") {
  CHECK(
      pair_of_systems("p0 a p1, p1 b p2, p1 c p3", "q0 a q1, q1 b q2, q0 a q3, q3 c q4").words()
      == "The implementation in `q0` can `a` to `q1`, where `c` is impossible; the specification, "
         "in `p0`, always leaves it possible. (Both can do the same sequences of actions.)\n"
         "  the implementation: q0 --[a]-> q1\n"
         "  the specification, in `p0`, has only one answer:\n"
         "  - p0 --[a]-> p1; but then `c` is possible in `p1`, while the implementation cannot `c` "
         "in `q1`\n"
         "formula: <tau*><a>!<tau*><c>true (holds for the implementation only)\n");
}

TEST_CASE("an internal step that takes a choice away is told", "[explanation]") {
  CHECK(pair_of_systems("p0 a p1, p0 b p2", "q0 a q1, q0 b q2, q0 i q3, q3 b q2").words()
        == "The implementation in `q0` can make an internal step to `q3`, where `a` is impossible; "
           "the specification, in `p0`, always leaves it possible. (Both can do the same sequences "
           "of actions.)\n"
           "  the implementation: q0 --[__internal__]-> q3\n"
           "  the specification, in `p0`, has only one answer:\n"
           "  - stay in `p0`; but then `a` is possible in `p0`, while the implementation cannot "
           "`a` in `q3`\n"
           "formula: <tau*>!<tau*><a>true (holds for the implementation only)\n");
}

TEST_CASE("a choice that is lost before an action is told", "[explanation]") {
  CHECK(pair_of_systems("p0 a p1, p0 b p2, p0 i p3, p3 b p2", "q0 a q1, q0 i q3, q3 b q2").words()
        == "The specification can `b` in `p0`, where `a` is possible, too; the implementation, in "
           "`q0`, can `b` only where `a` is impossible. (Both can do the same sequences of "
           "actions.)\n"
           "  the specification: p0 --[b]-> p2\n"
           "  the implementation, in `q0`, has only one answer:\n"
           "  - q0 --[__internal__]-> q3 --[b]-> q2; but already before that `a` is impossible in "
           "`q3`, while the specification can `a` in `p0`\n"
           "formula: <tau*>(<tau*><a>true && <b>true) (holds for the specification only)\n");
}

TEST_CASE("a longer play says what the answers lead to", "[explanation]") {
  CHECK(pair_of_systems("p0 x p1, p1 a p2, p2 b p3, p2 c p4",
                        "q0 x q1, q1 a q2, q2 b q3, q1 a q4, q4 c q5")
            .words()
        == "After `x` the implementation in `q1` can `a` to `q2`, where `c` is impossible; the "
           "specification, in `p1`, always leaves it possible. (Both can do the same sequences of "
           "actions.)\n"
           "  the specification: p0 --[x]-> p1\n"
           "  the implementation, in `q0`, has only one answer:\n"
           "  - q0 --[x]-> q1; but then `q1` differs from `p1` of the specification as follows:\n"
           "  the implementation: q1 --[a]-> q2\n"
           "  the specification, in `p1`, has only one answer:\n"
           "  - p1 --[a]-> p2; but then `c` is possible in `p2`, while the implementation cannot "
           "`c` in `q2`\n"
           "formula: <tau*><x>!<tau*><a>!<tau*><c>true (holds for the specification only)\n");
}

TEST_CASE("for strong bisimilarity internal steps are steps", "[explanation]") {
  CHECK(pair_of_systems("s a t, t i u, u b v", "s a t, t b v").words(equivalence::strong)
        == "After `a` the specification can make an internal step; the implementation cannot.\n"
           "  the specification: s --[a]-> t --[__internal__]-> u\n"
           "  the implementation: then in `t`, where it can only `b`\n"
           "formula: <a><__internal__>true (holds for the specification only)\n");
  CHECK(pair_of_systems("p a q, q i r, q c s", "p a q, q i r, p a t, t c s, t i r")
            .words(equivalence::strong)
        == "The implementation in `p` can `a` to `q`, where `c` is impossible; the specification, "
           "in `p`, always leaves it possible. (Both can do the same sequences of actions.)\n"
           "  the implementation: p --[a]-> q\n"
           "  the specification, in `p`, has only one answer:\n"
           "  - p --[a]-> q; but then `c` is possible in `q`, while the implementation cannot `c` "
           "in `q`\n"
           "formula: <a>!<c>true (holds for the implementation only)\n");
}

TEST_CASE("differences of traces are told alike", "[explanation]") {
  const pair_of_systems pair("s a t, t i u", "s a t");
  CHECK(pair.words(equivalence::trace)
        == "After `a` the specification can make an internal step; the implementation cannot.\n"
           "  the specification: s --[a]-> t --[__internal__]-> u\n"
           "  the implementation: then in `t`, where it can do nothing\n"
           "formula: <a><__internal__>true (holds for the specification only)\n");
  const pair_of_systems weak("s a s", "s a t, t a u, u a v, v a w, w a x, x b y, x a x");
  CHECK(in_short(weak.why(equivalence::weak_trace), weak.systems, weak.labels)
        == "after `a` (5 times) the implementation can `b`; the specification cannot");
}

TEST_CASE("the formula says what the experiment says", "[explanation]") {
  // A less deep formula is about `d`, which is lost earlier on the right.
  CHECK(pair_of_systems("s a t, t b u, u c v, t d v", "s a t, t b u, u x v, s a w, w d v").words()
        == "After `a`, `b` the specification can `c`; the implementation cannot.\n"
           "  the specification: s --[a]-> t --[b]-> u --[c]-> v\n"
           "  the implementation: then in `u`, where it can only `x`\n"
           "formula: <tau*><a><tau*><b><tau*><c>true (holds for the specification only)\n");
  // The specification can `refund` only, the implementation `refundd` only.
  CHECK(pair_of_systems("n pay p, p i q, p refund n", "n pay p, p i q, p refundd n, p refund n")
            .words()
            .ends_with("formula: <tau*><pay><tau*><refundd>true (holds for the implementation "
                       "only)\n"));
}

TEST_CASE("a trace difference takes no refinement", "[explanation]") {
  const pair_of_systems pair("s a t, t b u", "s a t, t c u");
  explanation_limits limits;
  limits.max_work = 0;
  limits.max_formula_nodes = 0;
  for (const auto kind : {equivalence::branching, equivalence::strong}) {
    const auto why = pair.why(kind, limits);
    CHECK(std::holds_alternative<trace_experiment>(why.experiment));
    check_formula(why, pair.systems.lhs.system, pair.systems.rhs.system);
  }
}

TEST_CASE("a game says if the traces are not known to be the same", "[explanation]") {
  const pair_of_systems pair("p0 a p1, p1 b p2, p1 c p3", "q0 a q1, q1 b q2, q0 a q3, q3 c q4");
  explanation_limits limits;
  limits.traces = trace_search_limits::of_pairs(0);
  const auto why = pair.why(equivalence::branching, limits);
  const auto words = in_words(why, pair.systems, pair.labels);
  CHECK(words.find("always leaves it possible. (There may be a sequence of actions, too, that only "
                   "one side can do; looking for it would take too much work.)\n")
        != std::string::npos);
  CHECK(to_json(why, pair.systems, pair.labels)["experiment"]["same_traces"].is_null());
}

TEST_CASE("unusual names of actions are quoted in formulas and stay on their line",
          "[explanation]") {
  label_table labels;
  const auto blank = labels.of("a b");
  const auto star = labels.of("tau*");
  const auto line_feed = labels.of("x\ny");
  formula_builder builder;
  const auto root =
      builder.after(blank, builder.after(star, builder.after(line_feed, builder.truth())));
  CHECK(to_text(builder.take(root), labels, 100) == R"(<"a b"><"tau*"><"x\x0Ay">true)");
  const compared_systems systems{
      {path({line_feed}), {"s\n", "t"}}, {path({}), {""}}, "`one`", "`other`"};
  const auto why =
      explain_difference(systems.lhs.system, systems.rhs.system, equivalence::branching);
  CHECK(in_words(why, systems, labels)
        == "`one` can begin with `x\\x0Ay`; `other` cannot.\n"
           "  `one`: \"s\\x0A\" --[\"x\\x0Ay\"]-> t\n"
           "  `other`: begins in ``, where it has no action left\n"
           "formula: <tau*><\"x\\x0Ay\">true (holds for `one` only)\n");
}

TEST_CASE("names with quotes, backslashes or arrows cannot be taken for others", "[explanation]") {
  label_table labels;
  const auto text_of = [&](const std::string& action) {
    formula_builder builder;
    const auto root = builder.after(labels.of(action), builder.truth());
    return to_text(builder.take(root), labels, 1'000).value();
  };
  CHECK(text_of("a\"><b") == R"(<"a\"><b">true)");
  CHECK(text_of("\xFF") == R"(<"\xFF">true)");
  CHECK(text_of("\\xFF") == R"(<"\\xFF">true)");
  const std::string eighty(80, 'x');
  CHECK(text_of(eighty + "1") == '<' + eighty + "1>true");
  CHECK(text_of(eighty + " 1") == "<\"" + eighty + " 1\">true");

  const auto strange = labels.of("\\xFF\"`");
  const compared_systems systems{
      {path({strange}), {"s --[a]-> t", "\\"}}, {path({}), {" "}}, "`one`", "`other`"};
  const auto why =
      explain_difference(systems.lhs.system, systems.rhs.system, equivalence::branching);
  CHECK(in_words(why, systems, labels) == R"(`one` can begin with `\\xFF"\``; `other` cannot.
  `one`: "s --[a]-> t" --["\\xFF\"`"]-> "\\"
  `other`: begins in ` `, where it has no action left
formula: <tau*><"\\xFF\"`">true (holds for `one` only)
)");
}

TEST_CASE("states are listed in order, large numbers with commas", "[explanation]") {
  label_table labels;
  const auto pay = labels.of("pay");
  lts forks{10'000, 0, {}};
  for (lts::state s = forks.state_count; s-- > 1;)
    forks.edges.push_back({0, pay, s});
  lts more = path({pay, pay});
  const compared_systems systems{{more, {}}, {forks, {}}, "the left", "the right"};
  const auto why =
      explain_difference(systems.lhs.system, systems.rhs.system, equivalence::branching);
  const auto words = in_words(why, systems, labels);
  CHECK(words.find("the right: then in `9992`, `9993`, `9994`, `9995`, `9996`, `9997`, `9998`, "
                   "`9999` ... (9,991 more), where it has no action left\n")
        != std::string::npos);
  CHECK(pair_of_systems("s a t, s a u, s a v", "s a t, t a u")
            .words()
            .find("then in `t`, `u` or `v`,")
        != std::string::npos);
}

TEST_CASE("formulas share equal parts and are counted where they are long", "[explanation]") {
  label_table labels;
  const auto pay = labels.of("pay");
  const auto ship = labels.of("ship");
  formula_builder builder;
  auto root = builder.truth();
  for (int i = 0; i < 100; ++i) {
    root = builder.internally(builder.conjunction(
        {builder.after(pay, root), builder.negation(builder.after(ship, root))}));
  }
  const auto huge = builder.take(root);
  CHECK(huge.nodes.size() == 501);
  CHECK(huge.depth() == 100);
  CHECK(to_text(huge, labels, 4'000) == std::nullopt);
  CHECK(builder.negation(builder.negation(root)) == root);
  CHECK(builder.conjunction({builder.truth(), root, root}) == root);
  CHECK(builder.conjunction({}) == builder.truth());
}

TEST_CASE("an explanation is data, too", "[explanation]") {
  const pair_of_systems trace("new pay paid, paid refund new", "new pay paid");
  CHECK(to_json(trace.why(), trace.systems, trace.labels) == nlohmann::json::parse(R"(
    {"equivalence": "branching", "equivalent": false,
     "lhs": "the specification", "rhs": "the implementation",
     "experiment": {"kind": "trace", "able": "lhs", "trace": ["pay"], "action": "refund",
       "run": [{"from": "new", "action": "pay", "to": "paid"},
               {"from": "paid", "action": "refund", "to": "new"}],
       "other": {"states": ["paid"], "states_left_out": 0,
                 "actions": [], "actions_left_out": 0}},
     "formula": {"text": "<tau*><pay><tau*><refund>true", "holds_for": "lhs",
                 "depth": 2, "parts": 5}})"));
  const pair_of_systems game("p0 a p1, p0 b p2", "q0 a q1, q0 b q2, q0 i q3, q3 b q2");
  CHECK(to_json(game.why(), game.systems, game.labels)["experiment"] == nlohmann::json::parse(R"(
    {"kind": "game", "same_traces": true, "trace": [], "trace_left_out": 0,
     "action": "__internal__", "exchanges_left_out": 0,
     "exchanges": [{"attacker": "rhs", "action": "__internal__", "defender": "p0",
       "run": [{"from": "q0", "action": "__internal__", "to": "q3"}],
       "answers": [{"run": [], "differs": "after", "states": {"lhs": "p0", "rhs": "q3"},
                    "reason": {"able": "lhs", "trace": ["a"]}, "followed": false}],
       "answers_left_out": 0}]})"));
}

TEST_CASE("data are text in UTF-8 whatever the names are", "[explanation]") {
  label_table labels;
  const compared_systems systems{
      {path({labels.of("\xFFü")}), {}}, {path({}), {}}, "`one`", "`other`"};
  const auto why =
      explain_difference(systems.lhs.system, systems.rhs.system, equivalence::branching);
  const auto json = to_json(why, systems, labels);
  CHECK(json["experiment"]["action"] == "\"\\xFFü\"");
  CHECK_NOTHROW(json.dump());
}

TEST_CASE("equivalent systems have no difference to tell", "[explanation]") {
  const pair_of_systems pair("s a t", "s i u, u a t");
  const auto why = pair.why();
  CHECK(std::holds_alternative<std::monostate>(why.experiment));
  CHECK_FALSE(why.distinguishing);
}

TEST_CASE("the relation between equivalent systems are their classes", "[explanation]") {
  const pair_of_systems pair("s a t, unreachable a t", "q0 i q1, q1 a q2, q1 i q0");
  const auto relation =
      corresponding(pair.systems.lhs.system, pair.systems.rhs.system, equivalence::branching);
  CHECK(in_words(relation, pair.systems)
        == "`s` = `q0`, `q1`\n"
           "`t` = `q2`\n");
  CHECK(to_json(relation, pair.systems)
        == nlohmann::json::parse(R"([{"lhs": ["s"], "rhs": ["q0", "q1"]},
                                     {"lhs": ["t"], "rhs": ["q2"]}])"));
  const pair_of_systems strong("s i t", "p i q, p i r");
  CHECK(in_words(corresponding(strong.systems.lhs.system, strong.systems.rhs.system,
                               equivalence::strong),
                 strong.systems)
        == "`s` = `p`\n"
           "`t` = `q`, `r`\n");
}

TEST_CASE("limits leave the formula or everything out, and say so", "[explanation]") {
  const pair_of_systems pair("p0 a p1, p1 b p2, p1 c p3", "q0 a q1, q1 b q2, q0 a q3, q3 c q4");
  explanation_limits limits;
  limits.max_formula_nodes = 1;
  CHECK(pair.words(equivalence::branching, limits)
            .ends_with("formula: left out, making it would take too much work\n"));
  CHECK(to_json(pair.why(equivalence::branching, limits), pair.systems, pair.labels)["formula"]
        == nlohmann::json{{"text", nullptr}, {"reason", "making it would take too much work"}});
  limits.max_work = 1;
  CHECK(pair.words(equivalence::branching, limits)
        == "The specification and the implementation are not equivalent; why is not known, finding "
           "out would take too much work.\n"
           "formula: left out, making it would take too much work\n");
}

TEST_CASE("chains of 100,000 internal steps are explained", "[explanation]") {
  constexpr lts::state length = 100'000;
  auto lhs = path(std::vector<lts::label>(length, tau));
  auto rhs = lhs;
  SECTION("by a trace") {
    lhs.edges.push_back({length, a, 0});
    rhs.edges.push_back({length, b, 0});
  }
  SECTION("by a game") {
    // At the end `a` or `b`; on the right there is a step that chooses `b`.
    for (auto* system : {&lhs, &rhs}) {
      const auto end = add_state(*system);
      system->edges.push_back({length, a, end});
      system->edges.push_back({length, b, end});
    }
    const auto chosen = add_state(rhs);
    rhs.edges.push_back({length, tau, chosen});
    rhs.edges.push_back({chosen, b, chosen - 1});
  }
  SECTION("by a game that the chain does not begin with") {
    // As before, but the choice is lost in the middle.
    for (auto* system : {&lhs, &rhs}) {
      const auto end = add_state(*system);
      system->edges.push_back({length, b, end});
      system->edges.push_back({system == &lhs ? length - 1 : length / 2, a, end});
    }
    const auto lost = add_state(lhs);
    lhs.edges.push_back({0, c, lost});
    rhs.edges.push_back({0, c, lost - 1});
    lhs.edges.push_back({lost - 1, tau, lost});
    lhs.edges.push_back({length / 3, b, lost - 1});
  }
  const auto why = explain_difference(lhs, rhs, equivalence::branching);
  check_formula(why, lhs, rhs);
  CHECK_FALSE(std::holds_alternative<std::monostate>(why.experiment));
  label_table labels;
  for (const auto* name : {"a", "b", "c"})
    (void)labels.of(name);
  const auto words = in_words(why, {{lhs, {}}, {rhs, {}}, "the left", "the right"}, labels);
  CHECK(words.size() < 4'000);
}

TEST_CASE("a difference that takes 2,000 rounds to show is explained", "[explanation]") {
  constexpr lts::state length = 2'000;
  auto lhs = path(std::vector<lts::label>(length, a));
  auto rhs = lhs;
  // At the end: b and c after a choice on the left, before it on the right.
  const auto left = add_state(lhs);
  lhs.edges.insert(lhs.edges.end(), {{length, a, left}, {left, b, left}, {left, c, left}});
  const auto for_b = add_state(rhs);
  const auto for_c = add_state(rhs);
  rhs.edges.insert(rhs.edges.end(), {{length, a, for_b}, {length, a, for_c}});
  const auto both = add_state(rhs);
  rhs.edges.insert(rhs.edges.end(),
                   {{for_b, b, both}, {for_c, c, both}, {both, b, both}, {both, c, both}});
  explanation_limits limits;
  limits.max_trace = 1'500;
  const auto why = explain_difference(lhs, rhs, equivalence::branching, limits);
  check_formula(why, lhs, rhs);
  CHECK(why.distinguishing->depth() == length + 2);
  const auto* game = std::get_if<game_experiment>(&why.experiment);
  REQUIRE(game != nullptr);
  CHECK(game->same_traces);
  CHECK(game->exchanges.size() + game->exchanges_left_out == length + 1);
  label_table labels;
  for (const auto* name : {"a", "b", "c"})
    (void)labels.of(name);
  const compared_systems systems{{lhs, {}}, {rhs, {}}, "the left", "the right"};
  const auto words = in_words(why, systems, labels);
  CHECK(words.size() < 4'000);
  CHECK(
      words.starts_with("After `a` (1,500 times), ... (500 more) ... the right in `2000` can `a`"));
  CHECK(words.find("  ... (1,993 more) ...\n") != std::string::npos);
  CHECK(words.find("formula: too long to show, ") != std::string::npos);
  CHECK(words.ends_with(" deep (holds for the left only)\n"));
  const auto json = to_json(why, systems, labels);
  CHECK(json["experiment"]["trace"].size() == 1'500);
  CHECK(json["experiment"]["trace_left_out"] == 500);
  CHECK(json["experiment"]["action"] == "a");
  CHECK(json["formula"]["text"].is_null());
  CHECK(json["formula"]["reason"] == "too long to show");

  const auto whole =
      in_short(explain_difference(lhs, rhs, equivalence::branching), systems, labels);
  CHECK(whole.starts_with("after `a` (2,000 times) the right in `2000` can `a` to "));
}

TEST_CASE("a ladder of choices that are lost one by one stays within the limits", "[explanation]") {
  // Each of 20,000 internal steps takes one choice away: the signatures of all states together
  // would take 200 million pairs.
  constexpr lts::state length = 20'000;
  auto lhs = path(std::vector<lts::label>(length, tau));
  const auto end = add_state(lhs);
  for (lts::state s = 0; s <= length; ++s)
    lhs.edges.push_back({s, a + s, end});
  auto rhs = lhs;
  rhs.edges.push_back({length / 2, tau, end}); // all choices lost at once
  const auto why = explain_difference(lhs, rhs, equivalence::branching);
  if (why.distinguishing)
    check_formula(why, lhs, rhs);
}
