#include "model/workflow/spex_text.hpp"

#include "test/support/workflow_generators.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace lockstep;

namespace {

constexpr std::string_view order = "Specification: Elixir.MyApp.OrderSpec\n"
                                   "Learning mode: false\n"
                                   "Transitions:\n"
                                   "new --[pay]-> paid\n"
                                   "nil --[__initialisation__]-> new\n";

const implementation_model order_model{
    "Elixir.MyApp.OrderSpec", false, {{"", "__initialisation__", "new"}, {"new", "pay", "paid"}}};

std::string with_header(std::string_view transitions) {
  return "Specification: S\nLearning mode: true\nTransitions:\n" + std::string(transitions);
}

std::set<transition> read(std::string_view transitions) {
  const auto model = parse_spex_text(with_header(transitions), "s.spex");
  INFO((model ? "" : model.error().message));
  REQUIRE(model);
  return model->transitions;
}

/// Refuses the text at the line, with the source in front; returns the reason.
std::string refusal(std::string_view text, int line) {
  const auto model = parse_spex_text(text, "dir/s.spex");
  REQUIRE_FALSE(model);
  const auto& error = model.error();
  CHECK(error.code == ec::invalid_spex_file);
  CHECK(error.context.at("file") == term("dir/s.spex"));
  CHECK(error.context.at("line") == term(line));
  const auto prefix = "dir/s.spex, line " + std::to_string(line) + ": ";
  INFO(error.message);
  REQUIRE(error.message.starts_with(prefix));
  return error.message.substr(prefix.size());
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a model is written with its lines in ascending order", "[spex_text]") {
  CHECK(to_spex_text(order_model) == order);
  CHECK(to_spex_text({"S", true, {}}) == "Specification: S\nLearning mode: true\nTransitions:\n");
}

TEST_CASE("lines are ordered by bytes, not by transitions", "[spex_text]") {
  // As a transition, "a" comes before "a b"; as lines, a blank comes before "-".
  CHECK(to_spex_text({"S", false, {{"a", "x", "b"}, {"a  b", "x", "b"}}})
        == "Specification: S\nLearning mode: false\nTransitions:\na  b --[x]-> b\na --[x]-> b\n");
}

TEST_CASE("a model is read", "[spex_text]") {
  CHECK(parse_spex_text(order, "order.spex") == order_model);
  CHECK(parse_spex_text(with_header(""), "s.spex") == implementation_model{"S", true, {}});
}

TEST_CASE("line ends may be CRLF, and the last one may be missing", "[spex_text]") {
  std::string crlf;
  for (const char c : order)
    crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(parse_spex_text(crlf, "order.spex") == order_model);
  CHECK(parse_spex_text(order.substr(0, order.size() - 1), "order.spex") == order_model);
  CHECK(parse_spex_text(crlf.substr(0, crlf.size() - 2), "order.spex") == order_model);
  CHECK(parse_spex_text("Specification: S\nLearning mode: true\nTransitions:", "s.spex"));
}

TEST_CASE("blank lines after the transitions are ignored", "[spex_text]") {
  CHECK(parse_spex_text(std::string(order) + "\n \t\n\r\n\n", "order.spex") == order_model);
}

TEST_CASE("blank lines among the transitions are ignored", "[spex_text]") {
  CHECK(read("\na --[x]-> b\n\n \t\r\nb --[x]-> c\n")
        == std::set<transition>{{"a", "x", "b"}, {"b", "x", "c"}});
  refusal(with_header("a --[x]-> b\n\nb\n"), 6);
}

TEST_CASE("blank lines in the header are errors", "[spex_text]") {
  refusal("\nSpecification: S\nLearning mode: true\nTransitions:\n", 1);
  refusal("Specification: S\n\nLearning mode: true\nTransitions:\n", 2);
  refusal("Specification: S\nLearning mode: true\n\nTransitions:\n", 3);
}

TEST_CASE("a repeated line counts once", "[spex_text]") {
  CHECK(read("a --[x]-> b\na --[x]-> b\n") == std::set<transition>{{"a", "x", "b"}});
}

TEST_CASE("names may have blanks and parts of the syntax", "[spex_text]") {
  CHECK(read("in transit --[hand over]-> at home\n")
        == std::set<transition>{{"in transit", "hand over", "at home"}});
  CHECK(read("a-->[b] --[x]y]-> [z]\n") == std::set<transition>{{"a-->[b]", "x]y", "[z]"}});
  CHECK(read(" a  --[ x ]->  b \n") == std::set<transition>{{" a ", " x ", " b "}});
}

TEST_CASE("nil is no state only where an initialisation starts", "[spex_text]") {
  CHECK(read("nil --[__initialisation__]-> nil\nnil --[nil]-> nil\n")
        == std::set<transition>{{"", "__initialisation__", "nil"}, {"nil", "nil", "nil"}});
}

TEST_CASE("header lines must be there, exactly", "[spex_text]") {
  CHECK(refusal("", 1) == "expected \"Specification: NAME\", the file ends here");
  CHECK(refusal("specification: S\n", 1)
        == "expected \"Specification: NAME\", found \"specification: S\"");
  CHECK(contains(refusal("Specification: \nLearning mode: true\nTransitions:\n", 1), "is empty"));
  CHECK(contains(refusal("Specification:S\nLearning mode: true\nTransitions:\n", 1), "expected"));
  refusal("Specification: S\n", 2);
  refusal("Specification: S\nTransitions:\n", 2);
  for (const auto* mode : {"True", "yes", "", "true ", " true"})
    refusal("Specification: S\nLearning mode: " + std::string(mode) + "\nTransitions:\n", 2);
  refusal("Specification: S\nLearning mode: true\n", 3);
  refusal("Specification: S\nLearning mode: true\nTransitions: \n", 3);
  refusal("Specification: S\nLearning mode: true\na --[x]-> b\n", 3);
}

TEST_CASE("a line that is no transition is an error", "[spex_text]") {
  for (const auto* line :
       {"a", "a -> b", "a --[x] -> b", "a--[x]-> b", "a --[x]->b", "a --[x]", "a ]-> b --[ x"}) {
    CAPTURE(line);
    CHECK(contains(refusal(with_header("a --[x]-> b\n" + std::string(line) + "\n"), 5),
                   "expected \"FROM --[ACTION]-> TO\""));
  }
}

TEST_CASE("an empty or unusable name is an error", "[spex_text]") {
  CHECK(contains(refusal(with_header(" --[x]-> b\n"), 4), "state name \"\" is empty"));
  CHECK(contains(refusal(with_header("a --[]-> b\n"), 4), "action name \"\" is empty"));
  CHECK(contains(refusal(with_header("a --[x]-> \n"), 4), "state name \"\" is empty"));
  CHECK(contains(refusal(with_header("a\tb --[x]-> c\n"), 4), "control character"));
  CHECK(contains(refusal(with_header("a\xFF --[x]-> c\n"), 4), "no UTF-8"));
}

TEST_CASE("a line that can be read in two ways is an error", "[spex_text]") {
  for (const auto* line : {"a --[x]-> b --[y]-> c", "a --[b --[x]-> c", "a --[x]-> b]-> c"}) {
    CAPTURE(line);
    CHECK(contains(refusal(with_header(line), 4), "more than one transition"));
  }
}

TEST_CASE("each model is read back as it was written, or not at all", "[spex_text]") {
  int read_back = 0;
  CHECK(rc::check([&] {
    implementation_model model{*test::any_name(), *rc::gen::arbitrary<bool>(), {}};
    for (auto& step : *rc::gen::container<std::vector<transition>>(test::any_transition()))
      model.transitions.insert(std::move(step));
    if (*rc::gen::arbitrary<bool>())
      model.transitions.insert({"", std::string(initialisation_action), *test::any_name()});
    const auto again = parse_spex_text(to_spex_text(model), "model.spex");
    const bool is_plain = std::ranges::none_of(model.transitions, [](const transition& step) {
      const auto all = step.from + "|" + step.action + "|" + step.to;
      return contains(all, " --[") || contains(all, "]-> ");
    });
    if (is_plain)
      ++read_back;
    RC_ASSERT(!is_plain || again.has_value());
    RC_ASSERT(!again || *again == model);
  }));
  CHECK(read_back > 50);
}
