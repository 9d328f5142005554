/// What a node does under load, and what it could do at best: see `bench_load --help`.
///
///     bench_load [--only local,network,shards,sqlite,caf,history,hash] [--seconds 1] …
///
/// The limits are measured in the same run, so that a busy machine spoils both sides of a ratio.

#include "actors/types.hpp"
#include "bench/load/bare_caf.hpp"
#include "bench/load/bare_sqlite.hpp"
#include "bench/load/bench_node.hpp"
#include "bench/load/results.hpp"
#include "bench/support/disk_folder.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>

#include <stdlib.h> // NOLINT: getloadavg is of BSD

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <thread>

using namespace lockstep;
using namespace lockstep::bench;

namespace {

class session {
public:
  explicit session(const load_options& options)
      : options_(options), system_(config_.load<caf::io::middleman>()), work_(options.instances) {}

  findings run() {
    if (options_.runs("hash"))
      found_.hash_ns = measure_hash();
    for (const auto store : options_.stores) {
      if (options_.runs("local"))
        run_local(store, options_.shards);
      if (options_.runs("shards") && options_.shards != 1)
        run_local(store, 1);
      if (options_.runs("network"))
        run_network(store);
    }
    if (options_.runs("sqlite"))
      run_bare_sqlite();
    if (options_.runs("caf"))
      run_bare_caf();
    if (options_.runs("history")) {
      tell("history");
      found_.history = measure_history(options_.folder);
    }
    return std::move(found_);
  }

private:
  void run_local(store_kind store, std::uint32_t shards) {
    const disk_folder folder{options_.folder};
    const counted_node node{system_, store, shards, folder.path()};
    work_.begin(node.manager());
    run_modes({"local", store, shards}, node.manager(), shard_target{node.manager()},
              [&] { return node.read(); });
  }

  void run_network(store_kind store) {
    const disk_folder folder{options_.folder};
    const counted_process node{system_, options_, store, folder.path()};
    work_.begin(node.manager());
    run_modes({"network", store, options_.shards}, node.manager(),
              manager_target{node.manager().actor()}, [&] { return node.read(); });
  }

  template <class Target>
  void run_modes(measured row, const instance_manager& manager, const Target& target,
                 const std::function<counters()>& read) {
    for (const auto how : options_.modes)
      for (const auto clients : options_.clients) {
        row.how = how;
        row.clients = clients;
        row.threads = how != mode::pipelined;
        keep(row, [&] {
          switch (how) {
          case mode::request:
            return measure(options_, requesting_threads(manager, work_, clients), read);
          case mode::batched:
            return measure(options_, batching_threads(manager, work_, clients, options_.list),
                           read);
          case mode::pipelined:
            break;
          }
          return measure(
              options_, asking_actors(system_, work_, clients, asking_with(options_.width), target),
              read);
        });
      }
  }

  /// In the batches of the node's rows, so these come before.
  void run_bare_sqlite() {
    const auto of_node = found_.rows;
    const auto most = std::ranges::max(options_.clients);
    for (const auto& one : of_node) {
      if (one.system != "local" || one.store != store_kind::durable
          || one.shards != options_.shards)
        continue;
      const auto in_turn = one.how == mode::request;
      const auto run = [&](const char* system, step_rows rows, std::uint32_t files) {
        measured row{system, store_kind::durable, files, one.clients, one.how};
        keep(row, [&] {
          return measure_bare_sqlite(options_, {rows, files, in_turn, options_.instances,
                                                one.found.batch(), options_.folder});
        });
      };
      if (in_turn) {
        if (one.clients == 1)
          for (const auto files : std::set{options_.shards, std::uint32_t{1}})
            run(bare_steps, step_rows::step_alone, files);
        continue;
      }
      run(bare_sqlite, step_rows::step_and_instance, options_.shards);
      if (one.clients != most)
        continue;
      if (options_.shards != 1)
        run(bare_sqlite, step_rows::step_and_instance, 1);
      run(bare_steps, step_rows::step_alone, options_.shards);
    }
  }

  void run_bare_caf() {
    const ping_servers servers{system_, options_.shards};
    for (const auto how : options_.modes)
      for (const auto clients : options_.clients) {
        measured row{"caf", std::nullopt, options_.shards, clients, how};
        if (how == mode::batched)
          continue;
        if (how == mode::request) {
          row.threads = true;
          keep(row,
               [&] { return measure(options_, servers.threads(work_, clients), own_counters); });
          row.threads = false;
        }
        const auto width = how == mode::pipelined ? options_.width : 1;
        keep(row, [&] {
          return measure(options_, servers.actors(work_, clients, asking_with(width)),
                         own_counters);
        });
      }
  }

  [[nodiscard]] asking asking_with(std::size_t width) const {
    return {width, std::chrono::seconds{options_.timeout_seconds}};
  }

  template <class F>
  void keep(measured row, F run) {
    tell(row.system + (row.store ? std::string{", "} + name_of(*row.store) : std::string{}) + ", "
         + plural(row.shards, row.store && is_loop(row) ? "file" : "shard") + ", "
         + plural(row.clients, "client") + ", " + name_of(row.how));
    row.found = run();
    found_.rows.push_back(std::move(row));
  }

  static void tell(const std::string& what) { std::cerr << "… " << what << '\n'; }

  const load_options& options_;
  caf::actor_system_config config_;
  caf::actor_system system_;
  workload work_;
  findings found_;
};

/// How many threads wanted to run during the last minute.
double load_average() {
  double average = 0;
  return ::getloadavg(&average, 1) == 1 ? average : 0;
}

nlohmann::ordered_json json_of(const load_options& options, double load_before,
                               const figures& table, const scorecard& card) {
  nlohmann::ordered_json all;
  all["processors"] = std::thread::hardware_concurrency();
  all["load_before"] = load_before;
  all["options"] = {
      {"seconds", options.seconds},        {"repeat", options.repeat}, {"shards", options.shards},
      {"instances", options.instances},    {"width", options.width},   {"list", options.list},
      {"timeout", options.timeout_seconds}};
  all[table.key()] = table.to_json();
  all[card.table().key()] = card.table().to_json();
  return all;
}

int run(const load_options& options) {
  const auto busy = load_average();
  if (busy > 0.5)
    std::cerr << "bench_load: the machine is busy (load average " << busy
              << "), so only processor times tell something\n";
  const auto to_output = options.json == "-";
  std::ofstream file;
  if (options.json && !to_output)
    if (file.open(*options.json); !file)
      throw std::runtime_error{options.json->string() + " cannot be written"};
  const auto found = session{options}.run();
  const auto table = table_of(found);
  const auto card = judge(found, options);
  if (table.empty() && card.empty())
    throw std::runtime_error{"these options choose nothing that could be measured; see --help"};
  if (!to_output) {
    if (!table.empty())
      table.print(std::cout);
    if (!card.empty())
      card.table().print(std::cout);
  }
  if (!options.json)
    return 0;
  auto& out = to_output ? std::cout : static_cast<std::ostream&>(file);
  out << json_of(options, busy, table, card).dump(2) << '\n' << std::flush;
  if (!out)
    throw std::runtime_error{options.json->string() + " cannot be written"};
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  int status = 0;
  const auto options = read_options(argc, argv, status);
  if (!options)
    return status;
  std::signal(SIGPIPE, SIG_IGN); // a node's process that has ended is an error of its own
  if (!options->serve)
    disk_folder::remove_on_signals();
  make_types_known();
  try {
    return options->serve ? serve(*options) : run(*options);
  } catch (const std::exception& wrong) {
    std::cerr << "bench_load: " << wrong.what() << '\n';
    return 1;
  }
}
