#include "app/configuration.hpp"

#include "app/runtime.hpp"
#include "test/support/messages.hpp"
#include "test/support/settings.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

command_line_options with_file() {
  command_line_options options;
  options.config_file = "conf/node.conf";
  return options;
}

result<configuration> from_file(const std::string& text,
                                command_line_options options = with_file()) {
  return make_configuration(test::settings_from(text), options);
}

/// The message of the mistake in a configuration file.
std::string mistake_in(const std::string& text, command_line_options options = with_file()) {
  auto made = from_file(text, std::move(options));
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ec::invalid_configuration);
  return made.error().message;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("without file and command line the defaults hold", "[configuration]") {
  auto made = make_configuration({}, {});
  REQUIRE(made);
  CHECK(made->distribution_factor == 4);
  CHECK(made->routing == routing_strategy::modulo);
  CHECK(made->store_dir == "./lockstep_store");
  CHECK(made->impl_models_dir == "./spex_impl_models");
  CHECK(made->keep_learned_models);
  CHECK_FALSE(made->port);
  CHECK(made->address == "127.0.0.1");
  CHECK(made->after == after_script::serve);
}

TEST_CASE("the command line goes before the file, the file before the default", "[configuration]") {
  auto options = with_file();
  options.values["distribution-factor"] = {"7"};
  auto made = from_file("lockstep { distribution-factor = 5, keep-learned-models = false, "
                        "routing = \"rendezvous\" }",
                        options);
  REQUIRE(made);
  CHECK(made->routing == routing_strategy::rendezvous);
  CHECK(made->distribution_factor == 7);
  CHECK_FALSE(made->keep_learned_models);
  CHECK(made->check_transition_timeouts_on_start);
}

TEST_CASE("paths in a file start from its folder, those of the command line do not",
          "[configuration]") {
  auto options = with_file();
  options.values["impl-models-dir"] = {"models"};
  auto made = from_file(
      R"(lockstep { store-dir = "store", specifications = ["a.json", "/b.json"] })", options);
  REQUIRE(made);
  CHECK(made->store_dir == "conf/store");
  CHECK(made->impl_models_dir == "models");
  CHECK(made->specifications == std::vector<std::filesystem::path>{"conf/a.json", "/b.json"});
}

TEST_CASE("an unknown option is told with its place and the nearest known one", "[configuration]") {
  auto message = mistake_in("lockstep { distribution-facto = 5 }");
  CHECK(has(message, "conf/node.conf"));
  CHECK(has(message, "\"distribution-facto\""));
  CHECK(has(message, "\"distribution-factor\""));
}

TEST_CASE("values that cannot be used are told with their option", "[configuration]") {
  CHECK(has(mistake_in("lockstep { distribution-factor = 0 }"), "distribution-factor"));
  CHECK(has(mistake_in("lockstep { distribution-factor = -4 }"), "distribution-factor"));
  CHECK(has(mistake_in("lockstep { distribution-factor = \"4\" }"), "distribution-factor"));
  CHECK(has(mistake_in("lockstep { routing = \"ring\" }"), "rendezvous"));
  CHECK(has(mistake_in("lockstep { routing = 4 }"), "routing"));
  CHECK(has(mistake_in("lockstep { port = 65536 }"), "port"));
  CHECK(has(mistake_in("lockstep { port = -1 }"), "port"));
  CHECK(has(mistake_in("lockstep { store-dir = \"\" }"), "store-dir"));
  CHECK(has(mistake_in("lockstep { log-level = \"loud\" }"), "log-level"));
  CHECK(has(mistake_in("lockstep { after-script = \"stop\" }"), "after-script"));
  CHECK(has(mistake_in("lockstep { learn = 1 }"), "learn"));
  CHECK(has(mistake_in("lockstep { specifications = \"a.json\" }"), "specifications"));
}

TEST_CASE("what is wrong is told on one line", "[configuration]") {
  CHECK(test::is_presentable(mistake_in(R"(lockstep { log-level = "a\nb" })")));
  auto with_section = test::settings_from("lockstep {}");
  with_section["a\nb"] = caf::config_value{1};
  const auto made = make_configuration(with_section, with_file());
  REQUIRE_FALSE(made);
  CHECK(test::is_presentable(made.error().message));
}

TEST_CASE("how many requests wait and when they are durable is configured", "[configuration]") {
  auto made = make_configuration({}, {});
  REQUIRE(made);
  CHECK(made->max_pending == 10'000);
  CHECK(made->durability == durability::commit);
  CHECK(made->commit_interval == std::chrono::milliseconds{50});
  CHECK(made->operation_retention == std::chrono::days{7});
  auto options = with_file();
  options.values["max-pending"] = {"7"};
  options.values["durability"] = {"async"};
  options.values["commit-interval"] = {"2s"};
  made = from_file(
      R"(lockstep { max-pending = 5, durability = "commit", commit-interval = "10ms" })", options);
  REQUIRE(made);
  CHECK(made->max_pending == 7);
  CHECK(made->durability == durability::async);
  CHECK(made->commit_interval == std::chrono::seconds{2});
}

TEST_CASE("limits that would refuse everything or lose too much are refused", "[configuration]") {
  CHECK(has(mistake_in("lockstep { max-pending = 0 }"), "max-pending"));
  CHECK(has(mistake_in("lockstep { max-pending = -1 }"), "max-pending"));
  CHECK(has(mistake_in("lockstep { durability = \"sync\" }"), "commit"));
  CHECK(has(mistake_in("lockstep { commit-interval = 50 }"), "commit-interval"));
  CHECK(has(mistake_in("lockstep { operation-retention = \"soon\" }"), "operation-retention"));
  CHECK(has(mistake_in("lockstep { commit-interval = \"0s\" }"), "commit-interval"));
  CHECK(has(mistake_in("lockstep { commit-interval = \"infinity\" }"), "1min"));
  CHECK(has(mistake_in("lockstep { commit-interval = \"2h\" }"), "1min"));
}

TEST_CASE("a value of the wrong kind is quoted", "[configuration]") {
  auto typed = [](const std::string& name, const std::string& value) {
    auto options = with_file();
    options.values[name] = {value};
    return mistake_in("lockstep {}", options);
  };
  CHECK(typed("max-pending", "abc")
        == "command line: option \"max-pending\": \"abc\" does not fit; expected a whole number");
  CHECK(has(typed("max-pending", "1.5"), "\"1.5\" does not fit; expected a whole number"));
  CHECK(has(typed("max-pending", "-"), "\"-\" does not fit"));
  CHECK(has(typed("max-pending", "12345678901234567890123"),
            "the number \"12345678901234567890123\" is too large"));
  CHECK(has(mistake_in("lockstep { learn = 1 }"), "1 does not fit; expected true or false"));
  CHECK(has(mistake_in("lockstep { learn = [1] }"), "the type "));
}

TEST_CASE("what cannot be for ever is not said to be possible for ever", "[configuration]") {
  for (const std::string value : {"foo", "infinity", "0s", "2min"})
    CHECK(mistake_in("lockstep { commit-interval = \"" + value + "\" }")
          == "conf/node.conf: lockstep: option \"commit-interval\": \"" + value
                 + "\" is no duration between 1us and 1min, such as \"50ms\"");
}

TEST_CASE("a mistake on the command line is told as such", "[configuration]") {
  auto options = with_file();
  options.values["distribution-factor"] = {"many"};
  auto message = mistake_in("lockstep {}", options);
  CHECK(has(message, "command line"));
  CHECK(has(message, "distribution-factor"));
}

TEST_CASE("a file without our section, or with another one, is refused", "[configuration]") {
  CHECK(has(mistake_in("caf { scheduler { max-threads = 2 } }"), "lockstep { … }"));
  CHECK(has(mistake_in("lockstep {}\nlokstep {}"), "lokstep"));
}

TEST_CASE("input options of the command line complete those of the file", "[configuration]") {
  auto options = with_file();
  options.values["input.source"] = {"monday"};
  options.values["input.action-pointer"] = {"/what"};
  auto made = from_file(
      R"(lockstep { input { format = "jsonl", identifier-pointer = "/id", source = "sunday" } })",
      options);
  REQUIRE(made);
  REQUIRE(made->input);
  CHECK(made->input->source == "monday");
  CHECK(made->input->fields.action == "/what");
  CHECK(made->input->fields.identifier == "/id");
}

TEST_CASE("how often shards may crash is configured", "[configuration]") {
  auto made = make_configuration({}, {});
  REQUIRE(made);
  const node_options defaults;
  CHECK(made->quarantine_after == defaults.quarantine_after);
  CHECK(made->max_restarts == defaults.max_restarts);
  CHECK(made->max_seconds == defaults.max_seconds);
  auto options = with_file();
  options.values["max-restarts"] = {"9"};
  made =
      from_file("lockstep { quarantine-after = 4, max-restarts = 5, max-seconds = 60 }", options);
  REQUIRE(made);
  CHECK(made->quarantine_after == 4);
  CHECK(made->max_restarts == 9);
  CHECK(made->max_seconds == std::chrono::seconds{60});
  prepared_run run;
  run.configuration = *made;
  const auto given = options_of(run, timekeeping::clock);
  CHECK(given.quarantine_after == 4);
  CHECK(given.max_restarts == 9);
  CHECK(given.max_seconds == std::chrono::seconds{60});
}

TEST_CASE("how often shards may crash has its bounds", "[configuration]") {
  CHECK(from_file("lockstep { max-restarts = 0 }")); // ends at its first crash
  for (const std::string wrong :
       {"quarantine-after = 0", "quarantine-after = \"2\"", "max-restarts = -1", "max-seconds = 0",
        "max-seconds = 86401", "max-seconds = \"5s\""})
    CHECK(has(mistake_in("lockstep { " + wrong + " }"), wrong.substr(0, wrong.find(' '))));
  CHECK(has(mistake_in("lockstep { max-seconds = 0 }"), "0 is not between 1 and 86400"));
}
