#include "bench/big_data/filling.hpp"

#include "bench/load/workload.hpp"
#include "bench/support/must.hpp"
#include "model/routing/router.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_folder.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <signal.h> // NOLINT: SIGKILL is POSIX

#include <atomic>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace lockstep::bench {

namespace {

constexpr std::size_t batch_of_changes = 40'000;
constexpr std::uint64_t told_each = 250'000;

timestamp current_time() {
  return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

} // namespace

std::shared_ptr<const specification_catalog> prunable_ring() {
  specification_options options;
  options.prune_timeout = prune_after;
  options.prunable_states.which = prunable_states::kind::all;
  return ring_catalog(options);
}

ledger open_books(const std::filesystem::path& folder, std::uint32_t shard,
                  const big_data_options& options) {
  ledger_options how;
  how.max_resident_instances = options.residents;
  auto store = must(sqlite::open_store(sqlite::shard_file(folder, shard), {shard, options.shards}));
  return must(ledger::open(std::move(store), prunable_ring(), {ring_model()}, how));
}

void fill(const std::filesystem::path& folder, const std::vector<term>& identifiers,
          const big_data_options& options) {
  (void)must(sqlite::prepare_folder(folder, options.shards));
  std::atomic<std::uint64_t> done{0};
  std::exception_ptr failed;
  std::atomic<bool> ended{false};
  const auto fill_shard = [&](std::uint32_t shard) {
    auto books = open_books(folder, shard, options);
    for (const auto& one : identifiers) {
      if (modulo_shard(one, options.shards) != shard)
        continue;
      for (std::size_t step = 0; step + 1 < steps_each; ++step) {
        auto report = ring_step(one, step);
        report.initialise_as = ring_name();
        (void)must(books.step(report, current_time()).answer);
      }
      if (books.staged() >= batch_of_changes)
        must(books.commit());
      if (const auto count = ++done; count % told_each == 0)
        std::cerr << "… " << count << " instances\n";
    }
    must(books.commit());
  };
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t shard = 1; shard <= options.shards; ++shard)
      threads.emplace_back([&, shard] {
        try {
          fill_shard(shard);
        } catch (...) {
          if (!ended.exchange(true))
            failed = std::current_exception();
        }
      });
  }
  if (failed)
    std::rethrow_exception(failed);
}

void fill_apart(const std::filesystem::path& folder, const std::vector<term>& identifiers,
                const big_data_options& options) {
  const auto child = ::fork();
  if (child < 0)
    throw std::runtime_error{"no process can be made to fill the store"};
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto status = 0;
    try {
      fill(folder, identifiers, options);
    } catch (const std::exception& wrong) {
      std::cerr << "bench_big_data: " << wrong.what() << '\n';
      status = 1;
    }
    ::_exit(status);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0)
    throw std::runtime_error{"the store was not filled"};
}

} // namespace lockstep::bench
