#include "bench/big_data/options.hpp"

#include <CLI/CLI.hpp>

namespace lockstep::bench {

std::optional<big_data_options> read_big_data_options(int argc, char** argv, int& status) {
  big_data_options options;
  CLI::App app{"Fills a store with many instances of three steps each, and measures a node on it"};
  app.name("bench_big_data");
  app.footer(R"(Examples:
  bench_big_data                               a million instances
  bench_big_data --instances 10000000          needs about 5 GB of disk
  bench_big_data --touched 100000 --json -     fewer steps after the start)");
  app.add_option("--instances", options.instances, "Instances in the store")
      ->check(CLI::Range(10'000, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--shards", options.shards, "Shards of the node")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str();
  app.add_option("--residents", options.residents, "Instances that a shard keeps in memory")
      ->check(CLI::Range(1'000, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--touched", options.touched,
                 "Instances that make a step after the start, in random order; 0: all")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--folder", options.folder,
                 "Where the store is kept meanwhile (default: a folder on a disk)")
      ->check(CLI::ExistingDirectory);
  app.add_option("--json", options.json, "Also writes the figures to this file, - for the output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    status = app.exit(wrong) == 0 ? 0 : 2;
    return std::nullopt;
  }
  if (options.touched == 0 || options.touched > options.instances)
    options.touched = options.instances;
  return options;
}

} // namespace lockstep::bench
