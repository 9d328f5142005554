/// A node under fire: clients report steps while its shards crash at random, and every step that
/// was acknowledged must be there afterwards, once and in its place. Prints a table; exits with 1
/// if a step is missing, recorded twice or out of order, if a call was never answered, or if the
/// node ended.
///
/// usage: bench_fire [SECONDS [CRASHES_A_SECOND [CLIENTS]]]
///
/// A crash is an exception out of a shard's store: before a commit, after it (so that the steps are
/// durable and yet unanswered), or in a lookup.

#include "actors/node.hpp"
#include "actors/types.hpp"
#include "model/term/term_text.hpp"
#include "model/with_commas.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_folder.hpp"
#include "test/support/forwarding_store.hpp"
#include "test/support/temporary_folder.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t shards = 4;
constexpr std::size_t instances_a_client = 25;
/// Steps of one list.
constexpr std::size_t list_length = 50;
constexpr std::uint64_t states = 7;

std::string state(std::uint64_t number) { return "state-" + std::to_string(number % states); }

// -- crashes --------------------------------------------------------------------------------------

enum class crash { none, before_commit, after_commit, lookup };

/// What a shard's store does next; shared by all incarnations of the shard.
struct trigger {
  std::atomic<crash> next = crash::none;
  std::atomic<std::uint64_t> crashes = 0;

  /// Throws if it is time for that.
  void pull(crash where) {
    if (next.compare_exchange_strong(where, crash::none)) {
      ++crashes;
      throw std::runtime_error("a crash that was asked for");
    }
  }
};

class crashing_store final : public test::forwarding_store {
public:
  crashing_store(std::unique_ptr<instance_store> store, trigger& when)
      : forwarding_store(std::move(store)), when_(when) {}

  result<void> commit(const batch& changes) override {
    when_.pull(crash::before_commit);
    auto committed = forwarding_store::commit(changes);
    when_.pull(crash::after_commit);
    return committed;
  }
  result<std::optional<recorded_operation>> find_operation(std::string_view id) override {
    when_.pull(crash::lookup);
    return forwarding_store::find_operation(id);
  }

private:
  trigger& when_;
};

// -- clients --------------------------------------------------------------------------------------

struct counters {
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<std::uint64_t> repeated = 0;
  std::atomic<std::uint64_t> violations = 0;
  std::mutex lock;
  std::chrono::milliseconds longest{0};

  void violation(const std::string& what) {
    if (++violations <= 10) {
      const std::lock_guard guard{lock};
      std::cerr << "violation: " << what << '\n';
    }
  }
};

/// Reports steps of instances of its own, alone and in lists, and repeats what was not answered
/// with a receipt: the steps of a list one by one then.
class client {
public:
  client(std::uint64_t number, const instance_manager& manager, counters& counts)
      : number_(number), chance_(number), manager_(manager), counts_(counts) {}

  void run(const std::atomic<bool>& stop) {
    while (!stop) {
      if (chance_() % 4 == 0)
        report_list();
      else
        report_one();
    }
  }

  [[nodiscard]] term identifier(std::size_t index) const {
    return term::tuple({static_cast<std::int64_t>(number_), static_cast<std::int64_t>(index)});
  }
  /// How many steps of an instance were acknowledged.
  [[nodiscard]] std::uint64_t made(std::size_t index) const { return made_[index]; }

private:
  step_report next(std::size_t index, std::uint64_t number) const {
    step_report report;
    report.identifier = identifier(index);
    report.action = "turn";
    report.to = state(number + 1);
    report.initialise_as = "Turns";
    report.operation_id = to_text(report.identifier) + "/" + std::to_string(number);
    return report;
  }

  void report_one() {
    const auto index = chance_() % instances_a_client;
    timed([&] { insist(index, next(index, made_[index])); });
  }

  void insist(std::size_t index, const step_report& report) {
    for (;;) {
      auto answer = manager_.step(report);
      if (answer)
        return acknowledge(index, *answer);
      if (!may_repeat(answer.error()))
        return;
    }
  }

  /// The steps of a list may be of few instances, so that their order matters.
  void report_list() {
    std::vector<std::size_t> indexes;
    std::vector<step_report> list;
    auto made = made_;
    for (std::size_t i = 0; i < list_length; ++i) {
      indexes.push_back(chance_() % instances_a_client);
      list.push_back(next(indexes.back(), made[indexes.back()]++));
    }
    timed([&] {
      auto answers = manager_.steps(list);
      if (answers && std::ranges::none_of(*answers, &has_error)) {
        for (std::size_t i = 0; i < list_length; ++i)
          acknowledge(indexes[i], (*answers)[i].recorded);
        return;
      }
      const auto failed =
          answers ? *std::ranges::find_if(*answers, &has_error)->error : answers.error();
      if (!may_repeat(failed))
        return;
      for (std::size_t i = 0; i < list_length; ++i)
        insist(indexes[i], list[i]);
    });
  }

  static bool has_error(const step_answer& one) { return one.error.has_value(); }

  void acknowledge(std::size_t index, const receipt& recorded) {
    // the initialisation is the first step
    if (recorded.step_number != ++made_[index] + 1)
      counts_.violation(to_text(identifier(index)) + " got step "
                        + std::to_string(recorded.step_number) + " instead of "
                        + std::to_string(made_[index] + 1));
    ++counts_.acknowledged;
  }

  bool may_repeat(const failure& why) {
    if (why.code != ec::unavailable) {
      counts_.violation("a step was refused: " + why.message);
      return false;
    }
    ++counts_.repeated;
    if (++refused_in_a_row_ > 1'000) {
      counts_.violation("a step was never answered: " + why.message);
      return false;
    }
    std::this_thread::sleep_for(10ms);
    return true;
  }

  template <class F>
  void timed(F work) {
    refused_in_a_row_ = 0;
    const auto begin = std::chrono::steady_clock::now();
    work();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    const std::lock_guard guard{counts_.lock};
    counts_.longest = std::max(counts_.longest, took);
  }

  std::uint64_t number_;
  std::mt19937_64 chance_;
  const instance_manager& manager_;
  counters& counts_;
  std::array<std::uint64_t, instances_a_client> made_{};
  int refused_in_a_row_ = 0;
};

// -- the node -------------------------------------------------------------------------------------

node_options options_of(const std::filesystem::path& folder, std::vector<trigger>& triggers,
                        std::atomic<std::uint64_t>& restarts) {
  std::vector<transition> turns;
  implementation_model model{"Turns", false, {{"", std::string(initialisation_action), state(0)}}};
  for (std::uint64_t i = 0; i < states; ++i) {
    turns.push_back({state(i), "turn", state(i + 1)});
    model.transitions.insert(turns.back());
  }
  auto catalog = std::make_shared<specification_catalog>();
  catalog->emplace("Turns",
                   std::make_shared<const specification>(*specification::make("Turns", turns, {})));
  node_options options;
  options.distribution_factor = shards;
  options.specifications = catalog;
  options.models = {model};
  options.open_store = [folder,
                        &triggers](std::uint32_t shard) -> result<std::unique_ptr<instance_store>> {
    return sqlite::open_store(sqlite::shard_file(folder, shard), {shard, shards})
        .map([&](std::unique_ptr<instance_store> store) -> std::unique_ptr<instance_store> {
          return std::make_unique<crashing_store>(std::move(store), triggers[shard - 1]);
        });
  };
  options.shards.report = [&restarts](const failure& what, severity) {
    if (what.context.contains("supervisor"))
      ++restarts;
  };
  // Chance is to blame here, not the instances, and it strikes often.
  options.quarantine_after = SIZE_MAX;
  options.max_restarts = 1'000;
  return options;
}

/// Compares what is recorded with what was acknowledged.
std::uint64_t verify(const instance_manager& manager, const std::vector<client>& clients,
                     counters& counts) {
  std::uint64_t steps = 0;
  for (const auto& one : clients)
    for (std::size_t index = 0; index < instances_a_client; ++index) {
      const auto made = one.made(index);
      if (made == 0)
        continue;
      const auto name = to_text(one.identifier(index));
      auto found = manager.get(one.identifier(index));
      if (!found) {
        counts.violation(name + ": " + found.error().message);
        continue;
      }
      if (found->steps.size() != made + 1)
        counts.violation(name + " has " + std::to_string(found->steps.size()) + " steps instead of "
                         + std::to_string(made + 1));
      for (std::size_t i = 0; i < found->steps.size(); ++i)
        if (found->steps[i].to != state(i)) {
          counts.violation(name + ", step " + std::to_string(i + 1) + " is out of order");
          break;
        }
      steps += made;
    }
  return steps;
}

int fail_with(const failure& why) {
  std::cerr << why.message << '\n';
  return EXIT_FAILURE;
}

double argument(int argc, char** argv, int place, double otherwise) {
  return argc > place ? std::strtod(argv[place], nullptr) : otherwise;
}

} // namespace

int main(int argc, char** argv) {
  const auto seconds = argument(argc, argv, 1, 60);
  const auto crashes_a_second = argument(argc, argv, 2, 5);
  const auto client_count = static_cast<std::uint64_t>(argument(argc, argv, 3, 8));
  if (seconds <= 0 || crashes_a_second <= 0 || client_count == 0) {
    std::cerr << "usage: bench_fire [SECONDS [CRASHES_A_SECOND [CLIENTS]]]\n";
    return 2;
  }
  make_types_known();
  caf::actor_system_config config;
  caf::actor_system system{config};
  test::temporary_folder folder;
  std::vector<trigger> triggers(shards);
  std::atomic<std::uint64_t> restarts = 0;
  counters counts;

  auto node = node::start(system, options_of(folder.path(), triggers, restarts));
  if (!node)
    return fail_with(node.error());
  std::vector<client> clients;
  for (std::uint64_t i = 0; i < client_count; ++i)
    clients.emplace_back(i, (*node)->manager(), counts);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (auto& one : clients)
    threads.emplace_back([&one, &stop] { one.run(stop); });

  std::mt19937_64 chance{1};
  std::exponential_distribution<double> pause{crashes_a_second};
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin
                   + std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::duration<double>(seconds));
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::duration<double>(pause(chance)));
    triggers[chance() % shards].next = static_cast<crash>(1 + chance() % 3);
  }
  for (auto& one : triggers)
    one.next = crash::none;
  stop = true;
  for (auto& one : threads)
    one.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if ((*node)->ended().wait_for(0s) == std::future_status::ready)
    counts.violation("the node ended: " + (*node)->ended().get().message);
  (*node)->stop();

  // What counts is what is on the disk.
  std::atomic<std::uint64_t> ignored = 0;
  auto again = node::start(system, options_of(folder.path(), triggers, ignored));
  if (!again)
    return fail_with(again.error());
  const auto verified = verify((*again)->manager(), clients, counts);
  std::uint64_t crashes = 0;
  for (const auto& one : triggers)
    crashes += one.crashes;
  const auto acknowledged = counts.acknowledged.load();
  std::cout << "seconds                 " << took.count() << "\nclients                 "
            << client_count << "\ncrashes                 " << crashes
            << "\nrestarts                " << restarts << "\nacknowledged steps      "
            << with_commas(acknowledged) << " ("
            << with_commas(
                   static_cast<std::uint64_t>(static_cast<double>(acknowledged) / took.count()))
            << " a second)\nverified steps          " << with_commas(verified)
            << "\nasked again             " << with_commas(counts.repeated)
            << "\nlongest wait            " << counts.longest.count()
            << " ms\nviolations              " << counts.violations << '\n';
  return counts.violations == 0 && verified == acknowledged ? EXIT_SUCCESS : EXIT_FAILURE;
}
