#include "test/input/support.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using test::options_of;
using test::read_all;
using test::temp_dir;

namespace {

const std::string minimal = R"(format = "csv"
  identifier-column = "order"
  action-column = "what"
)";

/// The messages for a file's malformed records, without the path.
std::vector<std::string> problems_in(const std::string& content,
                                     const std::string& options = minimal) {
  temp_dir dir;
  const auto path = dir.file(content);
  std::vector<std::string> problems;
  for (const auto& failure : read_all(options_of(options), path).failures) {
    CHECK(failure.code == ec::invalid_input);
    CHECK(failure.message.starts_with(path + ":"));
    problems.push_back(failure.message.substr(path.size() + 1));
  }
  return problems;
}

std::string open_problem(const std::string& content, const std::string& options = minimal) {
  temp_dir dir;
  const auto path = dir.file(content);
  const auto reader = open_reader(options_of(options), path);
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code == ec::invalid_input);
  REQUIRE(reader.error().message.starts_with(path + ":"));
  return reader.error().message.substr(path.size() + 1);
}

std::string csv_field(const std::string& text) {
  std::string out = "\"";
  for (const auto c : text)
    out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

} // namespace

TEST_CASE("a CSV row becomes an event", "[csv]") {
  temp_dir dir;
  const auto path = dir.file("when,order,what,now,id\n"
                             "2017-05-16T00:00:01Z,o-1,pay,paid,op-7\n");
  const auto read = read_all(options_of(minimal + R"(state-column = "now"
    timestamp-column = "when"
    operation-column = "id")"),
                             path);
  REQUIRE(read.events.size() == 1);
  const auto& first = read.events.front();
  CHECK(first.operation_id == "op-7");
  CHECK(first.identifier == term{"o-1"});
  CHECK(first.action == "pay");
  CHECK(first.to_state == "paid");
  REQUIRE(first.at);
  CHECK(to_string(*first.at) == "2017-05-16T00:00:01.000000Z");
  CHECK(first.line == 2);
  CHECK(first.offset == 23);
  CHECK(read.counters.lines == 2);
  CHECK(read.counters.events == 1);
}

TEST_CASE("empty timestamps and operations are as good as none", "[csv]") {
  temp_dir dir;
  const auto path = dir.file("order,what,when,id\no-1,pay,,\n");
  const auto read = read_all(options_of(minimal + R"(timestamp-column = "when"
    operation-column = "id"
    source = "orders")"),
                             path);
  REQUIRE(read.events.size() == 1);
  CHECK_FALSE(read.events[0].at);
  CHECK(read.events[0].operation_id == "orders:19");
  CHECK(read.events[0].to_state == "pay");
}

TEST_CASE("quoted fields hold separators, quotes and line breaks", "[csv]") {
  temp_dir dir;
  const auto path = dir.file("order,what\r\n"
                             "\"a,\"\"b\"\"\r\nc\n\nd\",pay\r\n"
                             "\"\",x\n"
                             "e,\"f\"");
  const auto read = read_all(options_of(minimal), path);
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[0].identifier == term{"a,\"b\"\r\nc\n\nd"});
  CHECK(read.events[0].line == 2);
  CHECK(read.events[0].offset == 12);
  CHECK(read.events[1].identifier == term{"e"});
  CHECK(read.events[1].line == 7);
  REQUIRE(read.failures.size() == 1);
  CHECK_THAT(read.failures[0].message, EndsWith(":6: the identifier is empty"));
}

TEST_CASE("a byte order mark, blank lines and other separators are no hindrance", "[csv]") {
  temp_dir dir;
  const auto path = dir.file("\xEF\xBB\xBF"
                             "order;what\n\n1,5;pay\n\r\n");
  const auto read = read_all(options_of(minimal + "separator = \";\""), path);
  REQUIRE(read.events.size() == 1);
  CHECK(read.events[0].identifier == term{"1,5"});
  CHECK(read.events[0].line == 3);
  CHECK(read.events[0].offset == 15);
  CHECK(read.failures.empty());
}

TEST_CASE("a missing column is an error that lists those that are there", "[csv]") {
  CHECK(open_problem("order,\"w,h\"\n")
        == "1: no column \"what\"; the columns are \"order\", \"w,h\"");
  CHECK(open_problem("order,what,what\n")
        == "1: several columns \"what\"; the columns are \"order\", \"what\", \"what\"");
  CHECK(open_problem("order,what\n", minimal + "state-column = \"now\"")
        == "1: no column \"now\"; the columns are \"order\", \"what\"");
}

TEST_CASE("CSV needs a header row", "[csv]") {
  CHECK_THAT(open_problem(""), ContainsSubstring("the file is empty"));
  CHECK_THAT(open_problem("\n\n"), ContainsSubstring("the file is empty"));
  CHECK_THAT(open_problem("or\"der,what\n"), ContainsSubstring("1: the header row: a quote"));
}

TEST_CASE("malformed rows are reported with line and column", "[csv]") {
  const auto [row, expected] = GENERATE(table<std::string, std::string>({
      {"a,b,c", "3:5: the record has 3 fields where the header row has 2"},
      {"abc", "3:1: the record has 1 fields where the header row has 2"},
      {"\"a\nb\",c,d", "4:6: the record has 3 fields where the header row has 2"},
      {"a\"b,c",
       "3:2: a quote within a field that does not start with one; put the field in quotes "
       "and double those within it"},
      {"\"a\"b,c", "3:4: text behind a closing quote; double quotes within a field"},
      {"\"a\n\nb\"c,d", "5:3: text behind a closing quote; double quotes within a field"},
  }));
  CHECK(problems_in("order,what\nx,y\n" + row + "\nz,y\n") == std::vector{expected});
}

TEST_CASE("a quoted field that is never closed is reported where it starts", "[csv]") {
  CHECK(problems_in("order,what\nx,\"y\nz,y\n")
        == std::vector<std::string>{"2:3: the quoted field that starts here is never closed"});
}

TEST_CASE("a record over the limit is malformed and reading goes on behind it", "[csv]") {
  const auto options = minimal + "max-record-bytes = 20";
  const auto expected = std::vector<std::string>{
      "2: the record is longer than 20 bytes; close its quotes or raise max-record-bytes"};
  CHECK(problems_in("order,what\n" + std::string(3'000'000, 'x') + ",y\nz,y\n", options)
        == expected);
  CHECK(problems_in("order,what\n\"1234567890\n1234567890\nz,y\n", options) == expected);
  CHECK(problems_in("order,what\n1234567890,123456789\r\n", options).empty());
}

TEST_CASE("malformed rows can be counted instead", "[csv]") {
  temp_dir dir;
  const auto path = dir.file("order,what\na\nx,y\nb\nc\nd\ne\nf\n");
  const auto read = read_all(options_of(minimal + "on-malformed = \"skip\""), path);
  CHECK(read.failures.empty());
  CHECK(read.events.size() == 1);
  CHECK(read.counters.malformed == 6);
  REQUIRE(read.counters.malformed_examples.size() == input_counters::max_examples);
  CHECK(read.counters.malformed_examples[0].context.at("line") == term{2});
  CHECK(read.counters.malformed_examples[0].context.at("column") == term{1});
}

TEST_CASE("CSV that was written is read again, with exact offsets", "[csv]") {
  const auto options = options_of(minimal);
  CHECK(rc::check([&options] {
    const auto texts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::container<std::string>(
            rc::gen::element('a', ',', '"', '\r', '\n', '\0', '\xC3'))));
    std::string content = "order,what\n";
    std::vector<std::pair<std::string, std::uint64_t>> expected;
    for (const auto& text : texts) {
      expected.emplace_back(text, content.size());
      content += csv_field(text) + ",pay" + *rc::gen::element<std::string>("\n", "\r\n");
    }
    temp_dir dir;
    const auto read = read_all(options, dir.file(content));
    RC_ASSERT(read.failures.empty());
    RC_ASSERT(read.events.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      RC_ASSERT(read.events[i].identifier == term{expected[i].first});
      RC_ASSERT(read.events[i].offset == expected[i].second);
    }
  }));
}

TEST_CASE("no CSV breaks the reader", "[csv]") {
  const auto options = options_of(minimal + "max-record-bytes = 30");
  CHECK(rc::check([&options] {
    const auto noise = *rc::gen::container<std::string>(
        rc::gen::element('a', 'b', ',', '"', '\r', '\n', '\0', '\xFF'));
    temp_dir dir;
    const auto read = read_all(options, dir.file("order,what\n" + noise));
    RC_ASSERT(read.counters.bytes == 11 + noise.size());
    RC_ASSERT(read.counters.events + read.counters.malformed <= read.counters.lines);
  }));
}
