#include "app/input/input_options.hpp"
#include "test/input/support.hpp"
#include "test/support/messages.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using test::options_of;
using test::settings_of;

namespace {

const std::string one_rule = R"conf(
  rules = [ { pattern = "(?P<identifier>\\d+) (?P<action>\\w+)" } ]
)conf";

std::string problem(const std::string& text) {
  const auto options = parse_input_options(settings_of(text), "x.conf: input");
  INFO(text);
  REQUIRE_FALSE(options);
  CHECK(options.error().code == ec::invalid_configuration);
  return options.error().message;
}

} // namespace

TEST_CASE("options that are not given have their defaults", "[input_options]") {
  const auto options = options_of(one_rule);
  CHECK(options.format == input_format::lines);
  CHECK_FALSE(options.specification);
  CHECK_FALSE(options.source);
  CHECK(options.timestamp_format.text() == "iso8601");
  CHECK(options.identifier_as == identifier_type::binary);
  CHECK(options.on_malformed == malformed_policy::stop);
  CHECK(options.max_record_bytes == 1'048'576);
  CHECK(options.actions.empty());
  CHECK(options.states.empty());
  REQUIRE(options.rules.size() == 1);
  CHECK(options.rules[0] == log_rule{"(?P<identifier>\\d+) (?P<action>\\w+)", "", ""});
}

TEST_CASE("all options of log lines are read", "[input_options]") {
  const auto options = options_of(R"conf(
    format = "lines"
    specification = "Order"
    source = "shop"
    timestamp-format = "%F %T"
    identifier-as = "integer"
    on-malformed = "skip"
    max-record-bytes = 4096
    rules = [
      { pattern = "a (?P<identifier>\\d+)", action = "open", state = "opened" },
      { pattern = "(?P<identifier>\\d+) (?P<action>\\w+) (?P<state>\\w+) (?P<timestamp>\\w+) (?P<operation>\\w+)" }
    ]
    actions { "all. done" = "close", noise = "" }
    states { close = "closed" }
  )conf");
  CHECK(options.specification == "Order");
  CHECK(options.source == "shop");
  CHECK(options.timestamp_format.text() == "%F %T");
  CHECK(options.identifier_as == identifier_type::integer);
  CHECK(options.on_malformed == malformed_policy::skip);
  CHECK(options.max_record_bytes == 4096);
  CHECK(options.rules.size() == 2);
  CHECK(options.rules[0].action == "open");
  CHECK(options.rules[0].state == "opened");
  CHECK(options.actions == name_map{{"all. done", "close"}, {"noise", ""}});
  CHECK(options.states == name_map{{"close", "closed"}});
}

TEST_CASE("all options of CSV and JSON are read", "[input_options]") {
  const auto csv = options_of(R"conf(
    format = "csv"
    separator = "\t"
    identifier-column = "a"
    action-column = "b"
    state-column = "c"
    timestamp-column = "d"
    operation-column = "e"
  )conf");
  CHECK(csv.format == input_format::csv);
  CHECK(csv.separator == '\t');
  CHECK(csv.fields == field_names{"a", "b", "c", "d", "e"});
  const auto json = options_of(R"conf(
    format = "jsonl"
    identifier-pointer = "/a"
    action-pointer = "/b"
  )conf");
  CHECK(json.format == input_format::jsonl);
  CHECK(json.fields == field_names{"/a", "/b", {}, {}, {}});
}

TEST_CASE("an option that cannot be used is refused by name", "[input_options]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"formt = \"csv\"",
       "x.conf: input: unknown option \"formt\"; the nearest known one is \"format\""},
      {"timestampformat = \"x\"", "the nearest known one is \"timestamp-format\""},
      {"format = \"xml\"",
       "x.conf: input: option \"format\": \"xml\" is none of \"lines\", \"csv\", "
       "\"jsonl\""},
      {"format = 3", "option \"format\": 3 does not fit; expected text in double quotes"},
      {"specification = \"\"", "option \"specification\": "},
      {"source = \"\"", "option \"source\": it is empty; give a name, or leave the option out"},
      {"timestamp-format = \"%Q\"",
       "option \"timestamp-format\": the timestamp format \"%Q\" has the "
       "unknown directive \"%Q\""},
      {"identifier-as = \"number\"", "option \"identifier-as\": \"number\" is none of \"binary\", "
                                     "\"integer\", \"atom\", \"term\""},
      {"on-malformed = \"ignore\"",
       "option \"on-malformed\": \"ignore\" is none of \"stop\", \"skip\""},
      {"max-record-bytes = 0", "option \"max-record-bytes\": 0 is not from 1 to 1073741824"},
      {"max-record-bytes = \"1MB\"", "option \"max-record-bytes\": \"1MB\" does not fit; "
                                     "expected a whole number"},
      {"actions = \"pay\"", "option \"actions\": \"pay\" does not fit; expected a section"},
      {"actions { pay = 1 }", "option \"actions.pay\": 1 does not fit"},
      {"actions { pay = \"a\\nb\" }", "option \"actions.pay\": "},
      {"states { pay = \"\" }", "option \"states.pay\": "},
      {"identifier-column = \"a\"",
       "option \"identifier-column\": it is for format \"csv\", not for "
       "\"lines\""},
      {"action-pointer = \"/a\"", "option \"action-pointer\": it is for format \"jsonl\", not for "
                                  "\"lines\""},
  }));
  CHECK_THAT(problem(text + one_rule), ContainsSubstring(expected));
}

TEST_CASE("a rule that cannot be used is refused by number", "[input_options]") {
  const auto [rule, expected] = GENERATE(table<std::string, std::string>({
      {R"conf({ pattern = "(" })conf",
       "x.conf: input: rule 2 (\"(\") is no regular expression: missing )"},
      {R"conf({ pattern = "(?P<action>a)" })conf",
       "rule 2 (\"(?P<action>a)\") has no group (?P<identifier>...); it tells which instance a "
       "line is "
       "about"},
      {R"conf({ pattern = "(?P<identifier>a)" })conf",
       "has no group (?P<action>...) and sets no action; do one of them"},
      {R"conf({ pattern = "(?P<identifier>a)(?P<action>b)", action = "c" })conf",
       "has a group (?P<action>...) and sets an action too; keep one of them"},
      {R"conf({ pattern = "(?P<identifier>a)(?P<state>b)", action = "c", state = "d" })conf",
       "has a group (?P<state>...) and sets a state too; keep one of them"},
      {R"conf({ pattern = "(?P<identifer>a)", action = "c" })conf",
       "has the unknown group \"identifer\""},
      {R"conf({ patern = "a" })conf",
       "x.conf: input: rule 2: unknown option \"patern\"; the nearest known one "
       "is \"pattern\""},
      {R"conf({ action = "a" })conf", "rule 2: option \"pattern\" is missing"},
      {R"conf({ pattern = 5 })conf", "rule 2: option \"pattern\": 5 does not fit"},
      {R"conf({ pattern = "(?P<identifier>a)", action = "" })conf", "rule 2: option \"action\": "},
      {R"conf("a")conf", "option \"rules\": \"a\" does not fit; expected a list of sections"},
  }));
  const auto good = std::string{R"conf({ pattern = "(?P<identifier>a)", action = "b" }, )conf"};
  CHECK_THAT(problem("rules = [ " + good + rule + " ]"), ContainsSubstring(expected));
}

TEST_CASE("what is wrong with a rule or a word is told on one line", "[input_options]") {
  CHECK(test::is_presentable(problem(R"conf(rules = [ { pattern = "a\\\n" } ])conf")));
  CHECK(test::is_presentable(problem(R"conf(rules = [ { pattern = "(\n" } ])conf")));
  CHECK(test::is_presentable(problem("format = \"a\\nb\"")));
  CHECK(test::is_presentable(problem("format = \"" + std::string(2'000, 'a') + '"')));
}

TEST_CASE("log lines need rules", "[input_options]") {
  CHECK_THAT(problem(""), ContainsSubstring("option \"rules\" has no rule"));
  CHECK_THAT(problem("rules = []"), ContainsSubstring("option \"rules\" has no rule"));
  CHECK_THAT(problem("rules { a = 1 }"), ContainsSubstring("option \"rules\": the type"));
}

TEST_CASE("CSV and JSON need to know where identifier and action are", "[input_options]") {
  CHECK_THAT(problem("format = \"csv\"\naction-column = \"a\""),
             ContainsSubstring("option \"identifier-column\": it is missing"));
  CHECK_THAT(problem("format = \"jsonl\"\nidentifier-pointer = \"/a\""),
             ContainsSubstring("option \"action-pointer\": it is missing"));
  CHECK_THAT(problem("format = \"jsonl\"\nidentifier-pointer = \"a\"\naction-pointer = \"/a\""),
             ContainsSubstring("option \"identifier-pointer\": \"a\" is no JSON pointer: it must "
                               "start with '/'"));
  CHECK_THAT(problem("format = \"csv\"\nseparator = \"||\"\nidentifier-column = \"a\"\n"
                     "action-column = \"b\""),
             ContainsSubstring("option \"separator\": \"||\" cannot be used"));
}
