#include "app/input/json_slice.hpp"
#include "model/term/term_text.hpp"
#include "test/input/support.hpp"
#include "test/support/messages.hpp"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using test::options_of;
using test::read_all;
using test::temp_dir;

namespace {

const std::string minimal = R"(format = "jsonl"
  identifier-pointer = "/id"
  action-pointer = "/do"
)";

test::reading read_text(const std::string& content, const std::string& options = minimal) {
  temp_dir dir;
  return read_all(options_of(options), dir.file(content));
}

/// The identifier of the one event in a line, as Erlang text.
std::string identifier_in(const std::string& line, const std::string& options = minimal) {
  const auto read = read_text(line, options);
  if (!read.failures.empty())
    return read.failures[0].message;
  REQUIRE(read.events.size() == 1);
  return to_text(read.events[0].identifier);
}

std::string find(std::string_view text, std::string_view pointer) {
  const auto where = json_pointer::parse(pointer);
  REQUIRE(where);
  REQUIRE_FALSE(check_json(text));
  return std::string{find_json(text, *where).value_or("nothing")};
}

} // namespace

TEST_CASE("a JSON line becomes an event", "[json]") {
  const auto read = read_text("\n"
                              R"({"a/b": {"~": ["x", "o-1"]}, "do": "pay", "now": "paid", )"
                              R"("t": 1494892800.5, "op": 17})"
                              "\r\n",
                              R"(format = "jsonl"
    identifier-pointer = "/a~1b/~0/1"
    action-pointer = "/do"
    state-pointer = "/now"
    timestamp-pointer = "/t"
    timestamp-format = "epoch-s"
    operation-pointer = "/op")");
  REQUIRE(read.failures.empty());
  REQUIRE(read.events.size() == 1);
  const auto& first = read.events[0];
  CHECK(first.operation_id == "17");
  CHECK(first.identifier == term{"o-1"});
  CHECK(first.action == "pay");
  CHECK(first.to_state == "paid");
  REQUIRE(first.at);
  CHECK(to_string(*first.at) == "2017-05-16T00:00:00.500000Z");
  CHECK(first.line == 2);
  CHECK(first.offset == 1);
}

TEST_CASE("identifiers keep their kind and all their digits", "[json]") {
  CHECK(identifier_in(R"({"id": "5", "do": "pay"})") == "<<\"5\">>");
  CHECK(identifier_in(R"({"id": 5, "do": "pay"})") == "5");
  CHECK(identifier_in(R"({"id": 123456789012345678901234567890, "do": "pay"})")
        == "123456789012345678901234567890");
  CHECK(identifier_in(R"({"id": [1, {"atom": "a"}], "do": "pay"})") == "[1,a]");
  CHECK(identifier_in(R"({"id": "{a,5}", "do": "pay"})", minimal + "identifier-as = \"term\"")
        == "{a,5}");
  CHECK(identifier_in(R"({"id": 5, "do": "pay"})", minimal + "identifier-as = \"atom\"") == "5");
}

TEST_CASE("optional members may be missing or null", "[json]") {
  const auto read = read_text(R"({"id": "a", "do": "pay"}
{"id": "a", "do": "ship", "now": null, "t": null, "op": null})",
                              minimal + R"(state-pointer = "/now"
    timestamp-pointer = "/t"
    operation-pointer = "/op"
    source = "s"
    states { ship = "shipped" })");
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[0].to_state == "pay");
  CHECK(read.events[0].operation_id == "s:0");
  CHECK(read.events[1].to_state == "shipped");
  CHECK(read.events[1].operation_id == "s:25");
  CHECK_FALSE(read.events[1].at);
}

TEST_CASE("values without identifier or action are unmatched", "[json]") {
  const auto read = read_text("{\"do\": \"pay\"}\n{\"id\": null, \"do\": \"pay\"}\n"
                              "{\"id\": 1}\n7\n\"id\"\n[]\n{}\n \t\n");
  CHECK(read.failures.empty());
  CHECK(read.events.empty());
  CHECK(read.counters.unmatched == 7);
  CHECK(read.counters.lines == 8);
}

TEST_CASE("malformed JSON is reported with line and column", "[json]") {
  const auto [line, expected] = GENERATE(table<std::string, std::string>({
      {"{\"id\": 1,}", ":2:10: no JSON: syntax error while parsing object key - unexpected '}'; "
                       "expected string literal"},
      {"{\"id\": \"a", ":2:10: no JSON: syntax error"},
      {"nonsense", ":2:2: no JSON: syntax error while parsing value - invalid literal"},
      {"{} {}", ":2:4: no JSON: syntax error"},
      {"{\"id\": \"\xFF\"}", ":2:9: no JSON: syntax error while parsing value - invalid string"},
      {"{\"id\": \"a\", \"do\": 7}", ":2:19: the action is \"7\", but must be a string"},
      {"{\"id\": \"a\", \"do\": \"\"}", ":2: "},
      {"{\"id\": \"\", \"do\": \"pay\"}", ":2: the identifier is empty"},
      {"{\"id\": {\"atom\": 1}, \"do\": \"pay\"}", ":2:8: the identifier: "},
      {"{\"id\": 1, \"do\": \"pay\", \"t\": [1]}",
       ":2:29: the timestamp is \"[1]\", but must be a string or a number"},
      {"{\"id\": 1, \"do\": \"pay\", \"t\": \"noon\"}", ":2: the timestamp \"noon\" does not fit"},
  }));
  const auto read = read_text("{\"id\": 1, \"do\": \"pay\"}\n" + line + "\n",
                              minimal + "timestamp-pointer = \"/t\"");
  CHECK(read.events.size() == 1);
  REQUIRE(read.failures.size() == 1);
  CHECK(read.failures[0].code == ec::invalid_input);
  CHECK_THAT(read.failures[0].message, ContainsSubstring(expected));
}

TEST_CASE("the message about a malformed JSON line does not hold the line", "[json]") {
  const auto text = GENERATE(std::string("\"; expected \xFF"), std::string("\"\xFF\""),
                             std::string("\"'; expected '\x7F\x01"), "1e" + std::string(5'000, '9'),
                             "\"" + std::string(5'000, 'a'));
  INFO(text.substr(0, 30));
  const auto problem = check_json(text);
  REQUIRE(problem);
  CHECK(test::is_presentable(problem->reason));
}

TEST_CASE("a JSON line over the limit is malformed", "[json]") {
  const auto read = read_text(std::string(3'000'000, '[') + "\n{\"id\": 1, \"do\": \"pay\"}\n");
  CHECK(read.events.size() == 1);
  REQUIRE(read.failures.size() == 1);
  CHECK_THAT(read.failures[0].message, ContainsSubstring(":1: the line is longer"));
}

TEST_CASE("deep nesting does not exhaust the stack", "[json]") {
  const auto deep = std::string(400'000, '[') + std::string(400'000, ']');
  const auto read =
      read_text("{\"id\": " + deep
                + ", \"do\": \"pay\"}\n{\"id\": 1, \"do\": \"pay\", \"x\": " + deep + "}\n");
  CHECK(read.events.size() == 1);
  CHECK(read.failures.size() == 1);
}

TEST_CASE("a slice is the value's own text", "[json]") {
  const auto text = R"( {"a" : [ 1.50 , {"b":"]}"} , true ] , "\u0063":-0 , "d":{} , "d": null} )";
  CHECK(find(text, "/a/0") == "1.50");
  CHECK(find(text, "/a/1") == R"({"b":"]}"})");
  CHECK(find(text, "/a/1/b") == R"("]}")");
  CHECK(find(text, "/a/2") == "true");
  CHECK(find(text, "/a/3") == "nothing");
  CHECK(find(text, "/a/00") == "nothing");
  CHECK(find(text, "/a/-") == "nothing");
  CHECK(find(text, "/a/0/0") == "nothing");
  CHECK(find(text, "/c") == "-0");
  CHECK(find(text, "/d") == "null");
  CHECK(find("[1 \r,\r[2\r] ]", "/1/0") == "2");
  CHECK(find(R"({"":{"":"\""}})", "//") == R"("\"")");
  CHECK(find("\"x\"", "") == "\"x\"");
  CHECK(find("[]", "/0") == "nothing");
}

TEST_CASE("slices are what a JSON library finds", "[json]") {
  CHECK(rc::check([](const std::vector<std::string>& keys, const std::string& bytes) {
    auto document = nlohmann::json::array();
    for (const auto& key : keys)
      document.push_back({{key, {bytes, {{bytes, key}}, document.size()}}, {"other", nullptr}});
    const auto text = document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto where = json_pointer::parse("/" + std::to_string(i));
      RC_ASSERT(where.has_value());
      const auto found = find_json(text, *where);
      RC_ASSERT(found.has_value());
      RC_ASSERT(nlohmann::json::parse(*found) == nlohmann::json::parse(text)[i]);
    }
  }));
}

TEST_CASE("a text that is no JSON pointer is refused", "[json]") {
  for (const auto* text : {"id", "/a~", "/a~2"}) {
    const auto parsed = json_pointer::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ec::invalid_configuration);
  }
}
