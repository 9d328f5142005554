/// What keyed shards cost, with their actors.
///
///     bench_keyed_shards [WRITES]
///
/// - writes a second (reserve, write and advance the watermark: three requests, each answered when
/// it
///   is durable) and reads a second, with 1, 100 and 10,000 shards, each with a client of its own
///   that sends one request at a time; in memory and on the disk
/// - the same through the handle, with 1 and 8 threads
/// - so many writes to one key (a million by default): versions that are kept, memory and speed at
///   some points on the way

#include "actors/keyed/keyed_shards.hpp"
#include "actors/caf_compat.hpp"
#include "actors/naming/registry.hpp"
#include "actors/types.hpp"
#include "bench/support/disk_folder.hpp"
#include "bench/support/figures.hpp"
#include "bench/support/must.hpp"
#include "bench/support/process_usage.hpp"
#include "persistence/cells/memory_cell_store.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace std::chrono_literals;
using bench::figure;
using bench::must;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr auto measured_time = 3s;

double seconds_since(clock_type::time_point begin) {
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

shard_key key_of(std::size_t index) { return {{"shard", std::to_string(index)}}; }

/// Keyed shards with a registry of their own. On the disk with a folder, else in memory.
class bench_shards {
public:
  bench_shards(caf::actor_system& system, std::size_t count,
               const std::optional<std::filesystem::path>& folder)
      : names_(std::make_shared<name_table>()), registry_(spawn_registry(system, names_)) {
    keyed_shards_options options;
    options.node_id = atom{"bench"};
    options.names = names_;
    for (std::size_t i = 0; i < count; ++i)
      options.schema.push_back({key_of(i), std::nullopt});
    if (folder)
      options.open_store = [file = sqlite::keyed_file(*folder, options.node_id),
                            id = options.node_id] { return sqlite::open_cell_store(file, id); };
    else
      options.open_store = [contents = std::make_shared<memory_cell_contents>(),
                            id = options.node_id]() -> result<std::unique_ptr<cell_store>> {
        return std::make_unique<memory_cell_store>(id, contents);
      };
    const auto begin = clock_type::now();
    shards_.emplace(must(keyed_shards::start(system, std::move(options))));
    start_time_ = seconds_since(begin);
  }
  bench_shards(const bench_shards&) = delete;
  bench_shards& operator=(const bench_shards&) = delete;
  ~bench_shards() {
    shards_.reset();
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(registry_), caf::exit_reason::kill);
  }

  [[nodiscard]] const keyed_shards& handle() const { return *shards_; }
  [[nodiscard]] double start_time() const { return start_time_; }
  [[nodiscard]] keyed_shard_actor shard(std::size_t index) const {
    return caf::actor_cast<keyed_shard_actor>(
        names_->lookup(keyed_shard_name(shards_->node_id(), key_of(index))));
  }

private:
  std::shared_ptr<name_table> names_;
  registry_actor registry_;
  std::optional<keyed_shards> shards_;
  double start_time_ = 0;
};

/// What all clients of a measurement share.
struct progress {
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> done = 0;
};

/// Goes on until the measurement is over: one request at a time.
class shard_client {
public:
  shard_client(caf::event_based_actor* self, keyed_shard_actor shard, cell_key key,
               std::shared_ptr<progress> all)
      : self_(self), shard_(std::move(shard)), key_(std::move(key)), all_(std::move(all)) {}

  void write() {
    if (all_->over)
      return self_->quit();
    ++height_;
    ask(
        [this] {
          ask([this] { advance(); }, atoms::write_v, key_, term{static_cast<std::int64_t>(height_)},
              height_, std::string{});
        },
        atoms::reserve_v, key_, height_, std::string{});
  }

  void read() {
    if (all_->over)
      return self_->quit();
    compat::request(self_, shard_, 1min, atoms::read_v, cell_query{key_, 1, {}})
        .then([this](const cell_reading&) {
          ++all_->done;
          read();
        });
  }

private:
  void advance() {
    compat::request(self_, shard_, 1min, atoms::advance_watermark_v, height_, std::string{})
        .then([this](std::uint64_t) {
          ++all_->done;
          write();
        });
  }

  template <class F, class... Ts>
  void ask(F then, const Ts&... content) {
    compat::request(self_, shard_, 1min, content...).then(std::move(then));
  }

  caf::event_based_actor* self_;
  keyed_shard_actor shard_;
  cell_key key_;
  std::shared_ptr<progress> all_;
  std::uint64_t height_ = 0;
};

/// Of all clients together, a second.
double measure(caf::actor_system& system, const bench_shards& shards, std::size_t count,
               void (shard_client::*work)()) {
  auto all = std::make_shared<progress>();
  for (std::size_t i = 0; i < count; ++i)
    system.spawn(
        [shard = shards.shard(i), key = key_of(i), all, work](caf::event_based_actor* self) {
          auto client = std::make_shared<shard_client>(self, shard, key, all);
          self->attach_functor([client] {});
          (client.get()->*work)();
        });
  const auto begin = clock_type::now();
  std::this_thread::sleep_for(measured_time);
  all->over = true;
  const auto result = static_cast<double>(all->done) / seconds_since(begin);
  std::this_thread::sleep_for(200ms); // the last ones
  return result;
}

void through_actors(caf::actor_system& system, bench::figures& table, bool durable) {
  for (const std::size_t count : {1, 100, 10'000}) {
    const bench::disk_folder folder;
    const bench_shards shards{system, count, durable ? std::optional{folder.path()} : std::nullopt};
    const auto reads = measure(system, shards, count, &shard_client::read);
    const auto writes = measure(system, shards, count, &shard_client::write);
    table.add({durable ? "disk" : "memory", figure{static_cast<double>(count)},
               figure{shards.start_time(), 3}, figure{writes}, figure{reads}});
  }
}

void through_handle(caf::actor_system& system, bench::figures& table, bool durable) {
  for (const std::size_t threads : {1, 8}) {
    const bench::disk_folder folder;
    const bench_shards shards{system, threads,
                              durable ? std::optional{folder.path()} : std::nullopt};
    const auto run = [&](const std::function<void(const cell_key&, std::uint64_t)>& once) {
      std::atomic<bool> over = false;
      std::atomic<std::uint64_t> done = 0;
      std::vector<std::thread> all;
      const auto begin = clock_type::now();
      for (std::size_t i = 0; i < threads; ++i)
        all.emplace_back([&, key = key_of(i)] {
          for (std::uint64_t height = 1; !over; ++height, ++done)
            once(key, height);
        });
      std::this_thread::sleep_for(measured_time);
      over = true;
      const auto result = static_cast<double>(done) / seconds_since(begin);
      for (auto& one : all)
        one.join();
      return result;
    };
    const auto& handle = shards.handle();
    const auto reads = run([&](const cell_key& key, std::uint64_t) { must(handle.read(key, 1)); });
    const auto writes = run([&](const cell_key& key, std::uint64_t height) {
      must(handle.reserve(key, height));
      must(handle.write(key, term{static_cast<std::int64_t>(height)}, height));
      must(handle.advance_watermark(key, height));
    });
    table.add({durable ? "disk" : "memory", figure{static_cast<double>(threads)}, figure{writes},
               figure{reads}});
  }
}

bench::figures one_key(caf::actor_system& system, std::uint64_t writes) {
  bench::figures table{
      "one_key", "Writes to one key, in memory", {"writes", "versions", "resident MB", "writes/s"}};
  const bench_shards shards{system, 1, std::nullopt};
  auto all = std::make_shared<progress>();
  system.spawn([shard = shards.shard(0), all](caf::event_based_actor* self) {
    auto client = std::make_shared<shard_client>(self, shard, key_of(0), all);
    self->attach_functor([client] {});
    client->write();
  });
  const auto begin = clock_type::now();
  for (const auto part : {100, 10, 2, 1}) {
    const auto wanted = writes / static_cast<std::uint64_t>(part);
    while (all->done < wanted)
      std::this_thread::sleep_for(1ms);
    table.add({figure{static_cast<double>(wanted)},
               figure{static_cast<double>(must(shards.handle().contents(key_of(0))).versions)},
               figure{static_cast<double>(bench::memory_figure("VmRSS")) / 1e6, 1},
               figure{static_cast<double>(wanted) / seconds_since(begin)}});
  }
  all->over = true;
  std::this_thread::sleep_for(200ms); // the last one
  return table;
}

void print(const bench::figures& table) {
  table.print(std::cout);
  std::cout << std::endl;
}

} // namespace

int main(int argc, char** argv) {
  const auto writes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (writes < 100) {
    std::cerr << "usage: bench_keyed_shards [WRITES], at least 100\n";
    return 2;
  }
  bench::disk_folder::remove_on_signals();
  make_types_known();
  caf::actor_system_config config;
  caf::actor_system system{config};
  print(one_key(system, writes));
  bench::figures actors{"actors",
                        "A client actor for each shard, one request at a time",
                        {"store", "shards", "start, s", "writes/s", "reads/s"}};
  through_actors(system, actors, false);
  through_actors(system, actors, true);
  print(actors);
  bench::figures handle{
      "handle", "Threads through the handle", {"store", "threads", "writes/s", "reads/s"}};
  through_handle(system, handle, false);
  through_handle(system, handle, true);
  print(handle);
}
