/// Replays recorded calls of the reference on Lockstep and compares every answer.

#include "actors/types.hpp"
#include "test/conformance/replay.hpp"
#include "test/conformance/trace.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace {

using namespace lockstep::recordings;

constexpr int all_passed = 0;
constexpr int some_failed = 1;
constexpr int unusable_input = 2;

constexpr const char* footer =
    R"(Each recording is replayed on one shard and on as many as it was recorded with; either
counts as passed if it passes on every chosen store. The last line is 'N passed, M failed'.
Exit status: 0 if all passed, 1 if some failed, 2 for input that cannot be used.

Examples:
  lockstep-conformance test/data/traces
  lockstep-conformance --store memory test/data/traces
  lockstep-conformance recordings/001.jsonl)";

std::string name_of(mode how, const trace& recording) {
  if (how == mode::one_shard)
    return "one shard";
  return "distributed over " + std::to_string(recording.distribution_factor);
}

/// @returns whether they are the same on all these stores.
bool passes(caf::actor_system& system, const trace& recording, mode how,
            const std::vector<store_kind>& stores) {
  bool passed = true;
  for (const auto store : stores)
    if (const auto difference = replay(system, recording, how, store)) {
      passed = false;
      std::cout << "FAILED " << recording.file.string() << ":" << difference->line << ", "
                << name_of(how, recording) << ", "
                << (store == store_kind::memory ? "memory" : "sqlite") << "\n  call      "
                << difference->call << "\n  expected  " << difference->expected << "\n  actual    "
                << difference->actual << '\n';
    }
  return passed;
}

int run(const std::string& where, const std::vector<store_kind>& stores) {
  const auto traces = read_traces(where);
  if (!traces) {
    std::cerr << "lockstep-conformance: " << traces.error().message << '\n';
    return unusable_input;
  }
  caf::actor_system_config config;
  caf::actor_system system{config};
  int passed = 0;
  int failed = 0;
  for (const auto& recording : *traces)
    for (const auto how : {mode::one_shard, mode::distributed})
      ++(passes(system, recording, how, stores) ? passed : failed);
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? all_passed : some_failed;
}

} // namespace

int main(int argc, char** argv) {
  lockstep::make_types_known();

  std::string where;
  std::string store = "both";
  CLI::App app{"Replays recorded calls of the reference on Lockstep and compares every answer and\n"
               "every reported error.",
               "lockstep-conformance"};
  app.add_option("DIR", where, "A folder of recordings (*.jsonl), or one file")->required();
  app.add_option("--store", store, "memory, sqlite or both")
      ->capture_default_str()
      ->check(CLI::IsMember({"memory", "sqlite", "both"}));
  app.footer(footer);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) { // --help
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    std::cerr << "lockstep-conformance: " << wrong.what() << "; see lockstep-conformance --help\n";
    return unusable_input;
  }
  std::vector<store_kind> stores;
  if (store != "sqlite")
    stores.push_back(store_kind::memory);
  if (store != "memory")
    stores.push_back(store_kind::sqlite);
  try {
    return run(where, stores);
  } catch (const std::exception& thrown) { // no room for temporary files, say
    std::cerr << "lockstep-conformance: " << thrown.what() << '\n';
    return unusable_input;
  }
}
