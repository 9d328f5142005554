#include "test/conformance/trace.hpp"

#include "persistence/text_file.hpp"
#include "test/support/temporary_folder.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::recordings;

namespace {

const std::string header =
    R"({"options":{"check_transition_timeouts_on_start":true,"distribution_factor":3,)"
    R"("prune_interval":"infinity"},"specs":[{"initial_state":"new","name":"Order",)"
    R"("prunable_states":["paid"],"prune_timeout":0,"terminal_states":["paid"],)"
    R"("transition_timeout":"infinity","transitions":[["new","pay","paid"]]}],)"
    R"("spex_files":[{"content":"text","name":"Order.spex"}]})"
    "\n";

/// A call with the given operation and arguments that was answered with ok.
std::string call_line(const std::string& op, const std::string& args) {
  return R"({"op":")" + op + R"(","args":)" + args + R"(,"reported":[],"result":{"ok":true}})"
         + "\n";
}

result<trace> read(const std::string& text) {
  const test::temporary_folder folder;
  REQUIRE(write_text_file(folder / "a.jsonl", text));
  return read_trace(folder / "a.jsonl");
}

/// What is wrong, from the file's name on.
std::string refusal(const std::string& text) {
  const auto read_text = read(text);
  REQUIRE_FALSE(read_text);
  CHECK(read_text.error().code == ec::invalid_input);
  const auto& message = read_text.error().message;
  return message.substr(message.find("a.jsonl"));
}

} // namespace

TEST_CASE("a recording's header becomes specifications and options", "[trace]") {
  const auto recording = read(header);
  REQUIRE(recording);
  CHECK(recording->distribution_factor == 3);
  CHECK(recording->check_timeouts_on_start);
  CHECK_FALSE(recording->prune_interval);
  CHECK(recording->model_files == std::vector<model_file>{{"Order.spex", "text"}});
  REQUIRE(recording->specifications.size() == 1);
  const auto& spec = recording->specifications.front();
  CHECK(spec.transitions == std::vector<transition>{{"new", "pay", "paid"}});
  CHECK(spec.options.prune_timeout == time_limit{duration::zero()});
  CHECK_FALSE(spec.options.transition_timeout);
  CHECK(spec.options.prunable_states.states == std::vector<std::string>{"paid"});
  CHECK(spec.terminal_states == std::vector<std::string>{"paid"});
}

TEST_CASE("a recorded call keeps its line, and the distributed answer where there is one",
          "[trace]") {
  const auto recording =
      read(header + call_line("get_instance", R"({"identifier":{"int":5}})")
           + R"({"op":"all_instances","args":{},"reported":[],"result":{"ok":[]},)"
             R"("result_distributed":{"ok":true},"reported_distributed":["A/b"]})");
  REQUIRE(recording);
  REQUIRE(recording->calls.size() == 2);
  CHECK(recording->calls[0].identifier == term{5});
  CHECK(recording->calls[0].distributed == recording->calls[0].one_shard);
  CHECK(recording->calls[1].line == 3);
  CHECK(recording->calls[1].one_shard.result == json{{"ok", json::array()}});
  CHECK(recording->calls[1].distributed.result == json{{"ok", true}});
  CHECK(recording->calls[1].distributed.reported == std::vector<std::string>{"A/b"});
}

TEST_CASE("a line that is no part of a recording is named", "[trace]") {
  CHECK(refusal("").starts_with("a.jsonl:1: "));
  CHECK(refusal("{}\n").starts_with("a.jsonl:1: "));
  CHECK(refusal(header + "{\n").starts_with("a.jsonl:2: "));
  CHECK(refusal(header + "\n").starts_with("a.jsonl:2: "));
  CHECK(refusal(header + call_line("restart", "{}") + call_line("jump", "{}"))
            .starts_with("a.jsonl:3: the line is no part of a recording: no operation"));
  CHECK(refusal(header + call_line("get_instance", "{}")).starts_with("a.jsonl:2: "));
  CHECK(refusal(header + call_line("get_instance", R"({"identifier":{"int":"5"}})"))
            .starts_with("a.jsonl:2: "));
  CHECK(refusal(header + call_line("delete_instances", "{}")).starts_with("a.jsonl:2: "));
}

TEST_CASE("a model file stays in its folder", "[trace]") {
  auto elsewhere = header;
  elsewhere.replace(elsewhere.find("Order.spex"), 10, "../Order.spex");
  CHECK(refusal(elsewhere).starts_with("a.jsonl:1: "));
}

TEST_CASE("identifiers of three kinds are read and written back", "[trace]") {
  for (const auto* text : {R"({"str":"5"})", R"({"int":5})", R"({"int":-1})", R"({"atom":"5"})",
                           R"({"atom":"nil"})", R"({"atom":"true"})", R"({"tuple":["a",1]})"}) {
    INFO(text);
    const auto identifier = identifier_from(json::parse(text));
    REQUIRE(identifier);
    CHECK(identifier_json(*identifier) == json::parse(text));
  }
  CHECK(identifier_from(json{{"str", "5"}}) == term{"5"});
  CHECK(identifier_from(json{{"atom", "nil"}}) == term{atom{"nil"}});
}
