/// Kills a node again and again while it is asked for steps, and checks after each start that it
/// has what it acknowledged, exactly once and in order, and nothing that it refused: LOCKSTEP
/// CONFIGURATION STORE KILLS SEED. Exit status 1 if something does not hold.

#include "actors/instance_manager.hpp"
#include "actors/types.hpp"
#include "test/e2e/crash_record.hpp"
#include "test/e2e/node_process.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <mutex>
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
/// A thread works on so many instances at a time.
constexpr std::size_t open_instances = 8;

/// A step number that no other step has, in microseconds since 1970.
std::atomic<std::int64_t> next_step{1};

struct counts {
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<std::uint64_t> unanswered = 0;
  std::atomic<std::uint64_t> repeated = 0;
};

/// The requests of one thread, which are about instances of its own.
class requester {
public:
  requester(std::size_t number, std::uint64_t seed, counts& all)
      : number_(number), random_(seed), counts_(all) {}

  /// Sends requests until one has no answer. @param answered Called after each answer.
  template <class F>
  void work(const instance_manager& node, F answered) {
    while (send_one(node))
      answered();
  }

  /// Holds what the node has against what it said, and repeats what had no answer.
  /// @param all Otherwise, of the instances that nothing was asked about since, only some.
  void verify(const instance_manager& node, bool all) {
    for (auto& one : records_) {
      if (!all && one.settled && below(8) != 0)
        continue;
      auto found = node.get(one.identifier);
      if (!found && found.error().code != ec::instance_identifier_not_found)
        return wrong("get: " + found.error().message);
      if (auto problem = settle(one, found ? std::optional{std::move(*found)} : std::nullopt);
          !problem.empty())
        wrong(problem);
      repeat(one, node);
      one.settled = true;
    }
    for (const auto& nobody : nobodies_)
      if (auto found = node.get(nobody);
          found || found.error().code != ec::instance_identifier_not_found)
        wrong("an instance is there that was never initialised");
  }

  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

private:
  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random_);
  }

  void wrong(const std::string& what) { problems_.push_back(what); }

  /// Takes an answer in. @returns whether there was one.
  bool take(sent_step& sent, const result<receipt>& answer) {
    if (answer) {
      sent.fate = fate::acknowledged;
      sent.answer = *answer;
    } else if (is_lost(answer.error().code)) {
      ++counts_.unanswered;
      return false;
    } else {
      sent.fate = sent.deviates && answer.error().code == ec::deviation_not_equivalent
                      ? fate::acknowledged
                      : fate::refused;
    }
    ++(sent.fate == fate::acknowledged ? counts_.acknowledged : counts_.refused);
    if ((sent.fate == fate::refused) || (answer && sent.deviates))
      wrong("step " + std::to_string(sent.at) + " got a wrong answer"
            + (answer ? std::string{} : ": " + answer.error().message));
    return true;
  }

  static bool is_lost(ec code) { return code == ec::unavailable || code == ec::store_failure; }

  bool send_one(const instance_manager& node) {
    const auto dice = below(100);
    if (records_.size() < open_instances || dice < 2)
      return initialise(node);
    auto& chosen = records_[records_.size() - 1 - below(open_instances)];
    if (chosen.deletion || chosen.steps.empty() || chosen.steps.front().fate == fate::refused)
      return initialise(node);
    chosen.settled = false;
    if (dice < 4)
      return remove(chosen, node);
    if (dice < 8)
      return refused_initialisation(chosen, node);
    if (dice < 12)
      return refused_step(node);
    if (dice < 16)
      return expired_step(chosen, node);
    if (dice < 40)
      return many_steps(chosen, node);
    chosen.steps.push_back(next_of(chosen));
    return take(chosen.steps.back(), node.step(chosen.steps.back().report));
  }

  bool initialise(const instance_manager& node) {
    const auto at = next_step++;
    auto& made = records_.emplace_back();
    made.identifier = "crash-" + std::to_string(number_) + "-" + std::to_string(at);
    auto& sent = made.steps.emplace_back();
    sent.at = at;
    sent.report = {.identifier = made.identifier,
                   .action = std::string(initialisation_action),
                   .to = "off",
                   .at = timestamp{duration{at}}};
    return take(
        sent, node.initialise(
                  {.specification = "Lamp", .identifier = made.identifier, .at = sent.report.at}));
  }

  /// The next step of an instance, every other one with an operation id.
  sent_step next_of(const record& known) {
    std::string state = "off";
    for (const auto& one : known.steps)
      if (one.fate != fate::refused)
        state = one.report.to;
    sent_step sent;
    sent.at = next_step++;
    sent.deviates = below(20) == 0;
    sent.report = {.identifier = known.identifier,
                   .action = sent.deviates    ? "flicker"
                             : state == "off" ? "press"
                                              : "release",
                   .to = sent.deviates    ? state
                         : state == "off" ? "on"
                                          : "off",
                   .at = timestamp{duration{sent.at}}};
    if (below(2) == 0)
      sent.report.operation_id = "operation-" + std::to_string(sent.at);
    return sent;
  }

  bool many_steps(record& chosen, const instance_manager& node) {
    const auto first = chosen.steps.size();
    std::vector<step_report> reports;
    for (auto count = 2 + below(30); count > 0; --count) {
      chosen.steps.push_back(next_of(chosen));
      reports.push_back(chosen.steps.back().report);
    }
    const auto size = reports.size();
    auto answers = node.steps(std::move(reports));
    if (!answers) {
      counts_.unanswered += size;
      if (!is_lost(answers.error().code))
        wrong("many steps got a wrong answer: " + answers.error().message);
      return false;
    }
    bool all = true;
    for (std::size_t i = 0; i < size; ++i) {
      const auto& one = answers->at(i);
      all &= take(chosen.steps[first + i], one.error ? result<receipt>{tl::unexpected(*one.error)}
                                                     : result<receipt>{one.recorded});
    }
    return all;
  }

  bool remove(record& chosen, const instance_manager& node) {
    chosen.deletion = fate::unanswered;
    if (auto removed = node.remove(chosen.identifier); !removed) {
      if (!is_lost(removed.error().code))
        wrong("a deletion got a wrong answer: " + removed.error().message);
      ++counts_.unanswered;
      return false;
    }
    chosen.deletion = fate::acknowledged;
    ++counts_.acknowledged;
    return true;
  }

  bool refused_initialisation(const record& chosen, const instance_manager& node) {
    return expect(ec::instance_identifier_already_in_use,
                  node.initialise({.specification = "Lamp", .identifier = chosen.identifier}));
  }

  bool refused_step(const instance_manager& node) {
    const term nobody{"nobody-" + std::to_string(number_) + "-" + std::to_string(below(10))};
    if (std::ranges::find(nobodies_, nobody) == nobodies_.end())
      nobodies_.push_back(nobody);
    return expect(ec::instance_identifier_not_found,
                  node.step({.identifier = nobody, .action = "press", .to = "on"}));
  }

  /// One that would be right, but for its deadline.
  bool expired_step(const record& chosen, const instance_manager& node) {
    auto report = next_of(chosen).report;
    report.deadline = timestamp{};
    return expect(ec::request_expired, node.step(report));
  }

  bool expect(ec code, const result<receipt>& answer) {
    if (!answer && is_lost(answer.error().code)) {
      ++counts_.unanswered;
      return false;
    }
    ++counts_.refused;
    if (answer || answer.error().code != code)
      wrong("a request that must be refused was not, or for another reason"
            + (answer ? std::string{} : ": " + answer.error().message));
    return true;
  }

  /// Sends the last steps that have operation ids again: those with a first answer must get it once
  /// more, the others are recorded now if they were not before.
  void repeat(record& known, const instance_manager& node) {
    if (known.deletion || known.steps.empty() || known.steps.front().fate != fate::acknowledged)
      return;
    const auto begin = known.steps.size() > 6 ? known.steps.size() - 6 : 1;
    std::uint64_t recorded = 0;
    for (std::size_t i = 0; i < known.steps.size(); ++i) {
      auto& one = known.steps[i];
      const auto is_new = one.fate == fate::refused;
      recorded += is_new ? 0 : 1;
      if (i < begin || one.report.operation_id.empty() || (is_new && !still_fits(known, i)))
        continue;
      auto again = node.step(one.report);
      ++counts_.repeated;
      if (one.deviates) {
        if (again || again.error().code != ec::deviation_not_equivalent)
          wrong("operation " + one.report.operation_id + " got another answer the second time");
      } else if (!again || again->duplicate == is_new
                 || again->step_number != recorded + (is_new ? 1 : 0)
                 || (one.answer && again->outcome != one.answer->outcome)) {
        wrong("operation " + one.report.operation_id + " was not recognised, or was in vain"
              + (again ? std::string{} : ": " + again.error().message));
      }
      if (is_new) {
        one.fate = fate::acknowledged;
        ++recorded;
      }
    }
  }

  /// Is a step that was not recorded the next one of its instance?
  static bool still_fits(const record& known, std::size_t which) {
    std::string state = "off";
    for (std::size_t i = 0; i < known.steps.size(); ++i)
      if (known.steps[i].fate == fate::acknowledged) {
        if (i > which)
          return false;
        state = known.steps[i].report.to;
      }
    const auto& action = known.steps[which].report.action;
    return action == "flicker" ? known.steps[which].report.to == state
                               : action == (state == "off" ? "press" : "release");
  }

  std::size_t number_;
  std::mt19937_64 random_;
  counts& counts_;
  std::deque<record> records_;
  std::vector<term> nobodies_;
  std::vector<std::string> problems_;
};

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

struct run {
  std::vector<std::string> command;
  std::vector<std::string> check;
  std::mt19937_64 random;
  counts sums;
  std::deque<requester> requesters;
  std::uint64_t kills = 0;

  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random);
  }

  /// Ends the run, and the node with it.
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error{"after " + std::to_string(kills) + " kills: " + what};
  }

  void check_store() const {
    process checked{check};
    std::string told;
    for (auto line = checked.line(); !line.empty(); line = checked.line())
      told += line;
    if (checked.wait() != 0)
      fail("lockstep store check:\n" + told);
  }

  template <class F>
  void in_each_thread(F work) {
    std::vector<std::thread> workers;
    for (auto& one : requesters)
      workers.emplace_back([&one, work] { work(one); });
    for (auto& one : workers)
      one.join();
    for (const auto& one : requesters)
      if (!one.problems().empty())
        fail(one.problems().front());
  }

  instance_manager connect(caf::actor_system& system, std::uint16_t port) const {
    auto manager = instance_manager::connect(system, "127.0.0.1", port);
    if (!manager)
      fail(manager.error().message);
    return *manager;
  }

  /// Verifies what the rounds before left, then lets the node work until it is killed.
  void round() {
    if (below(8) == 0) { // within its start
      process node{command};
      std::this_thread::sleep_for(std::chrono::microseconds{below(40'000)});
      node.kill();
      node.wait();
      ++kills;
      return;
    }
    process node{command};
    const auto port = port_of(node);
    if (port == 0)
      fail("the node does not start");
    network_config config;
    caf::actor_system system{config};
    const auto manager = connect(system, port);
    in_each_thread([&](requester& one) { one.verify(manager, false); });
    check_store();
    // Killed after so many answers, and a moment that falls anywhere into what comes next.
    const auto last = 1 + below(400);
    const auto pause = std::chrono::microseconds{below(2'000)};
    std::atomic<std::uint64_t> answers = 0;
    in_each_thread([&](requester& one) {
      one.work(manager, [&] {
        if (++answers != last)
          return;
        std::this_thread::sleep_for(pause);
        node.kill();
      });
    });
    if (node.wait() != -SIGKILL)
      fail("the node ended by itself");
    ++kills;
  }

  /// Verifies everything once more, and ends the node as it should be.
  void finish() {
    process node{command};
    const auto port = port_of(node);
    if (port == 0)
      fail("the node does not start");
    {
      network_config config;
      caf::actor_system system{config};
      const auto manager = connect(system, port);
      in_each_thread([&](requester& one) { one.verify(manager, true); });
      in_each_thread(
          [&](requester& one) { one.verify(manager, true); }); // nothing was settled in vain
    }
    node.kill(SIGTERM);
    if (auto status = node.wait(); status != 0)
      fail("status " + std::to_string(status) + " of the node");
    check_store();
  }
};

} // namespace

int main(int argc, char** argv) {
  make_types_known();
  if (argc != 6) {
    std::cerr << "usage: crash_client LOCKSTEP CONFIGURATION STORE KILLS SEED\n";
    return EXIT_FAILURE;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto seed = std::stoull(argv[5]);
  run all;
  all.command = {argv[1], "run", argv[2], "--store-dir", argv[3]};
  all.check = {argv[1], "store", "check", "--store-dir", argv[3]};
  all.random.seed(seed);
  for (std::size_t i = 0; i < threads; ++i)
    all.requesters.emplace_back(i + 1, seed + i + 1, all.sums);
  try {
    while (all.kills < std::stoull(argv[4]))
      all.round();
    all.finish();
  } catch (const std::runtime_error& wrong) {
    std::cerr << wrong.what() << '\n';
    return EXIT_FAILURE;
  }
  if (all.sums.acknowledged < all.kills || all.sums.refused < all.kills) {
    std::cerr << "the node answered too few requests to tell anything: " << all.sums.acknowledged
              << " acknowledged, " << all.sums.refused << " refused\n";
    return EXIT_FAILURE;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << all.kills << " kills, " << all.sums.acknowledged << " acknowledgements and "
            << all.sums.refused << " refusals verified, " << all.sums.unanswered
            << " requests without an answer, " << all.sums.repeated << " repetitions, "
            << took.count() << " seconds, seed " << seed << '\n';
  return EXIT_SUCCESS;
}
