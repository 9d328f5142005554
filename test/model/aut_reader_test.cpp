#include "model/bisimulation/aut_reader.hpp"

#include "model/bisimulation/aut_writer.hpp"
#include "model/workflow/transition.hpp"
#include "test/support/random_systems.hpp"
#include "test/support/results.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rapidcheck.h>

#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using namespace std::string_literals;

namespace {

result<lts> read(const std::string& text, label_table& labels) {
  std::istringstream in(text);
  return read_aut(in, labels, {.source = "s.aut", .size = text.size()});
}

/// The labels of the transitions.
std::vector<std::string> labels_of(const std::string& text) {
  label_table labels;
  std::vector<std::string> names;
  for (const auto& edge : must(read(text, labels)).edges)
    names.push_back(labels.name(edge.action));
  return names;
}

/// The label of the one transition of a system in which it is written so.
std::string label_written(const std::string& label) {
  return labels_of("des (0,1,1)\n(0," + label + ",0)\n").front();
}

std::string mistake_in(const std::string& text) {
  label_table labels;
  const auto error = error_of(read(text, labels));
  CHECK(error.code == ec::invalid_input);
  CHECK(error.context.at("file") == term("s.aut"));
  return error.message;
}

/// Delivers a byte again and again, a gigabyte in all.
class endless : public std::streambuf {
public:
  explicit endless(char byte) : block_(4096, byte) {}
  std::size_t delivered = 0;

protected:
  int_type underflow() override {
    if (delivered >= (std::size_t{1} << 30U))
      return traits_type::eof();
    delivered += block_.size();
    setg(block_.data(), block_.data(), block_.data() + block_.size());
    return traits_type::to_int_type(block_.front());
  }

private:
  std::string block_;
};

} // namespace

TEST_CASE("a system is read in Aldebaran form", "[aut]") {
  label_table labels;
  const auto system = must(read("des (1, 3, 4)\n(0, a, 1)\n(1, \"b c\", 2)\n(2, i, 0)\n", labels));
  CHECK(system.initial == 1);
  CHECK(system.state_count == 4);
  const auto a = labels.of("a");
  const auto b = labels.of("b c");
  CHECK(system.edges == std::vector<lts::edge>{{0, a, 1}, {1, b, 2}, {2, lts::tau, 0}});
  CHECK(labels.size() == 3);
}

TEST_CASE("blanks, CRLF, empty lines and a missing last line end change nothing", "[aut]") {
  CHECK(labels_of("  des( 0 ,2 ,3 ) \r\n\t( 0 , a b ,  1 )  \r\n\r\n(1,\" c \",2)")
        == std::vector<std::string>{"a b", " c "});
  CHECK(labels_of("des (0,0,1)").empty());
  CHECK(labels_of("des (0,0,1)\n\n \n").empty());
}

TEST_CASE("i and tau are internal with and without quotes, nothing else is", "[aut]") {
  for (const auto* internal : {"i", "tau", "\"i\"", "\"tau\"", " i "})
    CHECK(label_written(internal) == internal_action);
  for (const auto* visible : {"I", "TAU", "\" i\"", "\"\"i\"\"", "ii", "τ", "__initialisation__"})
    CHECK(label_written(visible) != internal_action);
}

TEST_CASE("a label may have commas, parentheses, quotes and backslashes", "[aut]") {
  CHECK(label_written("f(1, 2), 3") == "f(1, 2), 3");
  CHECK(label_written("\"f(1, 2), 3)\"") == "f(1, 2), 3)");
  CHECK(label_written("\"say \"hi\", 3)\"") == "say \"hi\", 3)");
  CHECK(label_written(R"x("say \"hi\"")x") == R"x(say \"hi\")x");
  CHECK(label_written("a\"b") == "a\"b");
  CHECK(label_written("\"\"").empty());
  CHECK(label_written("\"\xFF\"") == "\xFF");
}

TEST_CASE("a visible label never becomes internal because of its name", "[aut]") {
  CHECK(mistake_in("des (0,1,1)\n(0,__internal__,0)\n")
        == "s.aut:2: the label \"__internal__\" is reserved; write i for an internal step, or give "
           "it another name");
}

TEST_CASE("a mistake in a header is told with line and reason", "[aut]") {
  CHECK_THAT(mistake_in(""), StartsWith("s.aut:1: the file is empty; "));
  for (const auto* header :
       {"\n", "nonsense\n", "(0,a,1)\n", "des\n", "des (0,1)\n", "des (0,0,1,1)\n", "des (0,a,1)\n",
        "des (0,0,-1)\n", "des (0,0,1\n", "des (<0,1>,0,1)\n"}) {
    CAPTURE(header);
    CHECK_THAT(mistake_in(header),
               StartsWith("s.aut:1: expected \"des (INITIAL, TRANSITIONS, STATES)\", found "));
  }
  CHECK_THAT(mistake_in(std::string("des\0(0,0,1)", 11)), ContainsSubstring("found \"des\\x00(0"));
  CHECK_THAT(mistake_in("des (0,0,1) (0,a,0)\n"), ContainsSubstring("text after the header's"));
  CHECK_THAT(mistake_in("des (3,0,3)\n"), ContainsSubstring("initial state 3 is out of range"));
  CHECK_THAT(mistake_in("des (0,0,0)\n"), ContainsSubstring("initial state 0 is out of range"));
  CHECK_THAT(mistake_in("des (0,0,4294967295)\n"), ContainsSubstring("a number is too large"));
  CHECK_THAT(mistake_in("des (0,99999999999999999999,1)\n"),
             ContainsSubstring("a number is too large"));
}

TEST_CASE("a mistake in a transition is told with line and reason", "[aut]") {
  const auto reason = [](const std::string& line) {
    const auto message = mistake_in("des (0,2,2)\n(0,a,1)\n" + line + "\n");
    CHECK_THAT(message, StartsWith("s.aut:3: "));
    return message;
  };
  CHECK(reason("0,a,1)")
        == "s.aut:3: there is no opening parenthesis: \"0,a,1)\"; write (FROM, LABEL, TO)");
  CHECK_THAT(reason("(x,a,1)"), ContainsSubstring("the source is no number"));
  CHECK_THAT(reason("(-1,a,1)"), ContainsSubstring("the source is no number"));
  CHECK_THAT(reason("(99999999999999999999,a,1)"), ContainsSubstring("too large"));
  CHECK_THAT(reason("(0 a,1)"), ContainsSubstring("no comma after the source"));
  CHECK_THAT(reason("(0,a)"), ContainsSubstring("no comma after the label"));
  CHECK_THAT(reason("(0,,1)"), ContainsSubstring("there is no label"));
  CHECK_THAT(reason("(0,\"a,1)"), ContainsSubstring("no closing quote"));
  CHECK_THAT(reason("(0,\"a\"b,1)"), ContainsSubstring("no comma after the label"));
  CHECK_THAT(reason(std::string("(0,a\0b,1)", 9)), ContainsSubstring("NUL"));
  CHECK_THAT(reason("(0,a,x)"), ContainsSubstring("the target is no number"));
  CHECK_THAT(reason("(0,a,1"), ContainsSubstring("no closing parenthesis"));
  CHECK_THAT(reason("(0,a,1) x"), ContainsSubstring("text after the closing parenthesis"));
  CHECK_THAT(reason("(0,a,2)"), ContainsSubstring("state 2 is out of range: the header announces "
                                                  "2 states, numbered from 0"));
  CHECK_THAT(reason("(4294967296,a,0)"), ContainsSubstring("4294967296 is out of range"));
}

TEST_CASE("another number of transitions than announced is an error", "[aut]") {
  CHECK(mistake_in("des (0,3,2)\n(0,a,1)\n(1,a,0)\n")
        == "s.aut:3: the file ends after 2 of 3 transitions; it may have been cut off, or correct "
           "the header's second number");
  CHECK_THAT(mistake_in("des (0,1,2)\n(0,a,1)\n(1,a,0)\n"),
             StartsWith("s.aut:3: there are more transitions than the 1 that"));
  CHECK_THAT(mistake_in("des (0,2,2)\n(0,a,1)\n(1,\"pa"),
             StartsWith("s.aut:3: ") && ContainsSubstring("cut off here"));
}

TEST_CASE("a byte order mark is read over, at the start only", "[aut]") {
  label_table labels;
  CHECK(must(read("\xEF\xBB\xBF"
                  "des (0,1,2)\n(0,a,1)\n",
                  labels))
            .state_count
        == 2);
  CHECK_THAT(mistake_in("des (0,1,2)\n\xEF\xBB\xBF(0,a,1)\n"),
             StartsWith("s.aut:2: there is no opening parenthesis"));
}

TEST_CASE("a header's numbers allocate nothing", "[aut]") {
  CHECK_THAT(mistake_in("des (0,4294967295,4294967294)\n(0,a,1)\n"),
             ContainsSubstring("after 1 of 4294967295 transitions"));
  CHECK_THAT(mistake_in("des (0,18446744073709551615,2)\n"), ContainsSubstring("after 0 of"));
  CHECK_THAT(
      mistake_in("des (0,1,4294967294)\n(0,a,4294967293)\n"),
      StartsWith("s.aut:1: the header announces 4294967294 states, but at least 4294967291 of "
                 "them have no transitions, more than the 1000000 that are read; correct"));
  label_table labels;
  CHECK(must(read("des (0,1,1000003)\n(0,a,1000002)\n", labels)).state_count == 1'000'003);
}

TEST_CASE("a line of a gigabyte is refused after 64 KiB of it", "[aut]") {
  const std::string begin = GENERATE("", "des (0,1,1)\n(0,");
  CAPTURE(begin);
  endless rest('x');
  std::stringstream both;
  both << begin << std::string(200'000, 'x');
  label_table labels;
  const auto error = error_of(read_aut(both, labels, {.source = "s.aut"}));
  CHECK_THAT(error.message, ContainsSubstring("the line is longer than 65536 bytes"));
  CHECK_THAT(error.message, StartsWith(begin.empty() ? "s.aut:1: " : "s.aut:2: "));

  std::istream in(&rest);
  CHECK(error_code_of(read_aut(in, labels, {.source = "s.aut"})) == ec::invalid_input);
  CHECK(rest.delivered < 1'000'000);
}

TEST_CASE("lines may end anywhere in a block", "[aut]") {
  for (const std::size_t size : {1U, 32'761U, 65'000U, 65'520U, 65'528U}) {
    CAPTURE(size);
    const std::string label(size, 'x');
    std::string text = "des (0,40,1)\r\n";
    for (int i = 0; i < 40; ++i)
      text += "(0," + label + ",0)\r\n";
    const auto names = labels_of(text);
    CHECK(std::set<std::string>(names.begin(), names.end()) == std::set<std::string>{label});
  }
  CHECK_THAT(mistake_in("des (0,1,1)\n(0," + std::string(65'531, 'x') + ",0)\n"),
             StartsWith("s.aut:2: the line is longer"));
}

TEST_CASE("progress is told while a system is read", "[aut]") {
  constexpr std::size_t count = 200'000;
  std::string text = "des (0," + std::to_string(count) + ",1)\n";
  for (std::size_t i = 0; i < count; ++i)
    text += "(0,a,0)\n";
  std::istringstream in(text);
  label_table labels;
  std::vector<std::uint64_t> told;
  const auto progress = [&](std::uint64_t done, std::uint64_t announced) {
    CHECK(announced == count);
    told.push_back(done);
  };
  CHECK(must(read_aut(in, labels, {.source = "s.aut", .progress = progress})).edges.size()
        == count);
  CHECK(told == std::vector<std::uint64_t>{65'536, 131'072, 196'608});
}

TEST_CASE("actions that Aldebaran form cannot hold are refused", "[aut]") {
  for (const std::string& action : {std::string("i"), std::string("tau"), std::string("a\nb"),
                                    std::string("a\0b", 3), std::string(70'000, 'x')}) {
    label_table labels;
    const lts system{.state_count = 1, .initial = 0, .edges = {{0, labels.of(action), 0}}};
    std::ostringstream out;
    const auto error = error_of(write_aut(out, system, labels));
    CHECK(error.code == ec::invalid_input);
    CHECK(out.str().empty());
  }
  label_table labels; // a label that no transition has does no harm
  static_cast<void>(labels.of("tau"));
  std::ostringstream out;
  must(write_aut(out, lts{}, labels));
  CHECK(out.str() == "des (0, 0, 1)\n");
}

TEST_CASE("every system is read back as it was written", "[aut]") {
  CHECK(rc::check([] {
    const auto character = rc::gen::weightedOneOf<char>(
        {{1, rc::gen::elementOf(std::string("\",()\\ \t\r\xC3\xA4 i"))},
         {1, rc::gen::suchThat(rc::gen::arbitrary<char>(),
                               [](char c) { return c != '\n' && c != '\0'; })}});
    const auto system = *any_system(20, 5);
    label_table labels;
    const std::set<std::string> reserved{"i", "tau", std::string(internal_action)};
    for (auto suffix = ""s; labels.size() <= 5; suffix += 'x') {
      const auto name = *rc::gen::container<std::string>(character);
      if (!reserved.contains(name + suffix))
        static_cast<void>(labels.of(name + suffix));
    }
    std::stringstream text;
    must(write_aut(text, system, labels));
    label_table others;
    const auto back = must(read_aut(text, others, {.source = "s.aut"}));
    RC_ASSERT(back.initial == system.initial);
    RC_ASSERT(back.state_count == system.state_count);
    RC_ASSERT(back.edges.size() == system.edges.size());
    for (std::size_t i = 0; i < back.edges.size(); ++i) {
      const auto& before = system.edges[i];
      const auto& after = back.edges[i];
      RC_ASSERT(after.from == before.from);
      RC_ASSERT(after.to == before.to);
      RC_ASSERT(others.name(after.action) == labels.name(before.action));
      RC_ASSERT((after.action == lts::tau) == (before.action == lts::tau));
    }
  }));
}
