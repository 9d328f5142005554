#include "model/workflow/specification_json.hpp"
#include "test/input/support.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using test::options_of;
using test::read_all;
using test::temp_dir;

namespace {

const std::string orders = R"conf(timestamp-format = "%F %T"
  rules = [
    { pattern = "^(?P<timestamp>[0-9-]+ [0-9:.]+) order (?P<identifier>\\S*): (?P<action>\\w+)(?: -> (?P<state>\\w+))?" },
    { pattern = "closed (?P<identifier>\\S+)(?: by (?P<operation>\\S+))?", action = "close", state = "closed" }
  ]
)conf";

test::reading read_text(const std::string& content, const std::string& options = orders) {
  temp_dir dir;
  return read_all(options_of(options), dir.file(content));
}

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

/// The section `lockstep.input` of the example configuration.
input_options example_options() {
  const auto settings = test::settings_of(content_of(LOCKSTEP_SOURCE_DIR "/config/nova.conf"));
  const auto* section = caf::get_if<caf::settings>(&settings, "lockstep.input");
  REQUIRE(section);
  auto options = parse_input_options(*section, "nova.conf: input");
  if (!options)
    FAIL(options.error().message);
  return *std::move(options);
}

/// Steps that config/specs/nova_vm.json does not have, each as "LINE: FROM ACTION TO".
std::vector<std::string> deviations_in(const std::vector<event>& events) {
  const auto spec = parse_specification_json(
      content_of(LOCKSTEP_SOURCE_DIR "/config/specs/nova_vm.json"), "nova_vm.json");
  if (!spec)
    FAIL(spec.error().message);
  const std::set<transition> known{spec->transitions().begin(), spec->transitions().end()};
  std::map<term, std::string> states;
  std::vector<std::string> deviations;
  for (const auto& each : events) {
    auto& state = states.emplace(each.identifier, spec->initial_state()).first->second;
    if (!known.contains({state, each.action, each.to_state}))
      deviations.push_back(std::to_string(each.line) + ": " + state + " " + each.action + " "
                           + each.to_state);
    state = each.to_state;
  }
  return deviations;
}

} // namespace

TEST_CASE("a byte that is no UTF-8 hides no event, wherever it is", "[log]") {
  const auto read = read_text("caf\xe9: closed o-1 by op-9 \xff\n"
                              "2017-05-16 00:00:04 order o-\xe9: pay -> paid\n");
  CHECK(read.failures.empty());
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[0].identifier == term{"o-1"});
  CHECK(read.events[0].action == "close");
  CHECK(read.events[1].identifier == term{"o-\xe9"});
  CHECK(read.events[1].action == "pay");
}

TEST_CASE("a matching line becomes an event", "[log]") {
  const auto read = read_text("hello\r\n2017-05-16 00:00:04.5 order o-1: pay -> paid\r\n"
                              "info: closed o-1 by op-9\n");
  CHECK(read.failures.empty());
  REQUIRE(read.events.size() == 2);
  const auto& first = read.events[0];
  CHECK(first.identifier == term{"o-1"});
  CHECK(first.action == "pay");
  CHECK(first.to_state == "paid");
  REQUIRE(first.at);
  CHECK(to_string(*first.at) == "2017-05-16T00:00:04.500000Z");
  CHECK(first.line == 2);
  CHECK(first.offset == 7);
  const auto& second = read.events[1];
  CHECK(second.operation_id == "op-9");
  CHECK(second.action == "close");
  CHECK(second.to_state == "closed");
  CHECK_FALSE(second.at);
  CHECK(read.counters.unmatched == 1);
  CHECK(read.counters.events == 2);
  CHECK(read.counters.lines == 3);
}

TEST_CASE("the first matching rule makes the event", "[log]") {
  const auto read = read_text("2017-05-16 00:00:04 order o-1: closed o-2\n");
  REQUIRE(read.events.size() == 1);
  CHECK(read.events[0].identifier == term{"o-1"});
  CHECK(read.events[0].action == "closed");
}

TEST_CASE("operation ids are the path and the offset unless a source is named", "[log]") {
  temp_dir dir;
  const auto path = dir.file("-\nclosed a\n");
  CHECK(read_all(options_of(orders), path).events.at(0).operation_id == path + ":2");
  CHECK(read_all(options_of(orders + "source = \"shop\""), path).events.at(0).operation_id
        == "shop:2");
}

TEST_CASE("actions and states map names, and an action mapped to nothing is ignored", "[log]") {
  const auto read = read_text("2017-05-16 00:00:04 order a: pay\n"
                              "2017-05-16 00:00:04 order a: ship\n"
                              "2017-05-16 00:00:04 order a: ship -> away\n"
                              "2017-05-16 00:00:04 order a: ping\n"
                              "2017-05-16 00:00:04 order a: keep\n",
                              orders + R"(
    actions { pay = "payment", ship = "delivery", ping = "" }
    states { payment = "paid", delivery = "delivered", ship = "wrong" })");
  REQUIRE(read.events.size() == 4);
  CHECK(read.events[0].action == "payment");
  CHECK(read.events[0].to_state == "paid");
  CHECK(read.events[1].action == "delivery");
  CHECK(read.events[1].to_state == "delivered");
  CHECK(read.events[2].to_state == "away");
  CHECK(read.events[3].to_state == "keep");
  CHECK(read.counters.ignored == 1);
  CHECK(read.counters.unmatched == 0);
}

TEST_CASE("a matching line with a field that cannot be used is malformed", "[log]") {
  const auto read = read_text("2017-13-16 00:00:04 order a: pay\n"
                              "2017-05-16 00:00:04 order : pay\n"
                              "2017-05-16 00:00:04 order a: "
                              + std::string(256, 'x') + "\n2017-05-16 00:00:04 order a: pay\n");
  REQUIRE(read.failures.size() == 3);
  CHECK_THAT(read.failures[0].message, ContainsSubstring(":1: the timestamp \"2017-13-16"));
  CHECK_THAT(read.failures[1].message, EndsWith(":2: the identifier is empty"));
  CHECK_THAT(read.failures[2].message, ContainsSubstring(":3: "));
  CHECK(read.failures[0].context.at("line") == term{1});
  CHECK(read.events.size() == 1);
  CHECK(read.counters.malformed == 3);
}

TEST_CASE("identifiers can be binaries, integers, atoms or terms", "[log]") {
  const auto identifier = [](const std::string& text, const std::string& as) {
    const auto read = read_text("closed " + text, orders + "\nidentifier-as = \"" + as + "\"");
    return read.events.empty() ? term{atom{"malformed"}} : read.events[0].identifier;
  };
  const auto malformed = term{atom{"malformed"}};
  CHECK(identifier("007", "binary") == term{"007"});
  CHECK(identifier("007", "integer") == term{7});
  CHECK(identifier("-7", "integer") == term{-7});
  CHECK(identifier("+7", "integer") == malformed);
  CHECK(identifier("-", "integer") == malformed);
  CHECK(identifier("7x", "integer") == malformed);
  CHECK(identifier("99999999999999999999", "integer").as_big_integer() != nullptr);
  CHECK(identifier("It", "atom") == term{atom{"It"}});
  CHECK(identifier(std::string(256, 'a'), "atom") == malformed);
  CHECK(identifier("{a,7}", "term") == term::tuple({term{atom{"a"}}, term{7}}));
  CHECK(identifier("{a,", "term") == malformed);
}

TEST_CASE("a line over the limit is counted and skipped", "[log]") {
  const auto read = read_text("closed a\nclosed " + std::string(3'000'000, 'b') + "\nclosed c");
  CHECK(read.failures.empty());
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[1].line == 3);
  CHECK(read.counters.too_long == 1);
  CHECK(read.counters.bytes == 3'000'025);
}

TEST_CASE("each line of a log counts once, whatever is in it", "[log]") {
  const auto options = options_of(orders + "on-malformed = \"skip\"\nmax-record-bytes = 20");
  CHECK(rc::check([&options] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "closed ", "a", "\n", "\r\n", "\xFF", "2017-05-16 0:0:0 order ", ": pay"));
    std::string content;
    for (const auto& piece : pieces)
      content += piece;
    temp_dir dir;
    const auto counters = read_all(options, dir.file(content)).counters;
    RC_ASSERT(counters.bytes == content.size());
    RC_ASSERT(counters.lines
              == counters.events + counters.unmatched + counters.ignored + counters.malformed
                     + counters.too_long);
  }));
}

TEST_CASE("a reader knows how much there is to read", "[log]") {
  temp_dir dir;
  auto reader = open_reader(options_of(orders), dir.file("closed a\nclosed b\n"));
  REQUIRE(reader);
  CHECK((*reader)->total_bytes() == 18);
  REQUIRE((*reader)->next());
  CHECK((*reader)->counters().bytes == 9);
}

TEST_CASE("options without rules open nothing", "[log]") {
  const auto reader = open_reader(input_options{}, "/dev/null");
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code == ec::invalid_configuration);
}

TEST_CASE("the example log is about three machines", "[log]") {
  const auto read = read_all(example_options(), LOCKSTEP_SOURCE_DIR "/config/nova-sample.log");
  CHECK(read.failures.empty());
  std::set<term> identifiers;
  for (const auto& each : read.events) {
    identifiers.insert(each.identifier);
    CHECK(each.at);
  }
  CHECK(identifiers.size() == 3);
  CHECK(deviations_in(read.events)
        == std::vector<std::string>{"35: paused terminate terminating",
                                    "38: destroyed release_network network_released"});
  CHECK(read.counters.unmatched > 0);
}

TEST_CASE("the example configuration reads a real OpenStack log", "[log]") {
  const std::string path = LOCKSTEP_SHARED_DATA_DIR "/openstack_nova_2k.log";
  if (!std::filesystem::exists(path))
    SKIP(path << " is not there");
  const auto read = read_all(example_options(), path);
  CHECK(read.failures.empty());
  CHECK(read.counters.lines == 2000);
  CHECK(read.counters.bytes == std::filesystem::file_size(path));
  std::set<term> identifiers;
  std::ifstream file{path, std::ios::binary};
  for (const auto& each : read.events) {
    identifiers.insert(each.identifier);
    std::string at_offset;
    file.seekg(static_cast<std::streamoff>(each.offset));
    std::getline(file, at_offset);
    const auto identifier = each.identifier.as_binary();
    REQUIRE(identifier);
    CHECK_THAT(at_offset, ContainsSubstring("[instance: " + std::string{*identifier} + "]"));
  }
  CHECK(identifiers.size() == 22);
  // The log begins in the middle of the first machine's life, which the specification allows for.
  CHECK(deviations_in(read.events).empty());
}
