#include "model/workflow/mermaid.hpp"

#include "test/support/workflow_generators.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

std::string draw(std::vector<transition> transitions) {
  return to_mermaid(specification::make("S", std::move(transitions)).value());
}

constexpr std::string_view identifier_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

/// The middle of a line that begins and ends like this.
std::string between(const std::string& line, std::string_view begin, std::string_view end) {
  CAPTURE(line, begin, end);
  REQUIRE(line.starts_with(begin));
  REQUIRE(line.ends_with(end));
  REQUIRE(line.size() > begin.size() + end.size());
  return line.substr(begin.size(), line.size() - begin.size() - end.size());
}

/// The identifier, the description and the label of a diagram with the one state and action.
struct drawn {
  std::string identifier;
  std::string description;
  std::string label;
};

drawn draw_one(const std::string& state, const std::string& action) {
  const auto text = draw({{state, action, state}});
  INFO(text);
  const auto lines = lines_of(text);
  const bool is_described = lines.size() == 5;
  REQUIRE((is_described || lines.size() == 4));
  drawn one;
  one.identifier = between(lines[lines.size() - 2], "  [*] --> ", "");
  REQUIRE(one.identifier.find_first_not_of(identifier_characters) == std::string::npos);
  if (is_described)
    one.description = between(lines[2], "  state \"", "\" as " + one.identifier);
  CHECK(one.description.find('"') == std::string::npos);
  one.label = between(lines.back(), "  " + one.identifier + " --> " + one.identifier + " : ", "");
  return one;
}

/// What a reader sees: entities decoded.
std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '#') {
      out += text[i];
      continue;
    }
    const auto end = text.find(';', i);
    const auto code = static_cast<char32_t>(std::stoul(text.substr(i + 1, end - i - 1)));
    i = end;
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0U | (code >> 6U));
      out += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
      out += static_cast<char>(0xE0U | (code >> 12U));
      out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
      out += static_cast<char>(0x80U | (code & 0x3FU));
    }
  }
  return out;
}

} // namespace

TEST_CASE("a specification is drawn from its initial to its terminal states", "[mermaid]") {
  CHECK(draw({{"new", "pay", "paid"}, {"paid", "ship", "shipped"}, {"new", "cancel", "cancelled"}})
        == "stateDiagram-v2\n"
           "  %% lockstep: specification = S\n"
           "  [*] --> new\n"
           "  new --> paid : pay\n"
           "  paid --> shipped : ship\n"
           "  new --> cancelled : cancel\n"
           "  shipped --> [*]\n"
           "  cancelled --> [*]\n");
  CHECK(draw({})
        == "stateDiagram-v2\n"
           "  %% lockstep: specification = S\n");
}

TEST_CASE("a model is drawn from its initialisations on", "[mermaid]") {
  CHECK(to_mermaid(implementation_model{"S",
                                        false,
                                        {{"", "__initialisation__", "new"},
                                         {"", "__initialisation__", "paid"},
                                         {"new", "__internal__", "paid"}}})
        == "stateDiagram-v2\n"
           "  [*] --> new\n"
           "  [*] --> paid\n"
           "  new --> paid : __internal__\n");
  CHECK(to_mermaid(implementation_model{"S", true, {}}) == "stateDiagram-v2\n");
}

TEST_CASE("what a specification has beside its transitions is in comments", "[mermaid]") {
  specification_options options;
  options.transition_timeout = std::chrono::seconds(30);
  options.prune_timeout = std::chrono::hours(7 * 24);
  options.prunable_states = {prunable_states::kind::listed, {"a", "in transit", "b, \"c\\", "#1"}};
  options.policy.swallowed = {};
  options.policy.logged = {{ec::deviation_not_equivalent, severity::error}};
  CHECK(to_mermaid(specification::make("%%{x}", {{"a", "x", "b"}}, options).value())
        == "stateDiagram-v2\n"
           "  %% lockstep: specification = #37;#37;#123;x#125;\n"
           "  %% lockstep: transition_timeout = 30s\n"
           "  %% lockstep: prune_timeout = 7d\n"
           "  %% lockstep: prunable_states = [a, in transit, \"b, \\\"c\\\\\", #35;1]\n"
           "  %% lockstep: swallow = []\n"
           "  %% lockstep: log.deviation_not_equivalent = error\n"
           "  [*] --> a\n"
           "  a --> b : x\n"
           "  b --> [*]\n");
}

TEST_CASE("plain words stand for themselves", "[mermaid]") {
  for (const auto* name : {"new", "New", "a", "in_transit", "v2", "ending", "statement"})
    CHECK(draw_one(name, "x").identifier == name);
}

TEST_CASE("other names get an identifier and are the description", "[mermaid]") {
  CHECK(draw({{"in transit", "hand over", "at home"}})
        == "stateDiagram-v2\n"
           "  %% lockstep: specification = S\n"
           "  state \"in transit\" as s1\n"
           "  state \"at home\" as s2\n"
           "  [*] --> s1\n"
           "  s1 --> s2 : hand over\n"
           "  s2 --> [*]\n");
}

TEST_CASE("words of Mermaid are no identifiers", "[mermaid]") {
  for (const auto* name :
       {"state",       "State", "END",  "note",  "direction", "class", "classDef", "style",
        "default",     "click", "href", "scale", "accTitle",  "fork",  "root",     "stateDiagram",
        "constructor", "1",     "2nd",  "_a",    "a_",        "a__b"}) {
    CAPTURE(name);
    const auto one = draw_one(name, "x");
    CHECK(one.identifier == "s1");
    CHECK(decoded(one.description) == name);
  }
}

TEST_CASE("identifiers never clash with the names of states", "[mermaid]") {
  CHECK(draw({{"s1", "x", "a b"}, {"a b", "x", "s2"}, {"s2", "x", "c d"}, {"c d", "x", "s1"}})
        == "stateDiagram-v2\n"
           "  %% lockstep: specification = S\n"
           "  state \"a b\" as s3\n"
           "  state \"c d\" as s4\n"
           "  [*] --> s1\n"
           "  s1 --> s3 : x\n"
           "  s3 --> s2 : x\n"
           "  s2 --> s4 : x\n"
           "  s4 --> s1 : x\n");
}

TEST_CASE("what Mermaid or Markdown could take for syntax is an entity", "[mermaid]") {
  const std::map<std::string, std::string> labels{
      {"say \"hi\"", "say #34;hi#34;"},
      {"a: b", "a#58; b"},
      {"a; b", "a#59; b"},
      {"#35;", "#35;35#59;"},
      {"[*]", "#91;#42;#93;"},
      {"<b>x</b>", "#60;b#62;x#60;/b#62;"},
      {"%% no comment", "#37;#37; no comment"},
      {"direction LR", "direction#32;LR"},
      {"one-DIRECTION TB", "one-DIRECTION#32;TB"},
      {" x  y ", "#32;x#32;#32;y#32;"},
      {"a\xC2\xA0z", "a#160;z"},
      {"1. first", "1#46; first"},
      {"v1. first", "v1. first"},
      {"- dash", "#45; dash"},
      {"a\\nb", "a#92;nb"},
      {"größer 5 €", "größer 5 €"},
      {"pay_order", "pay_order"},
  };
  for (const auto& [name, label] : labels)
    CHECK(draw_one("a", name).label == label);
  CHECK(draw_one("__a_b__", "x").description == "#95;#95;a#95;b#95;#95;");
}

TEST_CASE("each name is drawn in one line and can be read again", "[mermaid]") {
  CHECK(rc::check([] {
    const auto name = *test::any_name();
    const auto one = draw_one(name, name);
    RC_ASSERT(decoded(one.label) == name);
    RC_ASSERT(
        (one.description.empty() ? one.identifier == name : decoded(one.description) == name));
  }));
}
