#include "bench/load/bench_node.hpp"

#include "bench/load/workload.hpp"
#include "bench/support/must.hpp"
#include "bench/support/process_usage.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_folder.hpp"
#include "test/support/forwarding_store.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <iostream>
#include <stdexcept>
#include <vector>

extern char** environ; // NOLINT: POSIX

namespace lockstep::bench {

namespace {

class counting_store final : public test::forwarding_store {
public:
  counting_store(std::unique_ptr<instance_store> store,
                 std::shared_ptr<std::atomic<std::uint64_t>> commits)
      : forwarding_store(std::move(store)), commits_(std::move(commits)) {}

  result<void> commit(const batch& changes) override {
    auto committed = forwarding_store::commit(changes);
    commits_->fetch_add(1, std::memory_order_relaxed);
    return committed;
  }

private:
  std::shared_ptr<std::atomic<std::uint64_t>> commits_;
};

[[noreturn]] void no_process(const char* why) {
  throw std::runtime_error{std::string{"the process of the node is of no use ("} + why + ")"};
}

} // namespace

counted_node::counted_node(caf::actor_system& system, store_kind kind, std::uint32_t shards,
                           const std::filesystem::path& folder, bool publish)
    : commits_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  std::vector<std::shared_ptr<memory_store_contents>> contents(shards);
  for (auto& one : contents)
    one = std::make_shared<memory_store_contents>();
  node_options options;
  options.open_store = [kind, shards, folder, contents, commits = commits_](
                           std::uint32_t shard) -> result<std::unique_ptr<instance_store>> {
    const auto counted = [&](std::unique_ptr<instance_store> store) {
      return std::unique_ptr<instance_store>{
          std::make_unique<counting_store>(std::move(store), commits)};
    };
    if (kind == store_kind::memory)
      return counted(std::make_unique<memory_store>(contents[shard - 1]));
    return sqlite::open_store(sqlite::shard_file(folder, shard), {shard, shards}).map(counted);
  };
  options.distribution_factor = shards;
  options.specifications = ring_catalog();
  options.models = {ring_model()};
  options.shards.report = [](const failure& wrong, severity) {
    std::cerr << wrong.message << '\n';
  };
  if (publish)
    options.publish = publication{};
  node_ = must(node::start(system, std::move(options)));
}

counters counted_node::read() const { return {processor_time(), {}, commits()}; }

// -- in another process ---------------------------------------------------------------------------

counted_process::counted_process(caf::actor_system& system, const load_options& options,
                                 store_kind kind, const std::filesystem::path& folder) {
  int down[2];
  int up[2];
  if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0)
    no_process("no pipe");
  std::vector<std::string> arguments{"bench_load",  "--serve",      "--served",
                                     name_of(kind), "--shards",     std::to_string(options.shards),
                                     "--folder",    folder.string()};
  std::vector<char*> pointers;
  for (auto& one : arguments)
    pointers.push_back(one.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, down[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, up[1], STDOUT_FILENO);
  const auto failed =
      ::posix_spawn(&process_, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(down[0]);
  ::close(up[1]);
  to_ = ::fdopen(down[1], "w");
  from_ = ::fdopen(up[0], "r");
  if (failed != 0) {
    process_ = -1;
    end();
    no_process("it cannot be spawned");
  }
  try {
    const auto port = static_cast<std::uint16_t>(next_number());
    manager_ = std::make_unique<instance_manager>(
        must(instance_manager::connect(system, "127.0.0.1", port)));
  } catch (...) {
    end();
    throw;
  }
}

counted_process::~counted_process() { end(); }

void counted_process::end() noexcept {
  std::fclose(to_); // which ends it
  if (process_ > 0)
    ::waitpid(process_, nullptr, 0);
  std::fclose(from_);
}

std::uint64_t counted_process::next_number() const {
  unsigned long long number = 0;
  if (std::fscanf(from_, "%llu", &number) != 1)
    no_process("it does not answer");
  return number;
}

counters counted_process::read() const {
  std::fputs("commits\n", to_);
  std::fflush(to_);
  return {processor_time(), processor_time(process_), next_number()};
}

int serve(const load_options& options) {
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  caf::actor_system system{config};
  const counted_node served{system, options.served, options.shards, options.folder, true};
  std::cout << served.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << served.commits() << std::endl;
  return 0;
}

} // namespace lockstep::bench
