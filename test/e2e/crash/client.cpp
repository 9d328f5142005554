/// Kills a node again and again while it is asked for steps, mocks, deletions and declarations, and
/// starts it again, also with another number of shards; checks after each start that it has what it
/// acknowledged, exactly once and in order, and nothing that it refused: LOCKSTEP CONFIGURATION
/// STORE KILLS SEED. Exit status 1 if something does not hold, or if nothing happens any more.

#include "actors/instance_manager.hpp"
#include "actors/types.hpp"
#include "test/e2e/crash/load.hpp"
#include "test/e2e/crash/process.hpp"
#include "test/e2e/crash/verification.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>

using namespace lockstep;
using namespace lockstep::crash;

namespace {

constexpr std::size_t threads = 4;
constexpr std::uint64_t most_shards = 6;
/// Without an answer, or a line of a program; whatever a sanitizer makes of it.
constexpr std::chrono::seconds patience{120};

/// Waits until a node serves. @returns its port; 0 if it ended before.
std::uint16_t port_of(process& node) {
  std::uint16_t port = 0;
  for (auto line = node.line(); !line.empty(); line = node.line()) {
    if (line.find("listening on ") != std::string::npos)
      port = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
    if (line.starts_with("Serving"))
      return port;
  }
  return 0;
}

struct network_config : caf::actor_system_config {
  network_config() { load<caf::io::middleman>(); }
};

class run {
public:
  run(const std::string& program, const std::string& configuration, const std::string& store,
      std::uint64_t seed)
      : command_({program, "run", configuration, "--store-dir", store}),
        check_({program, "store", "check", "--store-dir", store}),
        random_(seed) {
    for (std::size_t i = 1; i <= threads; ++i)
      journals_.emplace_back(i, seed + i);
  }

  /// Verifies what the rounds before left, then lets the node work until it is killed.
  void round();
  /// Verifies everything once more, and ends the node as it should be.
  void finish();

  [[nodiscard]] std::uint64_t kills() const { return kills_; }
  /// How often the node was started with another number of shards.
  [[nodiscard]] std::uint64_t divisions() const { return divisions_; }
  [[nodiscard]] const counts& sums() const { return sums_; }

private:
  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random_);
  }

  /// Ends the run, and the node with it.
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error{"after " + std::to_string(kills_) + " kills: " + what};
  }

  /// Every other time with so narrow a queue that it refuses requests as overloaded, every third
  /// time with another number of shards.
  std::vector<std::string> node_command() {
    auto command = command_;
    if (++starts_ % 2 == 0)
      command.insert(command.end(), {"--max-pending", std::to_string(2 + below(2))});
    if (starts_ % 3 == 0)
      divide_anew();
    command.insert(command.end(), {"--distribution-factor", std::to_string(shards_)});
    return command;
  }

  /// Shards that change their number forget the ids of calls about many instances.
  void divide_anew() {
    shards_ = 1 + (shards_ + below(most_shards - 1)) % most_shards;
    ++divisions_;
    for (auto& one : journals_)
      std::erase_if(one.clearances,
                    [](const clearance& made) { return made.fate == fate::acknowledged; });
  }

  std::uint16_t await_start(process& node) {
    watchdog_.wait_for("the node to serve");
    const auto port = port_of(node);
    if (port == 0)
      fail("the node does not start");
    return port;
  }

  instance_manager connect(caf::actor_system& system, std::uint16_t port) {
    watchdog_.wait_for("a connection to the node");
    auto manager = instance_manager::connect(system, "127.0.0.1", port);
    if (!manager)
      fail(manager.error().message);
    return *manager;
  }

  int await_end(process& node) {
    watchdog_.wait_for("the node to end");
    return node.wait();
  }

  void check_store() {
    watchdog_.wait_for("lockstep store check");
    process checked{check_};
    std::string told;
    for (auto line = checked.line(); !line.empty(); line = checked.line()) {
      watchdog_.sign_of_life();
      told += line;
    }
    if (checked.wait() != 0)
      fail("lockstep store check:\n" + told);
  }

  /// @param work Is given a conversation.
  template <class F>
  void in_each_thread(const instance_manager& node, const std::string& what, F work) {
    watchdog_.wait_for(what);
    std::vector<std::thread> workers;
    for (auto& one : journals_)
      workers.emplace_back([&] {
        conversation with{node, one, sums_, watchdog_};
        work(with);
      });
    for (auto& one : workers)
      one.join();
    for (const auto& one : journals_)
      if (!one.problems.empty())
        fail(one.problems.front());
  }

  void verify(const instance_manager& node, bool all) {
    in_each_thread(node, "answers to what is verified",
                   [all](conversation& with) { verification{with}.verify(all); });
  }

  std::vector<std::string> command_;
  std::vector<std::string> check_;
  std::mt19937_64 random_;
  counts sums_;
  std::deque<journal> journals_;
  std::uint64_t starts_ = 0;
  std::uint64_t shards_ = 4;
  std::uint64_t divisions_ = 0;
  std::uint64_t kills_ = 0;
  watchdog watchdog_{patience};
};

void run::round() {
  if (below(8) == 0) { // within its start
    process node{node_command()};
    std::this_thread::sleep_for(std::chrono::microseconds{below(40'000)});
    node.kill();
    (void)await_end(node);
    ++kills_;
    return;
  }
  process node{node_command()};
  const auto port = await_start(node);
  network_config config;
  caf::actor_system system{config};
  const auto manager = connect(system, port);
  verify(manager, false);
  check_store();
  // Killed after so many answers, and a moment that falls anywhere into what comes next.
  const auto last = 1 + below(400);
  const auto pause = std::chrono::microseconds{below(2'000)};
  std::atomic<std::uint64_t> answers = 0;
  in_each_thread(manager, "answers under load", [&](conversation& with) {
    load{with}.work([&] {
      if (++answers != last)
        return;
      std::this_thread::sleep_for(pause);
      node.kill();
    });
  });
  if (answers < last) // so nobody killed it, and it need not end
    fail("the node gave up answering after " + std::to_string(answers) + " answers");
  if (await_end(node) != -SIGKILL)
    fail("the node ended by itself");
  ++kills_;
}

void run::finish() {
  process node{node_command()};
  const auto port = await_start(node);
  {
    network_config config;
    caf::actor_system system{config};
    const auto manager = connect(system, port);
    verify(manager, true);
    verify(manager, true); // nothing was settled in vain
    watchdog_.wait_for("a list of the instances");
    conversation with{manager, journals_.front(), sums_, watchdog_};
    if (const auto problem = hold_listing(with, journals_); !problem.empty())
      fail(problem);
  }
  node.kill(SIGTERM);
  if (auto status = await_end(node); status != 0)
    fail("status " + std::to_string(status) + " of the node");
  check_store();
}

/// Were there answers enough of each kind that the run tells something?
bool tells_something(const counts& sums, std::uint64_t kills) {
  const auto seldom = {&sums.overloaded,   &sums.repeated,   &sums.mocks,
                       &sums.declarations, &sums.clearances, &sums.spared};
  return sums.acknowledged >= kills && sums.refused >= kills
         && (kills < 10 || std::ranges::all_of(seldom, [](const auto* one) { return *one > 0; }));
}

std::ostream& operator<<(std::ostream& out, const counts& sums) {
  return out << sums.acknowledged << " acknowledgements (" << sums.mocks << " mocks, "
             << sums.declarations << " declarations, " << sums.clearances
             << " deletions of many) and " << sums.refused << " refusals verified, "
             << sums.overloaded << " refusals of an overloaded node, " << sums.unanswered
             << " requests without an answer, " << sums.repeated << " repetitions, " << sums.spared
             << " of them deletions of what was made anew";
}

} // namespace

int main(int argc, char** argv) {
  make_types_known();
  if (argc != 6) {
    std::cerr << "usage: crash_client LOCKSTEP CONFIGURATION STORE KILLS SEED\n";
    return EXIT_FAILURE;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto kills = std::stoull(argv[4]);
  const auto seed = std::stoull(argv[5]);
  run all{argv[1], argv[2], argv[3], seed};
  try {
    while (all.kills() < kills)
      all.round();
    all.finish();
  } catch (const std::runtime_error& wrong) {
    std::cerr << wrong.what() << '\n';
    return EXIT_FAILURE;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << all.kills() << " kills, " << all.divisions() << " changes of the number of shards, "
            << all.sums() << ", " << took.count() << " seconds, seed " << seed << '\n';
  if (!tells_something(all.sums(), all.kills())) {
    std::cerr << "the node answered too few requests to tell anything\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
