#include "bench/load/small_costs.hpp"

#include "bench/load/workload.hpp"
#include "bench/support/disk_folder.hpp"
#include "bench/support/must.hpp"
#include "bench/support/percentiles.hpp"
#include "bench/support/process_usage.hpp"
#include "model/term/phash2.hpp"
#include "persistence/sqlite/sqlite_store.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace lockstep::bench {

namespace {

constexpr std::size_t historians = 20;
/// Steps of each instance between two readings of the clock.
constexpr std::uint64_t steps_at_once = 20;
constexpr std::size_t readings = 15;
constexpr std::size_t batch_while_growing = 5'000;

/// Some instances in the books of a shard, which take turns.
class historians_books {
public:
  explicit historians_books(const std::filesystem::path& file)
      : identifiers_(uuids(historians)),
        books_(must(ledger::open(must(sqlite::open_store(file, {1, 1})), ring_catalog(),
                                 {ring_model()}, ledger_options{}))) {}

  /// Lets every instance make so many steps.
  void step(std::uint64_t each, std::size_t batch) {
    for (std::uint64_t i = 0; i < each; ++i, ++length_)
      for (const auto& one : identifiers_) {
        auto report = ring_step(one, length_ % 3);
        report.initialise_as = ring_name();
        (void)must(books_.step(report, now_).answer);
        if (books_.staged() >= batch)
          must(books_.commit());
      }
    must(books_.commit());
  }

  void grow_to(std::uint64_t length) { step(length - length_, batch_while_growing); }

  /// Processor time of a step in batches of a usual size.
  double cost() {
    std::vector<double> costs;
    for (std::size_t i = 0; i < readings; ++i) {
      const auto before = processor_time();
      step(steps_at_once, historians * steps_at_once);
      costs.push_back(static_cast<double>((processor_time() - before).count())
                      / static_cast<double>(historians * steps_at_once));
    }
    return percentile(std::move(costs), 0.5);
  }

private:
  std::vector<term> identifiers_;
  ledger books_;
  timestamp now_{std::chrono::hours{1}};
  std::uint64_t length_ = 0;
};

} // namespace

history_cost measure_history(const std::filesystem::path& parent) {
  const disk_folder folder{parent};
  historians_books books{folder.path() / "shard.sqlite"};
  history_cost found;
  books.grow_to(short_history);
  found.short_us = books.cost();
  books.grow_to(long_history);
  found.long_us = books.cost();
  return found;
}

double measure_hash() {
  constexpr std::size_t count = 256; // they stay in the nearest cache: hashing counts, not fetching
  const auto identifiers = uuids(count);
  std::uint64_t sum = 0;
  const auto us = shortest_microseconds(
      [&] {
        for (const auto& one : identifiers)
          sum += phash2(one);
      },
      1'001, 4);
  volatile std::uint64_t kept = sum; // keeps the compiler from leaving the calls out
  (void)kept;
  return us * 1'000.0 / static_cast<double>(count);
}

} // namespace lockstep::bench
