/// What the cells of keyed shards cost, without actors.
///
///     bench_cells [WRITES]
///
/// - cells in memory: how many cycles of reserve, write, advance and read a second of processor
/// time,
///   with all writes to one cell or spread over many
/// - so many writes to one cell (a million by default), with what is readable kept and the rest
///   collected: versions, memory of the process and time at some points on the way; then the same
///   with a store on the disk, and how large its file is
/// - commits of one change and of a hundred, each durable
/// - ten thousand shards in one store: start, and load of all of them

#include "bench/support/disk_folder.hpp"
#include "bench/support/figures.hpp"
#include "bench/support/must.hpp"
#include "bench/support/process_usage.hpp"
#include "model/cells/waiting_reads.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace lockstep;
using bench::figure;
using bench::must;
using clock_type = std::chrono::steady_clock;

namespace {

/// Keeps the compiler from leaving a call out.
volatile bool seen = false;

const shard_key shard{{"bench"}};

double seconds_since(clock_type::time_point begin) {
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

double processor_seconds() {
  return std::chrono::duration<double>(bench::processor_time()).count();
}

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

std::vector<cell_key> keys(std::size_t count) {
  std::vector<cell_key> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({{"cell", std::to_string(i)}});
  return all;
}

term value_at(std::uint64_t height) { return static_cast<std::int64_t>(height); }

/// One height: reserved, written and closed. The changes are appended.
void write(shard_cells& cells, const cell_key& key, std::uint64_t height, cell_batch& staged) {
  staged.push_back({shard, must(cells.reserve(key, height))});
  staged.push_back({shard, must(cells.write(key, value_at(height), height))});
  if (auto moved = must(cells.advance_watermark(height)))
    staged.push_back({shard, std::move(*moved)});
}

void collect(shard_cells& cells, cell_batch& staged) {
  for (auto& change : cells.collect())
    staged.push_back({shard, std::move(change)});
}

// -- in memory ------------------------------------------------------------------------------------

/// Cycles a second.
double cycles(std::size_t cell_count, std::uint64_t heights) {
  const auto all = keys(cell_count);
  shard_cells cells;
  cell_batch staged;
  const auto begin = processor_seconds();
  for (std::uint64_t height = 1; height <= heights; ++height) {
    const auto& key = all[height % cell_count];
    write(cells, key, height, staged);
    seen = must(cells.read(key, height + 1)).index() == 0;
    if (height % 100 == 0) {
      collect(cells, staged);
      staged.clear();
    }
  }
  return static_cast<double>(heights) / (processor_seconds() - begin);
}

/// Reads a second that wait for a write, a thousand at a time on cells of their own.
double woken_reads(std::uint64_t rounds) {
  constexpr std::size_t waiting = 1'000;
  const auto all = keys(waiting);
  shard_cells cells;
  waiting_reads reads;
  std::uint64_t id = 0;
  std::size_t answered = 0;
  const auto begin = processor_seconds();
  for (std::uint64_t height = 1; height <= rounds; ++height) {
    for (const auto& key : all) {
      (void)must(cells.reserve(key, height));
      reads.add(++id, key, height + 1, std::get<read_block>(must(cells.read(key, height + 1))));
    }
    (void)must(cells.advance_watermark(height));
    answered += reads.watermark_moved(cells).size();
    for (const auto& key : all) {
      (void)must(cells.write(key, value_at(height), height));
      answered += reads.slot_closed(cells, key, height).size();
    }
    (void)cells.collect();
  }
  if (answered != waiting * rounds)
    throw std::runtime_error{"a read was not answered"};
  return static_cast<double>(answered) / (processor_seconds() - begin);
}

bench::figures in_memory() {
  bench::figures table{"memory", "Cells in memory", {"what", "cells", "a second"}};
  for (const std::size_t cells : {1, 10'000})
    table.add({"reserve, write, advance, read", figure{static_cast<double>(cells)},
               figure{cycles(cells, 500'000)}});
  table.add({"a read that waits for its write", figure{1'000}, figure{woken_reads(300)}});
  return table;
}

// -- many writes to one cell ----------------------------------------------------------------------

/// @param store May be null. @param a_batch Heights in one commit.
bench::figures one_cell(std::uint64_t writes, cell_store* store, const std::filesystem::path& file,
                        std::uint64_t a_batch) {
  bench::figures table{
      store == nullptr ? "one_cell_memory" : "one_cell_store",
      store == nullptr ? "Writes to one cell, in memory"
                       : "Writes to one cell, durable, 100 in a commit",
      {"writes", "versions", "resident MB", "file MB", "writes/s", "cpu us/write"}};
  const auto key = keys(1).front();
  shard_cells cells;
  cell_batch staged;
  const auto begin = clock_type::now();
  const auto processor = processor_seconds();
  for (std::uint64_t height = 1; height <= writes; ++height) {
    write(cells, key, height, staged);
    if (height % a_batch == 0) {
      collect(cells, staged);
      if (store != nullptr)
        must(store->commit(staged));
      staged.clear();
    }
    if (height == writes / 100 || height == writes / 10 || height == writes / 2
        || height == writes) {
      bench::cell bytes;
      if (store != nullptr)
        bytes = figure{megabytes(std::filesystem::file_size(file)), 2};
      table.add({figure{static_cast<double>(height)},
                 figure{static_cast<double>(cells.version_count())},
                 figure{megabytes(bench::memory_figure("VmRSS")), 1}, bytes,
                 figure{static_cast<double>(height) / seconds_since(begin)},
                 figure{(processor_seconds() - processor) * 1e6 / static_cast<double>(height), 2}});
    }
  }
  return table;
}

// -- commits --------------------------------------------------------------------------------------

bench::figures commits(cell_store& store) {
  bench::figures table{
      "commits", "Durable commits", {"writes in a commit", "commits/s", "writes/s"}};
  const auto all = keys(100);
  shard_cells cells{must(store.load(shard))};
  auto height = cells.watermark();
  for (const std::size_t a_batch : {1, 10, 100, 1'000}) {
    std::uint64_t count = 0;
    const auto begin = clock_type::now();
    for (; seconds_since(begin) < 3; ++count) {
      cell_batch staged;
      for (std::size_t i = 0; i < a_batch; ++i) {
        ++height;
        write(cells, all[height % all.size()], height, staged);
      }
      collect(cells, staged);
      must(store.commit(staged));
    }
    const auto a_second = static_cast<double>(count) / seconds_since(begin);
    table.add({figure{static_cast<double>(a_batch)}, figure{a_second},
               figure{a_second * static_cast<double>(a_batch)}});
  }
  return table;
}

// -- many shards ----------------------------------------------------------------------------------

bench::figures many_shards(const std::filesystem::path& file) {
  constexpr std::size_t count = 10'000;
  bench::figures table{"shards", "10,000 keyed shards in one store", {"what", "seconds"}};
  std::vector<new_shard> schema;
  for (const auto& key : keys(count))
    schema.push_back({key, "initial"});
  auto begin = clock_type::now();
  must(must(sqlite::open_cell_store(file, atom{"many"}))->populate_key_map("one_per_key", schema));
  table.add({"first start: the key map with initial values", figure{seconds_since(begin), 3}});
  begin = clock_type::now();
  auto store = must(sqlite::open_cell_store(file, atom{"many"}));
  std::vector<std::unique_ptr<shard_cells>> shards;
  for (const auto& one : must(store->shard_key_map()).shards)
    shards.push_back(std::make_unique<shard_cells>(must(store->load(one.key))));
  table.add({"a later start: open, and load all of them", figure{seconds_since(begin), 3}});
  seen = shards.size() == count;
  return table;
}

} // namespace

int main(int argc, char** argv) {
  const auto writes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (writes < 100) {
    std::cerr << "usage: bench_cells [WRITES], at least 100\n";
    return 2;
  }
  bench::disk_folder::remove_on_signals();
  const bench::disk_folder folder;
  const auto print = [](const bench::figures& table) {
    table.print(std::cout);
    std::cout << std::endl;
  };
  print(one_cell(writes, nullptr, {}, 100));
  print(in_memory());
  const auto file = sqlite::keyed_file(folder.path(), atom{"bench"});
  auto store = must(sqlite::open_cell_store(file, atom{"bench"}));
  must(store->add_to_key_map({shard, {}}));
  print(one_cell(writes, store.get(), file, 100));
  print(commits(*store));
  print(many_shards(sqlite::keyed_file(folder.path(), atom{"many"})));
}
