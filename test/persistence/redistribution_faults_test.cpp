/// What a redistribution promises, under every fault that a disk can have.

#include "persistence/redistribution.hpp"

#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "test/support/fault_vfs.hpp"
#include "test/support/store_contents.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <random>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct way {
  shard_layout from, to;
};

/// The stores of a node on one disk. Each call opens them anew, as the start of a node does that
/// moves instances.
class stores_on_disk {
public:
  /// @param files How many there are at least.
  stores_on_disk(std::uint64_t seed, const store_contents& all, shard_layout layout,
                 std::uint32_t files)
      : disk(seed), files_(files) {
    must(open(layout));
    for (const auto& [shard, changes] : divide(all, layout))
      must(stores_.at(shard)->commit(changes));
    // so that the next process has logs to read, and the power cut something to lose
    disk.kill();
    stores_.clear();
  }

  fault_disk disk;

  result<redistribution_report> redistribute(shard_layout layout) {
    return open(layout).and_then([&] {
      return lockstep::redistribute(all(), layout.shards, [layout](const term& identifier) {
        return layout.shard_of(identifier);
      });
    });
  }

  /// The process ends without closing anything.
  void kill() {
    disk.kill();
    stores_.clear();
  }

  /// The power goes and comes back, and the disk is sound from now on.
  void cut_power() {
    disk.cut_power();
    stores_.clear();
    disk.mend();
    disk.power_on();
  }

  /// What is wrong with what the disk has; empty if nothing is.
  std::string difference(const store_contents& wanted, shard_layout layout) {
    must(open(layout));
    return test::difference(wanted, all(), layout);
  }

private:
  result<void> open(shard_layout layout) {
    stores_.clear();
    files_ = std::max(files_, layout.shards);
    for (std::uint32_t shard = 1; shard <= files_; ++shard) {
      auto opened =
          sqlite::database::open("shard-" + std::to_string(shard) + ".sqlite",
                                 sqlite::if_missing::create, disk.vfs())
              .and_then([shard](sqlite::database db) {
                return sqlite::update_schema(db, shard, 0).and_then([&] {
                  db.move_log_each(12); // often
                  return sqlite::open_store(std::move(db), {.rows = 1, .steps = 2, .slice = 1});
                });
              });
      if (!opened)
        return tl::unexpected(opened.error());
      stores_[shard] = std::move(*opened);
    }
    return {};
  }

  [[nodiscard]] store_set all() const {
    store_set set;
    for (const auto& [shard, store] : stores_)
      set.emplace(shard, store.get());
    return set;
  }

  /// How many there ever were.
  std::uint32_t files_;
  std::map<std::uint32_t, std::unique_ptr<counting_store>> stores_;
};

/// What is wrong after a redistribution that ended somehow: with the next one, whatever the number
/// of shards, everything must be there once, and stay.
std::string wrong_after(stores_on_disk& some, const store_contents& all, shard_layout next) {
  if (auto resumed = some.redistribute(next); !resumed)
    return "it cannot go on: " + resumed.error().message;
  some.cut_power();
  return some.difference(all, next);
}

/// Whether a fault has come.
using witness = std::shared_ptr<bool>;

/// The n-th operation from now on has a fault.
fault_disk::plan fault_at(std::uint64_t n, disk_fault fault, witness came) {
  return [n, fault, came, seen = std::uint64_t{0}](const disk_event& event) mutable {
    if (event.kind == disk_operation::read || ++seen != n)
      return disk_fault::none;
    *came = true;
    return fault;
  };
}

/// Takes a way again and again, each time with a fault at the next operation, until there is none
/// left. @returns how often the way was taken.
std::uint64_t take_with_faults(const store_contents& all, const way& taken, disk_fault fault,
                               survival surviving, std::uint64_t& failed) {
  stores_on_disk some{1, all, taken.from, std::max(taken.from.shards, taken.to.shards)};
  some.disk.set_survival(surviving);
  for (std::uint64_t n = 1;; ++n) {
    INFO(taken.from << " -> " << taken.to << ", operation " << n);
    const auto came = std::make_shared<bool>(false);
    some.disk.forget_after_failed_sync(n % 2 == 0);
    some.disk.follow(fault_at(n, fault, came));
    const auto moved = some.redistribute(taken.to);
    some.disk.mend();
    failed += moved ? 0 : 1;
    if (n % 4 < 2 && some.disk.has_power())
      some.kill();
    else
      some.cut_power();
    if (moved)
      REQUIRE(some.difference(all, taken.to) == "");
    // on, or back
    REQUIRE(wrong_after(some, all, n % 3 == 0 ? taken.from : taken.to) == "");
    if (!*came)
      return n;
    must(some.redistribute(taken.from));
  }
}

fault_disk::plan random_faults(std::uint64_t seed) {
  return [random = std::mt19937_64{seed}](const disk_event& event) mutable {
    using enum disk_fault;
    constexpr std::array faults{fails, torn, late, no_space, power_cut};
    if (event.kind == disk_operation::read)
      return random() % 2'000 == 0 ? fails : none;
    return random() % 60 == 0 ? faults[random() % faults.size()] : none;
  };
}

} // namespace

TEST_CASE("a power cut at any operation of a redistribution loses nothing",
          "[redistribution_faults]") {
  const auto taken = GENERATE(way{1, 3}, way{2, 3}, way{3, 2});
  const auto surviving = GENERATE(survival::none, survival::some);
  std::uint64_t failed = 0;
  const auto times =
      take_with_faults(some_orders(8), taken, disk_fault::power_cut, surviving, failed);
  CHECK(times > 50);
  CHECK(failed == times - 1);
}

TEST_CASE("an error of any operation of a redistribution loses nothing, nor does a power cut then",
          "[redistribution_faults]") {
  const auto fault =
      GENERATE(disk_fault::fails, disk_fault::torn, disk_fault::late, disk_fault::no_space);
  const auto taken = GENERATE(way{2, 3}, way{3, 2});
  std::uint64_t failed = 0;
  const auto times = take_with_faults(some_orders(8), taken, fault, survival::some, failed);
  CHECK(times > 50);
  CHECK(failed > 20);
}

TEST_CASE("a redistribution that a bad disk ends again and again goes on when the disk is sound",
          "[redistribution_faults]") {
  const auto all = some_orders(4);
  std::uint64_t failed = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    std::mt19937_64 random{seed};
    const auto any_layout = [&] {
      return shard_layout{static_cast<std::uint32_t>(1 + random() % 4),
                          random() % 2 == 0 ? routing_strategy::modulo
                                            : routing_strategy::rendezvous};
    };
    stores_on_disk some{seed, all, any_layout(), 1};
    some.disk.set_survival(seed % 2 == 0 ? survival::some : survival::none);
    some.disk.forget_after_failed_sync(seed % 3 == 0);
    for (int attempt = 0; attempt < 5; ++attempt) {
      some.disk.follow(random_faults(random()));
      failed += some.redistribute(any_layout()) ? 0 : 1;
      if (!some.disk.has_power() || random() % 3 == 0)
        some.cut_power();
      else if (random() % 2 == 0)
        some.kill();
    }
    some.disk.mend();
    INFO("seed " << seed);
    REQUIRE(wrong_after(some, all, any_layout()) == "");
  }
  CHECK(failed > 150);
}
