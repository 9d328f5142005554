#include "bench/big_data/node_phase.hpp"

#include "actors/node.hpp"
#include "bench/big_data/filling.hpp"
#include "bench/load/workload.hpp"
#include "bench/support/latency_histogram.hpp"
#include "bench/support/must.hpp"
#include "bench/support/percentiles.hpp"
#include "bench/support/process_usage.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>

namespace lockstep::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr double mebibyte = 1024.0 * 1024.0;
/// Steps in one message.
constexpr std::size_t list_length = 1'000;

template <class F>
double milliseconds(F work) {
  const auto start = clock::now();
  work();
  return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

/// The instances in random order, and how far each is on the ring.
class random_steps {
public:
  explicit random_steps(const std::vector<term>& identifiers)
      : identifiers_(identifiers),
        states_(identifiers.size(), state_after_filling),
        order_(identifiers.size()) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    std::shuffle(order_.begin(), order_.end(), std::mt19937_64{7});
  }

  step_report next() {
    const auto instance = order_[turn_];
    turn_ = (turn_ + 1) % order_.size();
    auto& state = states_[instance];
    auto report = ring_step(identifiers_[instance], state);
    state = static_cast<std::uint8_t>((state + 1U) % 3U);
    return report;
  }

private:
  const std::vector<term>& identifiers_;
  std::vector<std::uint8_t> states_;
  std::vector<std::uint32_t> order_;
  std::size_t turn_ = 0;
};

void check(const result<std::vector<step_answer>>& answers) {
  if (!answers)
    throw std::runtime_error{answers.error().message};
  for (const auto& one : *answers)
    if (one.error)
      throw std::runtime_error{one.error->message};
}

/// Every instance, in lists of which two are under way.
void touch(const instance_manager& manager, random_steps& steps, std::size_t count) {
  std::optional<pending_steps> before;
  for (std::size_t made = 0; made < count;) {
    std::vector<step_report> list;
    for (; list.size() < list_length && made < count; ++made)
      list.push_back(steps.next());
    auto sent = manager.begin_steps(std::move(list));
    if (before)
      check(before->wait());
    before = std::move(sent);
    if (made % 250'000 == 0)
      std::cerr << "… " << made << " steps\n";
  }
  if (before)
    check(before->wait());
}

/// One page after the other while somebody makes single steps.
void list_during_steps(const instance_manager& manager, random_steps& steps,
                       const big_data_options& options, scorecard& card) {
  latency_histogram waits;
  latency_histogram pages;
  std::size_t seen = 0;
  double taken = 0;
  std::string failed;
  {
    const std::jthread stepping([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto begun = clock::now();
        if (const auto answer = manager.step(steps.next()); !answer) {
          failed = answer.error().message;
          return;
        }
        waits.add(clock::now() - begun);
      }
    });
    taken = milliseconds([&] {
      for (std::optional from{listing_cursor{}}; from;) {
        const auto begun = clock::now();
        const auto part = must(manager.list({}, *from));
        pages.add(clock::now() - begun);
        seen += part.instances.size();
        from = part.next;
      }
    });
  }
  if (!failed.empty())
    throw std::runtime_error{failed};
  if (seen != options.instances)
    throw std::runtime_error{"a listing told " + std::to_string(seen) + " instances of "
                             + std::to_string(options.instances)};
  card.add("everything listed while steps are made", taken / 1'000.0, "s", {});
  card.add("a page of 1,000 meanwhile, p99", pages.percentile(0.99) / 1'000.0, "ms", {});
  card.add("a step meanwhile, p99", waits.percentile(0.99) / 1'000.0, "ms", {});
  card.add("steps meanwhile", static_cast<double>(waits.total()) / taken * 1'000.0, "1/s", {}, 0);
}

} // namespace

void measure_node(const std::filesystem::path& folder, const std::vector<term>& identifiers,
                  const big_data_options& options, scorecard& card) {
  random_steps steps{identifiers};
  const auto memory_before = memory_figure("VmRSS");
  caf::actor_system_config config;
  caf::actor_system system{config};
  node_options how;
  how.store_dir = folder;
  how.distribution_factor = options.shards;
  how.max_resident_instances = options.residents;
  how.specifications = prunable_ring();
  how.models = {ring_model()};
  how.shards.report = [](const failure& wrong, severity) { std::cerr << wrong.message << '\n'; };
  std::unique_ptr<node> running;
  const auto start = milliseconds([&] { running = must(node::start(system, std::move(how))); });
  card.add("start of a node", start / 1'000.0, "s", at_most(1.0));
  const auto& manager = running->manager();
  const auto first_page = [&](std::uint64_t limit) {
    return milliseconds([&] { (void)must(manager.list({}, {1, 0}, limit)); });
  };
  card.add("first page of 1,000 of a listing, nothing in any cache of the node", first_page(1'000),
           "ms", {});
  std::vector<double> pages;
  for (auto i = 0; i < 21; ++i)
    pages.push_back(first_page(1'000));
  card.add("first page of 1,000, median", percentile(pages, 0.5), "ms", at_most(5.0));
  const auto started = memory_figure("VmRSS");
  card.add("memory of the node after its start",
           static_cast<double>(started - std::min(started, memory_before)) / mebibyte, "MiB", {},
           0);

  std::cerr << "… steps of " << options.touched << " instances that are not in memory\n";
  const auto touching = milliseconds([&] { touch(manager, steps, options.touched); });
  card.add("steps of instances in random order, not in memory",
           static_cast<double>(options.touched) / touching * 1'000.0, "1/s", {}, 0);
  const auto after = memory_figure("VmRSS");
  card.add("memory of the node after these",
           static_cast<double>(after - std::min(after, memory_before)) / mebibyte, "MiB",
           at_most(256), 0);
  card.add("the process in all, VmHWM", static_cast<double>(memory_figure("VmHWM")) / mebibyte,
           "MiB", {}, 0);

  std::cerr << "… listing everything\n";
  list_during_steps(manager, steps, options, card);
  running->stop();
}

} // namespace lockstep::bench
