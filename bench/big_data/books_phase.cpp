#include "bench/big_data/filling.hpp"
#include "bench/big_data/node_phase.hpp"
#include "bench/load/workload.hpp"
#include "bench/support/must.hpp"
#include "bench/support/percentiles.hpp"
#include "bench/support/process_usage.hpp"
#include "model/routing/router.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace lockstep::bench {

namespace {

using clock = std::chrono::steady_clock;

/// Enough for the caches of the engine to be full.
constexpr std::size_t warm = 10'000;

/// Brings instances of a shard into memory. @returns bytes each, of those after the first ones; 0
/// if the shard has too few instances.
double bytes_of_a_resident(ledger& books, const std::vector<const term*>& own) {
  if (own.size() < 2 * warm)
    return 0;
  const auto read = [&](std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i) // a request's identifier is nobody else's
      (void)must(books.get(term{own[i]->as_binary().value()}));
  };
  read(0, warm);
  const auto before = allocated_bytes();
  read(warm, own.size());
  return (allocated_bytes() - before) / static_cast<double>(own.size() - warm);
}

} // namespace

void measure_books(const std::filesystem::path& folder, const std::vector<term>& identifiers,
                   const big_data_options& options, scorecard& card) {
  std::vector<const term*> own;
  for (const auto& one : identifiers)
    if (own.size() < options.residents && modulo_shard(one, options.shards) == 1)
      own.push_back(&one);
  std::cerr << "… memory of " << own.size() << " residents\n";
  {
    auto books = open_books(folder, 1, options);
    card.add("memory of a resident instance", bytes_of_a_resident(books, own), "bytes",
             at_most(250), 0);
  }

  std::cerr << "… pruning a shard\n";
  auto books = open_books(folder, 1, options);
  std::vector<double> slices;
  const auto timed = [&](auto work) {
    const auto begun = clock::now();
    work();
    slices.push_back(std::chrono::duration<double, std::milli>(clock::now() - begun).count());
  };
  const auto later =
      std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()) + 2 * prune_after;
  std::uint64_t removed = 0;
  page_request part;
  for (std::optional<std::uint64_t> from = 0; from;)
    timed([&] {
      part.from = *from;
      const auto slice = must(books.prune(part, later));
      removed += slice.removed;
      from = slice.next;
      must(books.commit());
    });
  for (auto more = true; more;)
    timed([&] { more = must(books.collect(later)); });
  card.add("instances pruned", static_cast<double>(removed), "", {}, 0);
  card.add("a slice of pruning, median", percentile(slices, 0.5), "ms", {});
  card.add("a slice of pruning, p99", percentile(slices, 0.99), "ms", {});
  card.add("a slice of pruning, longest", percentile(slices, 1.0), "ms", at_most(10.0));
}

} // namespace lockstep::bench
