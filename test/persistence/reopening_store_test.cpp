#include "persistence/reopening_store.hpp"

#include "test/support/faulty_store.hpp"
#include "test/support/stores.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <optional>
#include <random>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct logged_store : faulty_store {
  batch_log log;

  explicit logged_store(std::uint64_t seed = 1) : faulty_store(seed) { must(open()); }

  result<void> commit(const std::string& name) {
    auto committed = store->commit(log.next(name));
    log.answered(name, committed, disk.has_power());
    return committed;
  }
  void check() { CHECK(log.compare(*store) == ""); }

  /// A machine that comes up again.
  void restart() {
    store.reset();
    disk.power_on();
    disk.mend();
    must(open());
  }
};

/// Fails only the sync of the batch itself.
void fail_next_sync(fault_disk& disk, disk_fault how) {
  disk.follow([how, done = false](const disk_event& event) mutable {
    if (done || event.kind != disk_operation::sync)
      return disk_fault::none;
    done = true;
    return how;
  });
}

} // namespace

TEST_CASE("a commit that failed at its end may be found to be stored", "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  // the system keeps what it could not sync, so the next opening finds it
  fail_next_sync(s.disk, disk_fault::fails);
  must(s.commit("second"));
  CHECK(s.log.sure().size() == 2);
  s.check();
  s.disk.cut_power();
  s.restart();
  s.check();
}

TEST_CASE("a commit of which the disk has nothing is refused, for good", "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  s.disk.forget_after_failed_sync(true);
  fail_next_sync(s.disk, disk_fault::fails);
  CHECK(error_code_of(s.commit("second")) == ec::store_failure);
  s.check();
  must(s.commit("third"));
  s.disk.cut_power();
  s.restart();
  s.check();
}

TEST_CASE("a refused commit stays refused while another process has the store open",
          "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  // its log is not read again when the node opens it
  auto reader = must(s.open_database());
  CHECK(must(reader.query_number("SELECT count(*) FROM step")) == 1);
  fail_next_sync(s.disk, disk_fault::late);
  CHECK(error_code_of(s.commit("second")) == ec::store_failure);
  s.check();
  s.disk.cut_power();
  s.restart();
  s.check();
}

TEST_CASE("a commit that failed in a process that died is not taken for a later one",
          "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  std::optional<sqlite::database> reader = must(s.open_database());
  CHECK(must(reader->query_number("SELECT count(*) FROM step")) == 1);
  s.store.reset();
  {
    auto other = must(s.open_inner());
    fail_next_sync(s.disk, disk_fault::late);
    const auto failed = other->commit(s.log.next("second"));
    CHECK_FALSE(failed);
    s.log.answered("second", failed, false);
    other->leave_as_it_is();
  }
  must(s.open()); // as the reader knows the log, which has the second commit behind its end
  s.disk.follow([&](const disk_event& event) {
    if (!reader || event.kind != disk_operation::write)
      return disk_fault::none;
    reader.reset();
    return disk_fault::fails;
  });
  CHECK_FALSE(s.commit("third"));
  s.check();
  must(s.commit("fourth"));
  s.check();
}

TEST_CASE("a commit that is done when an error comes is stored", "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  fail_next_sync(s.disk, disk_fault::late);
  must(s.commit("second"));
  s.check();
}

TEST_CASE("while a disk stays broken nothing is promised, and then it goes on by itself",
          "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  s.disk.fail_all(disk_operation::sync, disk_fault::fails);
  const auto unknown = error_of(s.commit("second"));
  CHECK(unknown.code == ec::unavailable);
  CHECK_THAT(unknown.message, ContainsSubstring("not known"));

  const auto refused = error_of(s.commit("third"));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring("cannot be opened again"));
  CHECK(error_code_of(s.store->find("log")) == ec::store_failure);
  CHECK(error_code_of(s.store->history("log")) == ec::store_failure);
  CHECK(error_code_of(s.store->find_operation("op")) == ec::store_failure);
  CHECK(error_code_of(s.store->page({}, {})) == ec::store_failure);
  CHECK(error_code_of(s.store->last_instance()) == ec::store_failure);
  CHECK(error_code_of(s.store->operations("", 1)) == ec::store_failure);
  CHECK(error_code_of(s.store->collect(1)) == ec::store_failure);
  CHECK(error_code_of(s.store->count_by_state()) == ec::store_failure);
  CHECK(error_code_of(s.store->deviations(1)) == ec::store_failure);
  CHECK(error_code_of(deadlines_of(*s.store)) == ec::store_failure);
  CHECK(error_code_of(s.store->models()) == ec::store_failure);
  CHECK(error_code_of(s.store->specifications()) == ec::store_failure);

  s.disk.mend();
  s.check(); // the second, or not
  must(s.commit("fourth"));
  s.check();
}

TEST_CASE("a full disk refuses commits and nothing else, and goes on with more space",
          "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  s.disk.limit_space(s.disk.used() + 5'000);
  for (int i = 0; i < 20; ++i) {
    const auto full = error_of(s.commit("refused"));
    CHECK(full.code == ec::store_failure);
    CHECK_THAT(full.message, ContainsSubstring("full"));
    s.check();
    CHECK(must(s.store->find("log")));
  }
  s.disk.limit_space(std::nullopt);
  must(s.commit("second"));
  s.check();
  s.disk.cut_power();
  s.restart();
  s.check();
}

TEST_CASE("what the engine refuses by itself leaves the store open", "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  const auto before = s.disk.operations();
  CHECK(error_code_of(s.store->commit({append("unknown", 1, "pay", "paid")})) == ec::store_failure);
  CHECK(s.disk.operations() == before);
}

TEST_CASE("names that a refused commit brought are written again", "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  s.disk.forget_after_failed_sync(true);
  fail_next_sync(s.disk, disk_fault::fails);
  CHECK_FALSE(s.commit("second"));
  must(s.commit("second"));
  s.restart();
  CHECK(must(s.store->history("log")).back().to == "state of second");
}

TEST_CASE("a store that can only be read does not open, and says so", "[reopening_store]") {
  faulty_store s;
  const auto make_it = GENERATE(true, false);
  if (make_it) {
    must(s.open());
    s.store.reset();
  }
  s.disk.make_read_only(true);
  const auto refused = error_of(s.open());
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring(faulty_store::file));
  if (make_it)
    CHECK_THAT(refused.message, ContainsSubstring("can only be read"));
}

TEST_CASE("a full disk does not keep a store from being opened", "[reopening_store]") {
  logged_store s;
  must(s.commit("first"));
  s.store.reset();
  s.disk.limit_space(s.disk.used());
  must(s.open());
  s.check();
  CHECK_FALSE(s.commit("second"));
  s.check();
}
