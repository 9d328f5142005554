#include "bench/load/options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

namespace lockstep::bench {

namespace {

const std::map<std::string, store_kind> stores{{"durable", store_kind::durable},
                                               {"memory", store_kind::memory}};
const std::map<std::string, mode> modes{
    {"request", mode::request}, {"pipelined", mode::pipelined}, {"batched", mode::batched}};

constexpr auto examples = R"(Parts (--only):
  local     a node in this process: threads with the handle, and actors that ask the shards
  network   a node in another process of this machine, over its port
  shards    the node in this process with one shard, to compare with --shards
  sqlite    the limit of a durable store: the same rows in the same batches, and nothing else
  caf       the limit of a node in memory: actors that answer a step at once
  history   what a step of an instance with a long history costs
  hash      what placing an instance costs

Examples:
  bench_load                                          everything, in about two minutes
  bench_load --only local,caf --stores memory         the node beside CAF alone
  bench_load --only local,sqlite --modes pipelined --clients 64 --seconds 5
  bench_load --repeat 3 --json load.json              figures to keep)";

} // namespace

const char* name_of(store_kind kind) noexcept {
  return kind == store_kind::durable ? "durable" : "memory";
}

const char* name_of(mode how) noexcept {
  switch (how) {
  case mode::request:
    return "request";
  case mode::pipelined:
    return "pipelined";
  case mode::batched:
    return "batched";
  }
  return "";
}

std::optional<load_options> read_options(int argc, char** argv, int& status) {
  load_options options;
  CLI::App app{"Measures what a node does under load, and the limits of what it is built on"};
  app.name("bench_load");
  app.footer(examples);
  app.option_defaults()->delimiter(',');
  std::vector<std::string> only;
  app.add_option("--only", only, "Parts that run (see below)")
      ->check(CLI::IsMember({"local", "network", "shards", "sqlite", "caf", "history", "hash"}));
  app.add_option("--stores", options.stores, "durable, memory")
      ->transform(CLI::CheckedTransformer(stores).description(""));
  app.add_option("--modes", options.modes, "request, pipelined, batched")
      ->transform(CLI::CheckedTransformer(modes).description(""));
  app.add_option("--clients", options.clients, "Numbers of clients: 1,8,64")
      ->check(CLI::Range(1, 4'096));
  app.option_defaults()->delimiter('\0');
  app.add_option("--seconds", options.seconds, "How long each row is measured")
      ->check(CLI::Range(0.01, 3'600.0))
      ->capture_default_str();
  app.add_option("--warm-up", options.warm_up, "Seconds before that")
      ->check(CLI::Range(0.0, 3'600.0))
      ->capture_default_str();
  app.add_option("--repeat", options.repeat, "Times; the median rate counts")
      ->check(CLI::Range(1, 101))
      ->capture_default_str();
  app.add_option("--shards", options.shards, "Shards of the node")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str();
  app.add_option("--instances", options.instances, "Instances that make steps")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--width", options.width, "Requests on their way, of each pipelined client")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--list", options.list, "Steps in a list of batched clients")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds,
                 "Seconds each request of a pipelined client may take; 0: no limit")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  app.add_option("--folder", options.folder,
                 "Where the stores are kept meanwhile (default: a folder on a disk)")
      ->check(CLI::ExistingDirectory);
  app.add_option("--json", options.json, "Also writes the figures to this file, - for the output");
  app.add_flag("--serve", options.serve)->group("");
  app.add_option("--served", options.served)->transform(CLI::CheckedTransformer(stores))->group("");
  try {
    app.parse(argc, argv);
    for (auto clients : options.clients)
      if (clients > options.instances)
        throw CLI::ValidationError{"--clients", std::to_string(clients)
                                                    + " clients need as many instances; give more "
                                                      "with --instances"};
    const auto chosen = [&](const char* part) {
      return std::ranges::find(only, part) != only.end();
    };
    if (chosen("sqlite") && !chosen("local"))
      throw CLI::ValidationError{"--only", "sqlite takes the batches of local; choose that, too"};
    if (chosen("shards") && options.shards == 1)
      throw CLI::ValidationError{"--only", "shards compares one shard with --shards, which is 1"};
    if (options.shards > options.instances)
      throw CLI::ValidationError{"--shards", "there are fewer instances than shards; give more "
                                             "with --instances"};
  } catch (const CLI::ParseError& wrong) {
    status = app.exit(wrong) == 0 ? 0 : 2;
    return std::nullopt;
  }
  options.only = {only.begin(), only.end()};
  return options;
}

} // namespace lockstep::bench
