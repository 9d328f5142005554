/// What the stores promise, under every fault that a disk can have.

#include "test/support/faulty_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <optional>
#include <random>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// A node that commits, ends and starts again, on one disk.
class short_life {
public:
  explicit short_life(std::uint64_t seed) : s_(seed), random_(seed) {
    s_.log_pages = 12; // so that it happens often
  }

  fault_disk& disk() { return s_.disk; }

  /// Runs until the power goes, or to the end. @returns what is wrong; empty if nothing is.
  std::string run(int starts, int commits) {
    for (int start = 0; start < starts; ++start) {
      if (!s_.open())
        continue;
      for (int i = 0; i < commits; ++i) {
        commit(1);
        if (!disk().has_power())
          break;
        if (auto wrong = log_.compare(*s_.store); !wrong.empty())
          return wrong;
      }
    }
    return {};
  }

  /// Some faults and some events, at random.
  std::string run_at_random(int events) {
    for (int i = 0; i < events; ++i) {
      switch (random_() % 16) {
      case 0:
        s_.store.reset();
        break;
      case 1:
        disk().kill();
        s_.store.reset();
        break;
      case 2:
        disk().cut_power();
        break;
      case 3:
        // several times the size of a batch, or less than one
        disk().limit_space(disk().used() + random_() % 60'000);
        break;
      case 4:
        disk().limit_space(std::nullopt);
        break;
      case 5:
        read();
        break;
      case 7:
        read_within_transaction();
        break;
      case 6:
        reader_.reset();
        break;
      default:
        break;
      }
      if (!disk().has_power()) {
        reader_.reset();
        s_.store.reset();
        disk().power_on();
      }
      if (!s_.store && !s_.open())
        continue;
      commit(1);
      if (!disk().has_power())
        continue;
      if (auto wrong = log_.compare(*s_.store); !wrong.empty())
        return wrong;
    }
    reader_.reset();
    return {};
  }

  /// What the disk has in the end is what was said.
  std::string settle() {
    disk().mend();
    disk().limit_space(std::nullopt);
    s_.store.reset();
    disk().power_on();
    if (auto opened = s_.open(); !opened)
      return opened.error().message;
    if (auto wrong = log_.compare(*s_.store); !wrong.empty())
      return wrong;
    commit("last");
    disk().cut_power();
    s_.store.reset();
    disk().power_on();
    if (auto opened = s_.open(); !opened)
      return opened.error().message;
    if (auto wrong = log_.compare(*s_.store); !wrong.empty())
      return wrong;
    if (log_.sure().empty() || log_.sure().back() != "last")
      return "a sound disk does not take a batch";
    auto sound = s_.check_integrity();
    return sound ? "" : sound.error().message;
  }

  [[nodiscard]] const batch_log& log() const { return log_; }
  std::uint64_t refused = 0;
  std::uint64_t unknown = 0;

  void open() { must(s_.open()); }
  void close() { s_.store.reset(); }

  /// Another process opens the store, if it can.
  void read() {
    stop_reading();
    if (auto db = s_.open_database(); db && db->query_number("SELECT count(*) FROM instance"))
      reader_.emplace(std::move(*db));
  }
  /// It goes on seeing what there is now, as a check does.
  void read_within_transaction() {
    read();
    if (reader_)
      (void)reader_->execute("BEGIN; SELECT count(*) FROM instance");
  }
  void stop_reading() { reader_.reset(); }

  /// Commits; then only a part of the log is moved to the file, which is not synced, since somebody
  /// goes on seeing an older state.
  void move_a_part(int commits) {
    commit(commits);
    read_within_transaction();
    commit(8);
    stop_reading();
  }

  /// What the store's file has without its log.
  std::string file() { return disk().read(faulty_store::file); }
  std::size_t log_bytes() { return disk().read(std::string(faulty_store::file) + "-wal").size(); }

  /// One after the other, whatever becomes of them.
  void commit(int batches) {
    for (int i = 0; i < batches; ++i)
      commit("b" + std::to_string(++count_));
  }
  void commit(const std::string& name) {
    const auto answer = s_.store->commit(log_.next(name));
    log_.answered(name, answer, disk().has_power());
    if (!answer)
      ++(answer.error().code == ec::unavailable ? unknown : refused);
  }

private:
  faulty_store s_;
  batch_log log_;
  std::mt19937_64 random_;
  std::optional<sqlite::database> reader_;
  int count_ = 0;
};

/// The next sync of a store's file fails, not one of its log.
fault_disk::plan unsynced_file() {
  return [done = false](const disk_event& event) mutable {
    if (done || event.kind != disk_operation::sync || event.file != faulty_store::file)
      return disk_fault::none;
    done = true;
    return disk_fault::fails;
  };
}

/// Makes faults at random: single ones, and times when nearly everything fails.
fault_disk::plan random_faults(std::uint64_t seed) {
  return [random = std::mt19937_64{seed}, bad = 0](const disk_event& event) mutable {
    using enum disk_fault;
    constexpr std::array faults{fails, torn, late, no_space, fails, torn, late, power_cut};
    if (event.kind == disk_operation::read)
      return random() % 400 == 0 ? fails : none;
    if (bad > 0 && --bad > 0)
      return random() % 3 == 0 ? none : faults[random() % 4];
    if (random() % 120 == 0)
      bad = 30;
    return random() % 25 == 0 ? faults[random() % faults.size()] : none;
  };
}

} // namespace

TEST_CASE("whatever a disk does, what was said of batches is true", "[store_faults]") {
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t unknown = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    short_life life{seed};
    life.disk().set_survival(seed % 2 == 0 ? survival::some : survival::none);
    life.disk().forget_after_failed_sync(seed % 3 == 0);
    life.disk().follow(random_faults(seed));
    auto wrong = life.run_at_random(20);
    if (wrong.empty())
      wrong = life.settle();
    INFO("seed " << seed);
    REQUIRE(wrong == "");
    acknowledged += life.log().sure().size();
    refused += life.refused;
    unknown += life.unknown;
  }
  // all of that is tried
  CHECK(acknowledged > 200);
  CHECK(refused > 200);
  CHECK(unknown > 20);
}

TEST_CASE("a power cut at any operation loses nothing and brings nothing back", "[store_faults]") {
  const auto surviving = GENERATE(survival::none, survival::some);
  const auto seed = GENERATE(std::uint64_t{1}, std::uint64_t{2});
  short_life whole{seed};
  REQUIRE(whole.run(2, 4) == "");
  const auto operations = whole.disk().operations();
  CHECK(operations > 100);
  for (std::uint64_t n = 1; n <= operations; ++n) {
    short_life life{seed};
    life.disk().set_survival(surviving);
    life.disk().fail_at(n, disk_fault::power_cut);
    auto wrong = life.run(2, 4);
    if (wrong.empty())
      wrong = life.settle();
    INFO("operation " << n);
    REQUIRE(wrong == "");
  }
}

TEST_CASE("an error of any operation is survived, and a power cut right after it",
          "[store_faults]") {
  const auto fault =
      GENERATE(disk_fault::fails, disk_fault::torn, disk_fault::late, disk_fault::no_space);
  short_life whole{1};
  REQUIRE(whole.run(1, 5) == "");
  const auto operations = whole.disk().operations();
  const auto cut_after = GENERATE(0, 4);
  for (std::uint64_t n = 1; n <= operations; ++n) {
    short_life life{n};
    life.disk().set_survival(survival::some);
    life.disk().forget_after_failed_sync(n % 2 == 0);
    life.disk().follow([=](const disk_event& event) {
      if (event.kind == disk_operation::read)
        return disk_fault::none;
      if (event.number == n)
        return fault;
      return cut_after > 0 && event.number == n + static_cast<std::uint64_t>(cut_after)
                 ? disk_fault::power_cut
                 : disk_fault::none;
    });
    auto wrong = life.run(1, 5);
    if (wrong.empty())
      wrong = life.settle();
    INFO("operation " << n << ", power cut after " << cut_after);
    REQUIRE(wrong == "");
  }
}

TEST_CASE("a file is written anew whose sync failed, also what was written for a reader's sake",
          "[store_faults]") {
  const auto forgets = GENERATE(false, true);
  const auto reads_on = GENERATE(false, true);
  for (int first = 1; first <= 5; ++first) {
    short_life life{1};
    life.disk().forget_after_failed_sync(forgets);
    life.open();
    life.move_a_part(first);
    if (reads_on)
      life.read();
    life.disk().follow(unsynced_file());
    life.commit(30);
    CHECK(life.log().sure().size() == static_cast<std::size_t>(first) + 38);
    life.disk().cut_power();
    INFO("after " << first << " commits");
    CHECK(life.settle() == "");
  }
}

TEST_CASE("a log that must not be moved stays when the store is closed", "[store_faults]") {
  for (int first = 1; first <= 5; ++first) {
    short_life life{1};
    life.disk().forget_after_failed_sync(true);
    life.open();
    life.move_a_part(first);
    life.read();
    life.disk().follow(unsynced_file());
    life.commit(3);
    life.stop_reading();
    life.close();
    life.open();
    life.commit(1); // the folder is synced: no log that was removed comes back
    life.disk().cut_power();
    INFO("after " << first << " commits");
    CHECK(life.settle() == "");
  }
}

TEST_CASE("a log that must not be moved is moved once nobody else has the file open",
          "[store_faults]") {
  short_life life{1};
  life.open();
  life.move_a_part(1);
  life.read();
  life.disk().follow(unsynced_file());
  life.commit(1);
  const auto before = life.file();
  life.commit(60);
  CHECK(life.file() == before);
  life.stop_reading();
  life.commit(120);
  CHECK(life.file() != before);
  CHECK(life.log().sure().size() == 190);
  CHECK(life.settle() == "");
}

TEST_CASE("a log that grew while somebody read an old state is cut off", "[store_faults]") {
  constexpr std::size_t most_bytes = 4UL << 20;
  short_life life{1};
  life.open();
  life.commit(1);
  life.read_within_transaction();
  life.commit(150);
  CHECK(life.log_bytes() > most_bytes);
  life.stop_reading();
  life.commit(5);
  CHECK(life.log_bytes() <= most_bytes);
  CHECK(life.settle() == "");
}
