#include "model/workflow/specification_text.hpp"

#include "model/workflow/mermaid.hpp"
#include "test/support/workflow_generators.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

using format = specification_format;
using kind = specification_finding::kind;

declared_specification read(std::string_view text, format form) {
  auto declared = read_specification(text, "s", form);
  INFO((declared ? "" : declared.error().message));
  REQUIRE(declared);
  return *std::move(declared);
}

std::string refusal(std::string_view text, format form) {
  const auto declared = read_specification(text, "s", form);
  REQUIRE_FALSE(declared);
  CHECK(declared.error().code == ec::invalid_specification);
  return declared.error().message;
}

struct located {
  kind what;
  std::string state;
  source_position at;
  friend bool operator==(const located&, const located&) = default;
};

std::vector<located> findings(std::string_view text, format form) {
  std::vector<located> found;
  for (const auto& one : read(text, form).findings) {
    REQUIRE(one.at);
    CHECK(one.message.starts_with(describe("s", *one.at) + ": "));
    found.push_back({one.what, one.state, *one.at});
  }
  return found;
}

} // namespace

TEST_CASE("a file's extension says its format", "[specification_text]") {
  CHECK(format_of(".json") == format::json);
  CHECK(format_of(".mmd") == format::mermaid);
  CHECK(format_of(".mermaid") == format::mermaid);
  CHECK(format_of(".MD") == format::markdown);
  CHECK(format_of(".markdown") == format::markdown);
  for (const auto* other : {"", ".", "json", ".spex", ".json5"})
    CHECK_FALSE(format_of(other));
}

TEST_CASE("findings of a JSON file are where states are mentioned first", "[specification_text]") {
  CHECK(findings("{\"specification\": \"S\",\n \"prunable_states\": [\"a\",\n  \"lost\"],\n"
                 " \"transitions\": [[\"a\", \"x\", \"b\"], [\"a\", \"x\", \"b\"],\n"
                 "   [\"c\", \"x\", \"d\"], [\"d\", \"y\", \"c\"]]}",
                 format::json)
        == std::vector<located>{{kind::orphan_state, "c", {5, 5}},
                                {kind::orphan_state, "d", {5, 15}},
                                {kind::unknown_prunable_state, "lost", {3, 3}}});
  CHECK(findings(R"({"specification": "S", "transitions": [["a", "x", "b"]]})", format::json)
            .empty());
}

TEST_CASE("findings of a picture are where states are mentioned first", "[specification_text]") {
  CHECK(findings("stateDiagram-v2\n"
                 "  %% lockstep: specification = S\n"
                 "  %% lockstep: prunable_states = [a, \"lost\"]\n"
                 "  [*] --> a\n"
                 "  state alone\n"
                 "  a --> b : x\n"
                 "  state \"the end\" as c\n"
                 "  c --> d : x\n"
                 "  d --> c : y\n"
                 "  a --> [*]\n"
                 "  a --> [*]\n"
                 "  b --> [*]\n",
                 format::mermaid)
        == std::vector<located>{{kind::orphan_state, "the end", {7, 22}},
                                {kind::orphan_state, "d", {8, 9}},
                                {kind::unknown_prunable_state, "lost", {3, 38}},
                                {kind::orphan_state, "alone", {5, 9}},
                                {kind::exit_from_terminal_state, "a", {10, 3}}});
}

TEST_CASE("the first state diagram of a Markdown file is read", "[specification_text]") {
  const std::string text = "# Orders\n"
                           "\n"
                           "````md\n"
                           "```\n"
                           "```mermaid\n"
                           "stateDiagram-v2\n"
                           "```\n"
                           "````\n"
                           "```mermaid\n"
                           "flowchart LR\n"
                           "  a --> b\n"
                           "```\n"
                           "1. text\r\n"
                           "   ~~~~ Mermaid title=x\r\n"
                           "   ---\r\n"
                           "   title: Order\r\n"
                           "   ---\r\n"
                           "   %%{init: {}}%%\r\n"
                           "   stateDiagram-v2\r\n"
                           "     [*] --> a\r\n"
                           "     a --> b : pay\r\n"
                           "     c --> b : pay\r\n"
                           "   ~~~~\r\n"
                           "```mermaid\n"
                           "stateDiagram-v2\n"
                           "  nonsense -> x\n"
                           "```\n";
  const auto declared = read(text, format::markdown);
  CHECK(declared.value == specification::make("Order", {{"a", "pay", "b"}, {"c", "pay", "b"}}));
  CHECK(findings(text, format::markdown)
        == std::vector<located>{{kind::orphan_state, "c", {22, 6}}});
}

TEST_CASE("a refusal has the line of the Markdown file", "[specification_text]") {
  CHECK(refusal("text\n```mermaid\nstateDiagram-v2\n  [*] -> a\n```\n", format::markdown)
            .starts_with("s, line 4, column 7: expected --> "));
  CHECK(refusal("text\n```mermaid\nstateDiagram-v2\n  [*] --> a\n", format::markdown)
            .starts_with("s, line 3, column 1: the specification has no name"));
}

TEST_CASE("a Markdown file without a state diagram is refused", "[specification_text]") {
  for (const auto* text : {"", "stateDiagram-v2\n", "```mermaid\n```\n", "```mermaid\n",
                           "```\nstateDiagram-v2\n```\n", "```mermaid\npie\n```\n"})
    CHECK(refusal(text, format::markdown)
          == "s, line 1, column 1: there is no fenced block of mermaid with a stateDiagram-v2; add "
             "one or name another file");
}

TEST_CASE("a picture says the same in a Markdown file", "[specification_text]") {
  CHECK(rc::check([] {
    const auto spec = *test::any_specification();
    const auto text = "# S\n```mermaid\n" + to_mermaid(spec) + "```\nmore\n";
    const auto again = read_specification(text, "s.md", format::markdown);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->value == spec);
  }));
}

TEST_CASE("any Markdown text is read or refused", "[specification_text]") {
  CHECK(rc::check([] {
    const auto piece = rc::gen::element<std::string>("```", "~~~~", "mermaid", "\n", "\r\n", " ",
                                                     "---", "%%{", "stateDiagram-v2", "[*] --> a");
    std::string text;
    for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece))
      text += part;
    static_cast<void>(read_specification(text, "s.md", format::markdown));
  }));
}
