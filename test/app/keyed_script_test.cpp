#include "actors/caf_compat.hpp"
#include "actors/node.hpp"
#include "actors/types.hpp"
#include "app/input/term_option.hpp"
#include "app/keyed_section.hpp"
#include "app/script/runner.hpp"
#include "app/script/script.hpp"
#include "test/support/messages.hpp"
#include "test/support/results.hpp"
#include "test/support/settings.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using test::error_code_of;
using test::error_of;
using test::must;
using test::settings_from;

namespace {

result<std::vector<script_step>> parse(const std::string& calls) {
  return parse_script(settings_from("script = [ " + calls + " ]"), "node.conf");
}

template <class T>
T only_call(const std::string& call) {
  auto steps = must(parse(call));
  REQUIRE(steps.size() == 1);
  REQUIRE(std::holds_alternative<T>(steps.front().call));
  return std::get<T>(steps.front().call);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const term bank{"bank"};

/// Nodes with keyed shards, in memory.
class keyed_nodes {
public:
  std::unique_ptr<node> start(std::vector<keyed_group> groups) {
    return must(try_start(std::move(groups)));
  }

  result<std::unique_ptr<node>> try_start(std::vector<keyed_group> groups) {
    node_options options;
    options.store_dir.reset();
    options.distribution_factor = 1;
    options.keyed_shards = std::move(groups);
    return node::start(system_, std::move(options));
  }

  /// What a script prints.
  static std::string run(node& running, const std::string& calls) {
    std::ostringstream out;
    auto outcome = run_script(must(parse(calls)), {running.manager(),
                                                   {},
                                                   [](duration) { return true; },
                                                   [] { return false; },
                                                   out,
                                                   false,
                                                   running.keyed()});
    return out.str() + std::to_string(outcome.expectations) + " "
           + std::to_string(outcome.failures);
  }

  caf::actor_system& system() { return system_; }

private:
  static caf::actor_system_config configure() {
    make_types_known();
    caf::actor_system_config config;
    config.set("caf.scheduler.max-threads", 2);
    return config;
  }

  caf::actor_system_config config_ = configure();
  caf::actor_system system_{config_};
};

} // namespace

// -- reading -------------------------------------------------------------------------------------

TEST_CASE("a key is typed as parts between slashes, or as a term", "[keyed]") {
  CHECK(must(parse_key("a", false)) == binary_list{{"a"}});
  CHECK(must(parse_key("a/b", false)) == binary_list{{"a", "b"}});
  CHECK(must(parse_key("[<<\"a/b\">>,<<>>]", true)) == binary_list{{"a/b", ""}});
  for (const auto* wrong : {"", "/", "a/", "/a", "a//b"})
    CHECK(error_code_of(parse_key(wrong, false)) == ec::invalid_argument);
  CHECK(error_code_of(parse_key("{a}", true)) == ec::invalid_argument);
  CHECK(error_code_of(parse_key("[]", true)) == ec::invalid_argument);
  CHECK(error_code_of(parse_key("{a", true)) == ec::invalid_term);
  CHECK(test::is_presentable(error_of(parse_key("a\n//", false)).message));
}

TEST_CASE("calls about keyed shards are read with their options", "[keyed][script]") {
  auto reserve = only_call<script::reserve>(R"({ reserve = ["a", "b"], height = 3 })");
  CHECK(reserve.key == cell_key{{"a", "b"}});
  CHECK(reserve.height == 3);
  CHECK_FALSE(reserve.node);
  auto write = only_call<script::write>(
      R"({ write = "[<<\"x\">>]", as = "term", value = "{v, 1}", height = 1, node = "bank" })");
  CHECK(write.key == cell_key{{"x"}});
  CHECK(write.value == term::tuple({atom{"v"}, 1}));
  CHECK(write.node == term{atom{"bank"}});
  auto read = only_call<script::read>(R"({ read = "a", height = 1, absent = true })");
  REQUIRE(read.expected);
  CHECK_FALSE(*read.expected);
  read = only_call<script::read>(R"({ read = "a", height = 1, is = 5, timeout = "2s" })");
  CHECK(*read.expected == term{5});
  CHECK(read.timeout == std::chrono::seconds{2});
  CHECK(only_call<script::start_shard>(R"({ start-shard = "a", value = 0 })").value == term{0});
  CHECK(only_call<script::advance_watermark>(R"({ advance-watermark = "a", height = 9 })").height
        == 9);
  CHECK(only_call<script::unreserve>(R"({ unreserve = "a", height = 9 })").height == 9);
  CHECK(only_call<script::shards>(R"({ shards = true, node = 7 })").node == term{7});
  CHECK(only_call<script::reserve>(R"({ reserve = "a", height = 1, operation = "x" })").operation
        == "x");
  CHECK(only_call<script::write>(R"({ write = "a", height = 1, value = 1, operation = "x" })")
            .operation
        == "x");
  CHECK(
      only_call<script::unreserve>(R"({ unreserve = "a", height = 1, operation = "x" })").operation
      == "x");
  CHECK(only_call<script::advance_watermark>(
            R"({ advance-watermark = "a", height = 1, operation = "x" })")
            .operation
        == "x");
  CHECK(only_call<script::start_shard>(R"({ start-shard = "a", operation = "x" })").operation
        == "x");
}

TEST_CASE("mistakes in calls about keyed shards name the option", "[keyed][script]") {
  for (const auto& [call, option] : std::vector<std::pair<std::string, std::string>>{
           {R"({ reserve = "a" })", "height"},
           {R"({ write = "a", height = 1 })", "value"},
           {R"({ write = "a//b", height = 1, value = 1 })", "write"},
           {R"({ read = "a", height = -1 })", "height"},
           {R"({ read = "a", height = 1, is = 1, absent = true })", "is"},
           {R"({ read = "a", height = 1, as = "text" })", "as"},
           {R"({ read = ["a", 1], height = 1 })", "read"},
           {R"({ read = "", height = 1 })", "read"},
           {R"({ read = [], height = 1 })", "read"},
           {R"({ read = ["a", ""], height = 1 })", "read"},
           {R"({ read = "[]", as = "term", height = 1 })", "read"},
           {R"({ start-shard = "a", values = 1 })", "values"}}) {
    auto wrong = error_of(parse(call));
    CHECK(wrong.code == ec::invalid_configuration);
    CHECK(has(wrong.message, "\"" + option + "\""));
    CHECK(has(wrong.message, "script step 1"));
  }
}

TEST_CASE("keyed shards are read from a section", "[keyed][configuration]") {
  auto groups = must(parse_keyed_groups(settings_from(R"(
    keyed-shards = [
      { node = "bank", schema = [ { key = ["a", "b"], value = "0" }, { key = "c" },
                                  { key = "[<<2>>]", as = "term", value = "{}" } ] },
      { node = "{x, 1}", as = "term", strategy = "ring", keep-heights = 5,
        schema = [ { key = "[<<1>>]" }, { key = ["b"] }, { key = "c", as = "binary" } ] }
    ])"),
                                        "node.conf: lockstep"));
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].node_id == bank);
  CHECK(groups[0].strategy == routing_strategy::one_per_key);
  CHECK(groups[0].cells.keep_heights == 1'000);
  REQUIRE(groups[0].schema.size() == 3);
  CHECK(groups[0].schema[0].key == shard_key{{"a", "b"}});
  CHECK(groups[0].schema[0].initial_value == term{"0"});
  CHECK_FALSE(groups[0].schema[1].initial_value);
  CHECK(groups[0].schema[2].initial_value == term::tuple({}));
  CHECK(groups[1].node_id == term::tuple({atom{"x"}, 1}));
  CHECK(groups[1].strategy == routing_strategy::ring);
  CHECK(groups[1].cells.keep_heights == 5);
  // What the section says about texts counts for its entries, unless they say it themselves.
  REQUIRE(groups[1].schema.size() == 3);
  CHECK(groups[1].schema[0].key == shard_key{{"\x01"}});
  CHECK(groups[1].schema[1].key == shard_key{{"b"}});
  CHECK(groups[1].schema[2].key == shard_key{{"c"}});
  CHECK(must(parse_keyed_groups({}, "node.conf")).empty());
}

TEST_CASE("mistakes in the section of keyed shards name place and option",
          "[keyed][configuration]") {
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {R"({ strategy = "ring" })", "keyed-shards 1: option \"node\""},
           {R"({ node = "a", strategy = "any" })", "\"strategy\""},
           {R"({ node = "a", keep-heights = -1 })", "\"keep-heights\""},
           {R"({ node = "a", shards = 3 })", "\"shards\""},
           {R"({ node = "a", schema = [ { key = "a" }, { value = 1 } ] })",
            "keyed-shards 1: shard 2: option \"key\""},
           {R"({ node = "n", schema = [ { key = "a", value = 1 }, { key = ["a"], value = 2 } ] })",
            "keyed-shards 1: shard 2: option \"key\""},
           {R"({ node = "n", strategy = "modulo" })", "keyed-shards 1: option \"schema\""},
           {R"({ node = "n", strategy = "ring", schema = [ { key = "a", value = 1 } ] })",
            "keyed-shards 1: shard 1: option \"value\""},
           {R"({ node = "a", schema = [ { key = [] } ] })",
            "shard 1: option \"key\": [] is no key"},
           {R"({ node = "a", schema = [ { key = "[]", as = "term" } ] })", "[] is no key"},
           {R"({ node = "a", as = "term", schema = [ { key = "{" } ] })",
            "shard 1: option \"key\""},
           {R"({ node = "a", schema = [ { key = "a", valeu = 1 } ] })", "\"valeu\""}}) {
    auto wrong =
        error_of(parse_keyed_groups(settings_from("keyed-shards = [ " + text + " ]"), "node.conf"));
    CHECK(wrong.code == ec::invalid_configuration);
    CHECK(has(wrong.message, part));
  }
}

// -- running -------------------------------------------------------------------------------------

TEST_CASE("a script uses the keyed shards of its node", "[keyed][runner]") {
  keyed_nodes world;
  auto running = world.start({{bank, routing_strategy::one_per_key, {{{{"a"}}, term{1}}}, {}}});
  auto told = keyed_nodes::run(*running, R"(
    { read = "a", height = 1, is = 1 },
    { read = "a", height = 1, is = 2, fails = "expectation_failed" },
    { read = "a", height = 1, absent = true },
    { reserve = "a", height = 1 },
    { write = "a", height = 1, value = "v" },
    { read = "a", height = 2, timeout = "1ms", fails = "read_blocked" },
    { advance-watermark = "a", height = 1 },
    { read = "a", height = 2 },
    { start-shard = "b", value = 0 },
    { unreserve = "b", height = 1, fails = "not_reserved" },
    { read = "a", node = "other", height = 1, fails = "invalid_argument" })");
  for (const auto* line :
       {"[1] read [<<\"a\">>] below 1: holds: 1\n",
        "[2] read [<<\"a\">>] below 1: expectation_failed: [<<\"a\">>] is 1 below 1, not 2\n",
        "[3] read [<<\"a\">>] below 1: FAILED, expectation_failed: [<<\"a\">>] is 1 below 1, not "
        "absent\n",
        "[4] reserve [<<\"a\">>] at 1: ok\n", "[5] write [<<\"a\">>] at 1: ok\n",
        "[6] read [<<\"a\">>] below 2: read_blocked: ",
        "[7] advance the watermark of [<<\"a\">>] to 1: ok, it is 1\n",
        "[8] read [<<\"a\">>] below 2: <<\"v\">>\n",
        "[9] start shard [<<\"b\">>]: ok, {<<\"bank\">>,{shard,[<<\"b\">>]}}\n",
        "[11] read [<<\"a\">>] below 1: invalid_argument: "})
    CHECK_THAT(told, Catch::Matchers::ContainsSubstring(line));
  // Six expectations, of which one does not hold.
  CHECK(told.ends_with("6 1"));
  CHECK_THAT(keyed_nodes::run(*running, "{ shards = true }"),
             Catch::Matchers::ContainsSubstring("2 shards of <<\"bank\">>, one_per_key")
                 && Catch::Matchers::ContainsSubstring("running"));
}

TEST_CASE("a script may repeat calls about keyed shards under their operation ids",
          "[keyed][runner]") {
  keyed_nodes world;
  auto running = world.start({{bank, routing_strategy::one_per_key, {{{{"a"}}, term{1}}}, {}}});
  const auto told = keyed_nodes::run(*running, R"(
    { reserve = "a", height = 1, operation = "1" },
    { reserve = "a", height = 1, operation = "1" },
    { write = "a", height = 1, value = 2, operation = "2" },
    { write = "a", height = 1, value = 3, operation = "2" },
    { reserve = "a", height = 2 },
    { unreserve = "a", height = 2, operation = "3" },
    { unreserve = "a", height = 2, operation = "3" },
    { advance-watermark = "a", height = 1, operation = "4" },
    { advance-watermark = "a", height = 2 },
    { advance-watermark = "a", height = 1, operation = "4" },
    { read = "a", height = 2, is = 2 },
    { start-shard = "b", operation = "5" },
    { start-shard = "b", operation = "5" },
    { start-shard = "b", fails = "already_started" },
    { write = "a", height = 1, value = 2, operation = "1", fails = "invalid_argument" })");
  CHECK_THAT(told, Catch::Matchers::ContainsSubstring("[10] advance the watermark of "
                                                      "[<<\"a\">>] to 1: ok, it is 1\n"));
  CHECK(told.ends_with("3 0"));
}

TEST_CASE("a node starts keyed shards, or says which did not", "[keyed][node]") {
  keyed_nodes world;
  auto twice = world.try_start({{bank, routing_strategy::one_per_key, {}, {}},
                                {bank, routing_strategy::one_per_key, {}, {}}});
  CHECK(error_code_of(std::move(twice)) == ec::invalid_configuration);
  CHECK(error_code_of(world.try_start({{bank, routing_strategy::ring, {}, {}}}))
        == ec::invalid_argument);
  auto running = world.start({{bank, routing_strategy::one_per_key, {{{{"a"}}, term{1}}}, {}},
                              {term{2}, routing_strategy::modulo, {{{{"s"}}, {}}}, {}}});
  REQUIRE(running->keyed().size() == 2);
  CHECK(must(running->manager().keyed_nodes()) == std::vector<term>{bank, term{2}});
  CHECK(must(running->keyed()[0].read({{"a"}}, 1)) == term{1});
  const auto& second = running->keyed()[1];
  must(second.reserve({{"any"}}, 1));
  must(second.write({{"any"}}, term{"v"}, 1));
  CHECK(must(second.advance_watermark({{"s"}}, 1)) == 1);
  CHECK(must(second.read({{"any"}}, 2)) == term{"v"});
}

TEST_CASE("the handle reaches keyed shards by the names of their node", "[keyed][node]") {
  keyed_nodes world;
  auto running = world.start({{bank, routing_strategy::one_per_key, {{{{"a"}}, term{1}}}, {}}});
  CHECK(error_code_of(keyed_shards::connect(world.system(), running->manager(), term{"other"}))
        == ec::not_registered);
  auto found = must(keyed_shards::connect(world.system(), running->manager(), bank));
  CHECK(must(found.start_shard({{"b"}}, term{2})) == keyed_shard_name(bank, {{"b"}}));
  CHECK(error_code_of(found.start_shard({{"b"}})) == ec::already_started);
  CHECK(must(found.start_shard({{"d"}}, term{4}, "start d"))
        == must(found.start_shard({{"d"}}, term{4}, "start d")));
  CHECK(must(found.shard_key_map()).size() == 3);
  CHECK(must(found.read({{"b"}}, 1)) == term{2});
  CHECK(must(running->keyed().front().read({{"b"}}, 1)) == term{2});
  CHECK(error_code_of(running->keyed().front().reserve({{"c"}}, 1)) == ec::shard_not_found);
}

TEST_CASE("a handle waits for shards that are started again", "[keyed][node]") {
  keyed_nodes world;
  auto running = world.start({{bank, routing_strategy::one_per_key, {{{{"a"}}, term{1}}}, {}}});
  const auto& shards = running->keyed().front();
  std::uint64_t height = 0;
  for (const auto& name :
       {keyed_shard_name(bank, {{"a"}}), cell_keeper_name(bank), keyed_shards_name(bank)}) {
    compat::ask_to_exit(must(running->manager().find_actor(name)), caf::exit_reason::kill);
    ++height;
    must(shards.reserve({{"a"}}, height));
    must(shards.write({{"a"}}, term{static_cast<std::int64_t>(height)}, height));
    must(shards.advance_watermark({{"a"}}, height));
    CHECK(must(shards.read({{"a"}}, height + 1)) == term{static_cast<std::int64_t>(height)});
    // The next name may still be missing.
    must(shards.contents({{"a"}}));
  }
}
