#include "model/workflow/mermaid_reader.hpp"

#include "model/workflow/mermaid.hpp"
#include "test/support/workflow_generators.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

using steps = std::vector<transition>;

constexpr std::string_view order = R"(---
title: Order
config:
  title: no title
---

%% The life of an order
stateDiagram-v2
  direction LR
  %% lockstep: transition_timeout = 30s
  state "in transit" as s1
  s2 : at home
  state s3
  [*] --> new
  new --> paid : pay
  paid-->s1:::moving : hand over
  s1 --> s2 : ring
  s2 --> s3 : sleep %
  s3:::moving --> [*]

  note right of paid : money is there
  note left of s1
    lockstep: prune_timeout = 7d
    Lockstep : prunable_states = [paid, "in transit"]
    paid --> nowhere : text
  end note
  classDef moving fill:#f9f
  class s1, s2 moving
  style paid fill:red
)";

/// A picture of a specification S with these lines.
std::string with(std::string_view lines) {
  return "stateDiagram-v2\n%% lockstep: specification = S\n" + std::string(lines);
}

/// A sound picture with one more line, the fifth.
std::string and_line(std::string_view line) {
  return with("[*] --> a\na --> b : x\n" + std::string(line) + "\n");
}

specification read(std::string_view text) {
  auto spec = parse_specification_mermaid(text, "s.mmd");
  INFO(text);
  INFO((spec ? "" : spec.error().message));
  REQUIRE(spec);
  return *std::move(spec);
}

/// Refuses the text at the position; returns the reason.
std::string refusal(source_position at, std::string_view text) {
  const auto spec = parse_specification_mermaid(text, "s.mmd");
  INFO(text);
  REQUIRE_FALSE(spec);
  const auto& refused = spec.error();
  const auto prefix = describe("s.mmd", at) + ": ";
  INFO(refused.message);
  CHECK(refused.code == ec::invalid_specification);
  CHECK(refused.context
        == std::map<std::string, term>{{"file", term("s.mmd")},
                                       {"line", term(static_cast<std::int64_t>(at.line))},
                                       {"column", term(static_cast<std::int64_t>(at.column))}});
  REQUIRE(refused.message.starts_with(prefix));
  return refused.message.substr(prefix.size());
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text)
    out.append(c == '\n' ? "\r" : "").append(1, c);
  return out;
}

} // namespace

TEST_CASE("a picture is a specification", "[mermaid_reader]") {
  const auto spec = read(order);
  CHECK(spec.name() == "Order");
  CHECK(spec.initial_state() == "new");
  CHECK(spec.transitions()
        == steps{{"new", "pay", "paid"},
                 {"paid", "hand over", "in transit"},
                 {"in transit", "ring", "at home"},
                 {"at home", "sleep %", "s3"}});
  CHECK(spec.options().transition_timeout == time_limit{30s});
  CHECK(spec.options().prune_timeout == time_limit{7 * 24h});
  CHECK(spec.options().prunable_states
        == prunable_states{prunable_states::kind::listed, {"paid", "in transit"}});
  CHECK(spec.options().policy == error_policy{});
  CHECK(read(with_crlf(order)) == spec);
  CHECK(read("\xEF\xBB\xBF" + std::string(order)) == spec);
  CHECK(read(order.substr(0, order.size() - 1)) == spec);
}

TEST_CASE("each specification is read back as it was drawn", "[mermaid_reader]") {
  CHECK(rc::check([] {
    const auto spec = *test::any_specification();
    const auto again = parse_specification_mermaid(to_mermaid(spec), "again.mmd");
    if (!again)
      RC_LOG() << again.error().message << "\n" << to_mermaid(spec);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->name() == spec.name());
    RC_ASSERT(again->transitions() == spec.transitions());
    RC_ASSERT(again->initial_state() == spec.initial_state());
    RC_ASSERT(*again == spec);
    RC_ASSERT(parse_specification_mermaid(with_crlf(to_mermaid(spec)), "again.mmd") == spec);
  }));
}

TEST_CASE("states may be called like words of Mermaid", "[mermaid_reader]") {
  for (const auto* name :
       {"state", "note", "end", "class", "style", "direction", "click", "hide", "scale", "classDef",
        "linkStyle", "accTitle", "stateDiagram-v2", "as", "default", "lockstep", "fork", "title"}) {
    const auto spec = specification::make(name, {{name, name, "b"}, {"b", name, name}}).value();
    CHECK(read(to_mermaid(spec)) == spec);
  }
  const auto said = refusal({5, 1}, and_line("note --> b : x"));
  CHECK(contains(said, "state \"note\" as s1"));
  refusal({5, 1}, and_line("End : x"));
  refusal({5, 1}, and_line("class --> b : x"));
  refusal({5, 1}, and_line("state --x"));
}

TEST_CASE("the header comes first", "[mermaid_reader]") {
  CHECK(read("\n%% c\n stateDiagram \n%% lockstep: specification = S\n[*]-->a\na-->b:x").name()
        == "S");
  CHECK(contains(refusal({1, 1}, ""), "begin it with stateDiagram-v2"));
  CHECK(contains(refusal({2, 1}, "\n\n"), "begin it with"));
  CHECK(contains(refusal({1, 3}, "  flowchart LR\n"), "found \"flowchart LR\""));
  refusal({1, 1}, "a --> b : x");
  CHECK(contains(refusal({5, 1}, and_line("stateDiagram-v2")), "second diagram"));
}

TEST_CASE("the name is a setting or the title", "[mermaid_reader]") {
  const auto name = [](const std::string& title, std::string_view more = "") {
    return read("---\ntitle:" + title + "\n---\nstateDiagram-v2\n[*] --> a\na --> b : x\n"
                + std::string(more))
        .name();
  };
  CHECK(name(" Order") == "Order");
  CHECK(name(" The order # of things\t") == "The order");
  CHECK(name(" a#b: \"c\"") == "a#b: \"c\"");
  CHECK(name(" \"a \\\"b\\\" # c\" # d") == "a \"b\" # c");
  CHECK(name(" 'it''s'") == "it's");
  CHECK(name(" Order", "%% lockstep: specification = Other") == "Other");
  CHECK(name(" |", "%% lockstep: specification = Other") == "Other");
  const auto refused = [](const std::string& title) {
    return refusal({2, 8}, "---\ntitle: " + title + "\n---\nstateDiagram-v2\n[*] --> a\na-->b:x\n");
  };
  for (const auto* title : {"|", "> x", "[a]", "\"a", "\"a\" b", "'a", "'a'b", "&a b"})
    CHECK(contains(refused(title), "form of YAML"));
  refused(std::string(256, 'x'));
}

TEST_CASE("a picture without a name is refused", "[mermaid_reader]") {
  CHECK(contains(refusal({2, 1}, "\nstateDiagram-v2\n[*] --> a\na --> b : x\n"), "has no name"));
  refusal({2, 7}, "---\ntitle:\n---\nstateDiagram-v2\n[*] --> a\na --> b : x\n");
}

TEST_CASE("front matter has an end and one title", "[mermaid_reader]") {
  CHECK(contains(refusal({1, 1}, "---\ntitle: S\nstateDiagram-v2\n"), "add a line ---"));
  CHECK(contains(refusal({3, 8}, "---\ntitle: S\ntitle: T\n---\nstateDiagram-v2\n"),
                 "already in line 2"));
  refusal({3, 1}, "---\n---\n---\nstateDiagram-v2\n");
}

TEST_CASE("the initial state is where the one arrow from outside leads", "[mermaid_reader]") {
  CHECK(contains(refusal({3, 1}, with("a --> b : x\n")), "no initial state"));
  CHECK(contains(refusal({5, 1}, and_line("[*] --> b")), "in line 3 already"));
  refusal({5, 1}, and_line("[*] --> a"));
  refusal({5, 9}, and_line("[*] --> [*]"));
  CHECK(contains(refusal({3, 9}, with("[*] --> c\na --> b : x\n")), "no transition leads out"));
  CHECK(read(with("[*] --> a : create\na --> b : x\n")).transitions() == steps{{"a", "x", "b"}});
}

TEST_CASE("the first transition out of the initial state moves to the front", "[mermaid_reader]") {
  CHECK(read(with("b --> c : 1\nd --> a : 2\na --> b : 3\na --> c : 4\n[*] --> a\n")).transitions()
        == steps{{"a", "3", "b"}, {"b", "1", "c"}, {"d", "2", "a"}, {"a", "4", "c"}});
}

TEST_CASE("an arrow that is drawn twice counts once", "[mermaid_reader]") {
  CHECK(read(and_line("a --> b : x\nb --> a : y\na --> b : x")).transitions()
        == steps{{"a", "x", "b"}, {"b", "y", "a"}});
}

TEST_CASE("a transition needs an action", "[mermaid_reader]") {
  CHECK(contains(refusal({5, 3}, and_line("  a --> b")), "has no action"));
  refusal({5, 10}, and_line("a --> b :"));
  refusal({5, 11}, and_line("a --> b : ;"));
  refusal({5, 11}, and_line("a --> b : __initialisation__"));
  refusal({5, 11}, and_line("a --> b : " + std::string(256, 'x')));
  refusal({5, 11}, and_line("a --> b : #10;"));
  CHECK(contains(refusal({5, 13}, and_line("b --> [*] : x")), "is no transition"));
  CHECK(read(and_line("a --> b : __internal__")).actions()
        == std::vector<std::string>{"x", "__internal__"});
}

TEST_CASE("states are called what their descriptions say", "[mermaid_reader]") {
  const auto target = [](std::string_view lines) {
    return read(and_line("b --> s1 : y\n" + std::string(lines))).transitions().back().to;
  };
  CHECK(target("") == "s1");
  CHECK(target("state s1") == "s1");
  CHECK(target("s1") == "s1");
  CHECK(target("state \"long name\" as s1") == "long name");
  CHECK(target("STATE \" long name\t\" AS s1:::c") == "long name");
  CHECK(target("s1 : long name") == "long name");
  CHECK(target("s1:long: name;") == "long: name");
  CHECK(target("state s1 : long name") == "long name");
  CHECK(target("s1:::c : long name") == "long name");
  CHECK(target("s1 :::c") == "s1");
  CHECK(target("s1 : twice\ns1 : twice") == "twice");
  CHECK(contains(refusal({6, 6}, and_line("s1 : one\ns1 : two")), "in line 5"));
  refusal({5, 6}, and_line("s1 : " + std::string(256, 'x')));
  refusal({5, 7}, and_line("state \"one"));
  refusal({5, 8}, and_line("state \"\" as s1"));
  refusal({5, 12}, and_line("state \"one\""));
  refusal({5, 13}, and_line("state \"one\" s1"));
  refusal({5, 15}, and_line("state \"one\" as"));
  refusal({5, 7}, and_line("state [*]"));
  refusal({5, 6}, and_line("state"));
  refusal({5, 5}, and_line("[*] : x"));
}

TEST_CASE("states of one name are one state", "[mermaid_reader]") {
  CHECK(
      read(with("state \"a\" as s1\ns2 : a\n[*] --> s1\na --> b : x\ns2 --> b : y\n")).transitions()
      == steps{{"a", "x", "b"}, {"a", "y", "b"}});
}

TEST_CASE("entities are their characters", "[mermaid_reader]") {
  const auto action = [](std::string_view label) {
    return read(and_line("a --> b : " + std::string(label))).transitions().back().action;
  };
  CHECK(action("#35;1 #quot;#amp;#lt;#gt;#apos;#58;#59;#8364;") == "#1 \"&<>':;\u20AC");
  CHECK(action("#32;y#32;") == " y ");
  CHECK(action("#32;y#32; ;") == " y ");
  CHECK(action("ticket #5 # #") == "ticket #5 # #");
  CHECK(contains(refusal({5, 13}, and_line("a --> b : y #nope;")), "no entity"));
  for (const auto* entity : {"#1114112;", "#55296;", "#99999999999999999999;", "#x41;"}) {
    CAPTURE(entity);
    CHECK_FALSE(parse_specification_mermaid(and_line("a --> b : y" + std::string(entity)), "s"));
  }
  refusal({5, 12}, and_line("a --> b : y; z"));
  refusal({5, 13}, and_line("a --> b : y %% z"));
  refusal({5, 12}, and_line("a --> b : y:::z"));
}

TEST_CASE("what an instance in one state cannot do is refused", "[mermaid_reader]") {
  CHECK(contains(refusal({5, 9}, and_line("state c {")), "states within states"));
  CHECK(contains(refusal({5, 16}, and_line("state \"x\" as c {")), "states within states"));
  refusal({5, 1}, and_line("}"));
  for (const auto* kind : {"<<fork>>", "<<join>>", "<<choice>>", "[[fork]]"})
    CHECK(contains(refusal({5, 9}, and_line("state c " + std::string(kind))), "choices"));
  CHECK(contains(refusal({5, 2}, and_line(" --")), "in one state"));
}

TEST_CASE("what is no statement is refused where it begins to be none", "[mermaid_reader]") {
  refusal({5, 3}, and_line("a -> b : x"));
  refusal({5, 3}, and_line("a <-- b : x"));
  refusal({5, 3}, and_line("a ==> b : x"));
  refusal({5, 6}, and_line("a -->"));
  refusal({5, 7}, and_line("a --> \"b\" : x"));
  refusal({5, 9}, and_line("a --> b --> c : x"));
  refusal({5, 9}, and_line("a --> b c"));
  refusal({5, 4}, and_line("[*]"));
  refusal({5, 1}, and_line("[H] --> a"));
  refusal({5, 1}, and_line("--> a"));
  refusal({5, 5}, and_line("a:::"));
  refusal({5, 11}, and_line("direction up"));
  refusal({5, 1}, and_line("end note"));
  refusal({5, 1}, and_line("\" --> b"));
  refusal({5, 1}, and_line("\x01 --> b : x"));
  refusal({5, 1}, and_line("\xFF --> b : x"));
}

TEST_CASE("what only changes the looks is ignored", "[mermaid_reader]") {
  const auto plain = read(and_line(""));
  for (const auto* line : {"direction TB",
                           "direction lr;",
                           "classDef c fill:#fff,stroke:red;",
                           "class a,b c",
                           "style a fill:#f9f",
                           "click a href \"http://x\"",
                           "hide empty description",
                           "scale 350 width",
                           "accTitle: t",
                           "accDescr: d",
                           "accDescr {\n a --> b\n c }",
                           "%%{init: {\n'theme': 'x'\n}}%%",
                           "%%",
                           "%% a --> z : y",
                           "a %% a comment",
                           "a;",
                           "b --> [*] %% the end",
                           "note right of a : [*] --> b",
                           "NOTE left of a\nend\nEND  NOTE",
                           "note \"floats\" as n",
                           "%% lockstep is great: x",
                           "%% lockstepper: x = y"}) {
    CAPTURE(line);
    CHECK(read(and_line(line)) == plain);
  }
}

TEST_CASE("what does not end is refused where it begins", "[mermaid_reader]") {
  refusal({5, 1}, and_line("note right of a\n text"));
  refusal({5, 1}, and_line("accDescr {\n text"));
  refusal({5, 2}, and_line(" %%{init\n text"));
  refusal({5, 6}, and_line("note \"x"));
  refusal({5, 6}, and_line("note over a"));
  refusal({5, 12}, and_line("note right a"));
  refusal({5, 17}, and_line("note right of a text"));
}

TEST_CASE("settings are in comments and notes", "[mermaid_reader]") {
  const auto options = [](std::string_view line) { return read(and_line(line)).options(); };
  using kind = prunable_states::kind;
  CHECK(options("%%lockstep:transition_timeout=2s").transition_timeout == time_limit{2s});
  CHECK(options("a --> b : y %").transition_timeout == time_limit{});
  CHECK(options("a %% lockstep: transition_timeout = \"2s\"").transition_timeout == time_limit{2s});
  CHECK(options("note left of a : lockstep: prune_timeout = 1d").prune_timeout == time_limit{24h});
  CHECK(options("note left of a : lockstep#58; prune_timeout = 1d").prune_timeout
        == time_limit{24h});
  CHECK(options("note \"LOCKSTEP: prune_timeout = 1d\" as n").prune_timeout == time_limit{24h});
  CHECK(options("note left of a\n%% lockstep: prune_timeout = 1d\nend note").prune_timeout
        == time_limit{24h});
  CHECK(options("%% lockstep: prunable_states = terminal").prunable_states.which == kind::terminal);
  CHECK(options("%% lockstep: prunable_states = all").prunable_states.which == kind::all);
  CHECK(options("%% lockstep: prunable_states = none").prunable_states.which == kind::none);
  CHECK(options("%% lockstep: prunable_states = [ ]").prunable_states
        == prunable_states{kind::listed, {}});
  CHECK(options("%% lockstep: prunable_states = [all,  in transit ,\"a, \\\"]\\\\\"  , #35;]")
            .prunable_states
        == prunable_states{kind::listed, {"all", "in transit", "a, \"]\\", "#"}});
  CHECK(options("%% lockstep: swallow = []").policy.swallowed.empty());
  CHECK(options("%% lockstep: swallow = [store_failure, \"transition_timeout\"]").policy.swallowed
        == std::set{ec::store_failure, ec::transition_timeout});
  CHECK(options("%% lockstep: log.store_failure = off\n%% lockstep: log.invalid_term = error")
            .policy.logged
        == std::map<ec, severity>{{ec::store_failure, severity::off},
                                  {ec::invalid_term, severity::error}});
}

TEST_CASE("settings that cannot be used are refused", "[mermaid_reader]") {
  const auto refused = [](std::size_t column, const std::string& setting) {
    return refusal({5, column}, and_line("%% lockstep: " + setting));
  };
  CHECK(contains(refused(14, "timeout = 1s"),
                 "the keys are specification, transition_timeout, prune_timeout, prunable_states, "
                 "swallow, log.CODE"));
  CHECK(contains(refused(14, "transition_timeout"), "the keys are "));
  refused(14, "");
  refused(14, "= 1s");
  CHECK(contains(refused(14, "specification = T"), "in line 2"));
  CHECK(contains(refusal({6, 14}, and_line("%% lockstep: log.store_failure = off\n"
                                           "%% lockstep: log.store_failure = info")),
                 "in line 5"));
  refused(35, "transition_timeout = 30 sec");
  refused(29, "prune_timeout = ");
  CHECK(contains(refused(32, "prunable_states = paid"), "[STATE]"));
  refused(32, "prunable_states = [a");
  refused(33, "prunable_states = [,a]");
  refused(35, "prunable_states = [a,]");
  refused(36, "prunable_states = [a, \"]");
  refused(37, "prunable_states = [\"a\" b]");
  refused(35, "prunable_states = [a [b]]");
  refused(33, "prunable_states = [\"\"]");
  refused(36, "prunable_states = [a, " + std::string(256, 'x') + "]");
  refused(24, "swallow = store_failure");
  refused(25, "swallow = [deviation]");
  refused(14, "log.deviation = error");
  refused(34, "log.store_failure = loud");
  refused(21, "nope = #nope;");
  refusal({5, 4}, and_line("%% lockstep: prunable_states = [#35;, \"\"]"));
  refusal({2, 30}, "stateDiagram-v2\n%% lockstep: specification = \"x\n");
}

TEST_CASE("any text is read or refused", "[mermaid_reader]") {
  CHECK(rc::check([] {
    static_cast<void>(parse_specification_mermaid(*rc::gen::arbitrary<std::string>(), "s"));
  }));
  CHECK(rc::check([] {
    const auto piece = rc::gen::element<std::string>(
        "\n", "\n", " ", "[*]", "-->", ":", "a", "b", ":::", "state", "\"", "as", "note", "right",
        "of", "end", "%%", "%%{", "}%%", "{", "}", "lockstep:", "specification", "prunable_states",
        "=", "[", "]", ",", "#35;", "#", ";", "---", "title:", "accDescr", "<<fork>>", "\\",
        "\xFF");
    auto text = *rc::gen::element<std::string>("", "stateDiagram-v2\n", "---\n");
    for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece))
      text += part;
    if (const auto spec = parse_specification_mermaid(text, "s"))
      RC_ASSERT(parse_specification_mermaid(to_mermaid(*spec), "s") == *spec);
  }));
}

TEST_CASE("long and deep texts take time in proportion", "[mermaid_reader]") {
  const auto many = [](std::string_view text) {
    std::string out;
    for (int i = 0; i < 200'000; ++i)
      out += text;
    return out;
  };
  const auto begin = std::chrono::steady_clock::now();
  for (const auto* part :
       {"x",         "#",     ";",           "#a",     "\"",           "[",
        "{",         "}",     "-",           "--",     "%%",           "%%{",
        "\\",        ":",     ":::",         " ",      "a\n",          "note right of a\n",
        "state a {", "%%{\n", "a --> [*]\n", "end \n", "c --> b : x\n"}) {
    static_cast<void>(parse_specification_mermaid(and_line(many(part)), "s"));
    static_cast<void>(parse_specification_mermaid(and_line("a --> b : " + many(part)), "s"));
    static_cast<void>(parse_specification_mermaid(and_line("state \"" + many(part)), "s"));
    static_cast<void>(parse_specification_mermaid(
        and_line("%% lockstep: prunable_states = [" + many(part) + "]"), "s"));
    static_cast<void>(parse_specification_mermaid("---\ntitle: " + many(part), "s"));
  }
  std::string states;
  for (int i = 0; i < 20'000; ++i)
    states += "c" + std::to_string(i) + " --> d" + std::to_string(i) + " : x\n";
  const auto declared = read_specification_mermaid(and_line(states), "s");
  REQUIRE(declared);
  CHECK(declared->findings.size() == 40'000);
  CHECK(std::chrono::steady_clock::now() - begin < 60s); // quadratic would be hours
}
