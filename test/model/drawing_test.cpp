#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/drawing/difference_drawing.hpp"
#include "model/drawing/dot_picture.hpp"
#include "model/drawing/mermaid_picture.hpp"
#include "model/drawing/system_drawing.hpp"
#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rapidcheck.h>

#include <string>
#include <tuple>
#include <vector>

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Names its actions by their letters.
label_table letters() {
  label_table labels;
  for (const auto* name : {"a", "b", "c"})
    static_cast<void>(labels.of(name));
  return labels;
}

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;
constexpr lts::label c = 3;

/// The edges with a mark: source, action, target.
std::vector<std::string> marked(const drawing& picture, drawing_mark mark) {
  std::vector<std::string> found;
  for (const auto& edge : picture.edges)
    if (edge.mark == mark)
      found.push_back(picture.nodes[edge.from].name + " " + edge.action + " "
                      + picture.nodes[edge.to].name);
  return found;
}

using steps = std::vector<std::string>;

} // namespace

TEST_CASE("a system is drawn with its initial and terminal states", "[drawing]") {
  const auto labels = letters();
  const named_system system{{3, 1, {{1, a, 0}, {0, tau, 2}, {1, a, 0}}}, {"paid", "new", "end"}};
  const auto picture = drawing_of(system, labels);
  CHECK(mermaid_picture_of(picture) == R"(flowchart LR
  s0(["paid"])
  s1(["new"])
  s2((("end")))
  start0(( )) --> s1
  s1 -->|"a"| s0
  s0 -.->|"#95;#95;internal#95;#95;"| s2
)");
  CHECK(dot_picture_of(picture) == R"(digraph lockstep {
  rankdir=LR;
  node [shape=box, style=rounded, fontname="Helvetica"];
  edge [fontname="Helvetica"];
  s0 [label="paid"];
  s1 [label="new"];
  s2 [label="end", peripheries=2];
  start0 [shape=point, width=0.15];
  start0 -> s1;
  s1 -> s0 [label="a"];
  s0 -> s2 [label="__internal__", style=dashed];
}
)");
}

TEST_CASE("no name is taken for syntax", "[drawing]") {
  label_table labels;
  const auto word = labels.of("two_words");
  const auto evil = labels.of("\"]; } <b>&amp;\\n`|\x01\xFF%%");
  const auto empty = labels.of("");
  const named_system system{{2, 0, {{0, evil, 1}, {1, empty, 0}, {0, word, 0}}},
                            {"end", "s0 --> s1\n\"#35;"}};
  const auto picture = drawing_of(system, labels);
  const auto dot = dot_picture_of(picture);
  CHECK_THAT(dot, ContainsSubstring("label=\"\\\"]; } <b>&amp;amp;\\\\n`| \xEF\xBF\xBD%%\"]"));
  CHECK_THAT(dot, ContainsSubstring("label=\"s0 --> s1 \\\"#35;\"]"));
  CHECK_THAT(dot, ContainsSubstring("label=\"\\\"\\\"\"]"));
  const auto mermaid = mermaid_picture_of(picture);
  CHECK_THAT(mermaid, ContainsSubstring("s1([\"s0 --#62; s1#10;#34;#35;35#59;\"])"));
  CHECK_THAT(mermaid, ContainsSubstring("s1 -->|\"#34;#34;\"| s0\n"));
  CHECK_THAT(mermaid, ContainsSubstring("s0 -->|\"two_words\"| s0\n"));
  CHECK_THAT(mermaid, ContainsSubstring("#38;amp#59;#92;n#96;#124;#1;\xEF\xBF\xBD#37;#37;"));
}

TEST_CASE("what only one system has is marked", "[drawing]") {
  const auto labels = letters();
  const named_system specified{{3, 0, {{0, a, 1}, {0, c, 2}}}, {"new", "paid", "lost"}};
  const named_system observed{{3, 0, {{0, a, 1}, {1, b, 2}, {2, a, 1}}}, {"new", "paid", "odd"}};
  const auto picture = drawing_of_difference(specified, observed, labels);
  CHECK(picture.initial == std::vector<std::size_t>{0});
  CHECK(marked(picture, drawing_mark::common) == steps{"new a paid"});
  CHECK(marked(picture, drawing_mark::only_specified) == steps{"new c lost"});
  CHECK(marked(picture, drawing_mark::deviating) == steps{"paid b odd"});
  CHECK(marked(picture, drawing_mark::only_observed) == steps{"odd a paid"});
  CHECK(picture.nodes[2].mark == drawing_mark::only_specified);
  CHECK(picture.nodes[3].mark == drawing_mark::only_observed);
  const auto mermaid = mermaid_picture_of(picture);
  CHECK_THAT(mermaid, ContainsSubstring("s3([\"odd\"]):::observed\n"));
  CHECK_THAT(mermaid, ContainsSubstring("subgraph legend"));
  // The arrow from the start is number 0.
  CHECK_THAT(mermaid, ContainsSubstring("linkStyle 2 stroke:#1f6fd0"));
  CHECK_THAT(mermaid, ContainsSubstring("linkStyle 3 stroke:#d11f1f"));
  CHECK_THAT(mermaid, ContainsSubstring("linkStyle 4 stroke:#d97706"));
  const auto dot = dot_picture_of(picture);
  CHECK_THAT(dot, ContainsSubstring("s1 -> s3 [label=\"b\", color=\"#d11f1f\""));
  CHECK_THAT(dot, ContainsSubstring("only in the specification"));
}

TEST_CASE("equivalent systems without names are drawn as one, with nothing marked", "[drawing]") {
  const auto labels = letters();
  const named_system specified{{2, 0, {{0, a, 1}}}, {}};
  const named_system observed{{4, 3, {{3, tau, 2}, {2, a, 1}, {2, a, 0}}}, {}};
  const auto picture = drawing_of_difference(specified, observed, labels);
  CHECK(marked(picture, drawing_mark::common) == steps{"0 / 3 a 1"});
  CHECK(picture.edges.size() == 1);
}

TEST_CASE("a difference that changes nothing has no deviating step", "[drawing]") {
  const auto labels = letters();
  const named_system specified{{2, 0, {{0, a, 1}}}, {"new", "paid"}};
  const named_system observed{{3, 0, {{0, tau, 1}, {1, a, 2}}}, {"new", "begun", "paid"}};
  const auto picture = drawing_of_difference(specified, observed, labels);
  CHECK(marked(picture, drawing_mark::only_specified) == steps{"new a paid"});
  CHECK(marked(picture, drawing_mark::only_observed)
        == steps{"new __internal__ begun", "begun a paid"});
  CHECK(marked(picture, drawing_mark::deviating).empty());
}

TEST_CASE("a step that takes a choice away deviates although all traces are allowed", "[drawing]") {
  const auto labels = letters();
  const named_system specified{{2, 0, {{0, a, 1}, {0, b, 1}}}, {"new", "end"}};
  const named_system observed{{3, 0, {{0, tau, 2}, {0, b, 1}, {2, a, 1}}}, {"new", "end", "mid"}};
  const auto picture = drawing_of_difference(specified, observed, labels);
  CHECK(marked(picture, drawing_mark::deviating) == steps{"new __internal__ mid"});
  // If the observed system can only do less, nothing deviates.
  const named_system less{{2, 0, {{0, a, 1}}}, {"new", "end"}};
  CHECK(marked(drawing_of_difference(specified, less, labels), drawing_mark::deviating).empty());
}

TEST_CASE("an internal step to what the specification is not deviates", "[drawing]") {
  const auto labels = letters();
  // It takes b away before anything is observed, and changes nothing in what is left.
  const named_system specified{{1, 0, {{0, b, 0}}}, {"s0"}};
  const named_system observed{{2, 0, {{0, tau, 1}}}, {"s0", "s2"}};
  const auto picture = drawing_of_difference(specified, observed, labels);
  CHECK(marked(picture, drawing_mark::deviating) == steps{"s0 __internal__ s2"});
  // One that leads nowhere takes nothing away.
  const named_system idle{{1, 0, {{0, tau, 0}}}, {"s0"}};
  CHECK(marked(drawing_of_difference(specified, idle, labels), drawing_mark::deviating).empty());
  // In a picture that is too large nothing is looked for.
  CHECK(marked(drawing_of_difference(specified, observed, labels, 1), drawing_mark::deviating)
            .empty());
}

TEST_CASE("a step to what the specification comes to as well does not deviate", "[drawing]") {
  const auto labels = letters();
  const named_system specified{{4, 0, {{0, tau, 1}, {1, a, 2}, {2, b, 3}, {0, c, 3}}},
                               {"new", "mid", "paid", "end"}};
  // By another name, and before the internal step that takes c away: the latter deviates.
  const named_system renamed{{4, 0, {{0, tau, 1}, {1, a, 2}, {2, b, 3}}},
                             {"new", "mid", "settled", "end"}};
  CHECK(marked(drawing_of_difference(specified, renamed, labels), drawing_mark::deviating).empty());
  const named_system hasty{{4, 0, {{0, tau, 1}, {1, a, 2}, {2, b, 3}, {0, c, 3}, {0, a, 2}}},
                           {"new", "mid", "paid", "end"}};
  CHECK(marked(drawing_of_difference(specified, hasty, labels), drawing_mark::deviating)
        == steps{"new a paid"});
}

TEST_CASE("a beginning that only the observed system has is the specification's", "[drawing]") {
  const auto labels = letters();
  const named_system specified{{2, 0, {{0, a, 1}}}, {}};
  const named_system observed{{4, 0, {{0, tau, 1}, {0, tau, 3}, {1, a, 2}}}, {}};
  const auto picture = drawing_of_difference(specified, observed, labels);
  CHECK(marked(picture, drawing_mark::deviating) == steps{"0 __internal__ 1 / 3"});
}

TEST_CASE("a step deviates if the observed system has all that is specified", "[drawing][law]") {
  const auto labels = letters();
  int differ = 0;
  CHECK(rc::check([&] {
    named_system observed{*test::any_system(6), {}};
    for (lts::state state = 0; state < observed.system.state_count; ++state)
      observed.state_names.push_back("s" + std::to_string(state));
    auto specified = observed;
    std::erase_if(specified.system.edges, [](const auto&) { return *rc::gen::inRange(0, 3) == 0; });
    const bool same = branching_bisimilar(specified.system, observed.system);
    const auto more = drawing_of_difference(specified, observed, labels);
    RC_ASSERT(marked(more, drawing_mark::deviating).size() == (same ? 0U : 1U));
    const auto less = drawing_of_difference(observed, specified, labels);
    RC_ASSERT(marked(less, drawing_mark::deviating).empty());
    differ += !same;
  }));
  CHECK(differ > 3);
}

TEST_CASE("nothing deviates in systems that are equivalent", "[drawing][law]") {
  const auto labels = letters();
  CHECK(rc::check([&] {
    const named_system lhs{*test::any_system(5), {}};
    const named_system rhs{*test::any_system(5), {}};
    const auto picture = drawing_of_difference(lhs, rhs, labels);
    const auto count = marked(picture, drawing_mark::deviating).size();
    RC_ASSERT(count <= (branching_bisimilar(lhs.system, rhs.system) ? 0U : 1U));
  }));
}

TEST_CASE("systems that begin differently have two beginnings", "[drawing]") {
  const auto labels = letters();
  const named_system specified{{2, 0, {{0, a, 1}}}, {}};
  const named_system observed{{3, 0, {{0, b, 1}, {1, a, 2}}}, {}};
  const auto picture = drawing_of_difference(specified, observed, labels);
  CHECK(picture.initial.size() == 2);
  CHECK(marked(picture, drawing_mark::deviating) == steps{"0 b 0 / 1"});
  CHECK_THAT(mermaid_picture_of(picture), ContainsSubstring("start1(( )) --> s"));
  CHECK_THAT(dot_picture_of(picture), ContainsSubstring("start1 -> s"));
}
