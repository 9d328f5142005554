/// That reading a store comes to the same whichever rows lag is a property of all stores, see
/// store_agreement_test.cpp. Here: which rows lag, and for how long.

#include "persistence/sqlite/sqlite_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"
#include "test/support/stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// A store with some instances whose file can be looked into.
class lagging_store {
public:
  explicit lagging_store(const sqlite::lag_limits& most, int instances = 10) : most_(most) {
    reopen();
    for (int i = 0; i < instances; ++i)
      must(store_->commit({put(name_of(i))}));
  }

  void reopen() {
    store_.reset();
    store_ = home_.open(most_);
  }

  /// Makes the next step of an instance, in a batch of its own.
  void step(int which, std::optional<timestamp> deadline = {}) {
    const auto number = ++steps_[which];
    auto made = append(name_of(which), number, "turn", "state-" + std::to_string(number),
                       verdict::conforms);
    made.deadline = deadline;
    must(store_->commit({made}));
  }

  /// A batch with two steps of each of so many instances, one of which is then deleted and made
  /// again, and which fails.
  void fail_after_steps(int instances) {
    batch changes;
    for (const auto more : {1, 2})
      for (int which = 0; which < instances; ++which)
        changes.push_back(append(name_of(which), steps_of(which) + more, "turn", "nowhere",
                                 verdict::conforms)); // unnumbered: so settled each time
    changes.push_back(delete_instance{name_of(0)});
    changes.push_back(put(name_of(0)));
    changes.push_back(append(name_of(0), 1, "turn", "nowhere", verdict::conforms));
    changes.push_back(mark_late{"nobody"});
    REQUIRE_FALSE(store_->commit(changes));
  }

  void remove(int which) {
    must(store_->commit({delete_instance{name_of(which)}}));
    steps_.erase(which);
  }

  [[nodiscard]] std::uint64_t steps_of(int which) const {
    const auto found = steps_.find(which);
    return found == steps_.end() ? 0 : found->second;
  }

  void create(int which) { must(store_->commit({put(name_of(which))})); }

  [[nodiscard]] std::int64_t ask(const std::string& sql) const {
    return must(must(sqlite::database::open(home_.file())).query_number(sql));
  }
  void tamper(const char* sql) const {
    must(must(sqlite::database::open(home_.file())).execute(sql));
  }
  /// Rows that have fewer steps than were made.
  [[nodiscard]] std::int64_t lagging() const {
    return ask("SELECT count(*) FROM instance i WHERE steps < "
               "(SELECT count(*) FROM step WHERE instance = i.id)");
  }
  /// What is read when the store is opened.
  [[nodiscard]] std::int64_t unsettled() const {
    return ask("SELECT count(*) FROM step, store WHERE seq > settled");
  }

  /// Is every instance where its steps have brought it?
  [[nodiscard]] bool is_right() const {
    for (const auto& [which, steps] : steps_) {
      const auto found = must(store_->find(name_of(which)));
      if (!found || found->head.step_count != steps
          || found->head.current_state != "state-" + std::to_string(steps)
          || must(store_->history(name_of(which))).size() != steps)
        return false;
    }
    return true;
  }

  [[nodiscard]] instance_store& store() const { return *store_; }

private:
  static term name_of(int which) { return "order-" + std::to_string(which); }

  sqlite::lag_limits most_;
  store_home home_{engine::sqlite};
  std::unique_ptr<instance_store> store_;
  std::map<int, std::uint64_t> steps_;
};

} // namespace

TEST_CASE("rows lag up to a limit, and what is read at the opening has one", "[lag]") {
  lagging_store s{{.rows = 5, .steps = 1'000, .slice = 2}};
  for (int i = 0; i < 6; ++i)
    s.step(i);
  CHECK(s.lagging() == 6);
  CHECK(s.unsettled() == 6);
  std::int64_t most_lagging = 0;
  std::int64_t most_unsettled = 0;
  for (int i = 0; i < 200; ++i) {
    s.step(i % 10);
    most_lagging = std::max(most_lagging, s.lagging());
    most_unsettled = std::max(most_unsettled, s.unsettled());
  }
  CHECK(most_lagging <= 7);
  CHECK(most_unsettled <= 14);
  CHECK(s.is_right());
}

TEST_CASE("rows that were written lag again, and are not written before it is time", "[lag]") {
  lagging_store s{{.rows = 5, .steps = 1'000, .slice = 2}};
  for (int i = 0; i < 100; ++i)
    s.step(i % 10);
  std::int64_t most_lagging = 0;
  for (int i = 0; i < 20; ++i) {
    s.step(i % 10);
    most_lagging = std::max(most_lagging, s.lagging());
  }
  CHECK(most_lagging >= 6);
}

TEST_CASE("a batch that failed makes no row lag and begins no sweep", "[lag]") {
  lagging_store s{{.rows = 5, .steps = 1'000, .slice = 100}};
  s.step(0);
  s.step(1);
  s.fail_after_steps(10);
  CHECK(s.is_right());
  for (int i = 0; i < 10; ++i)
    CHECK(must(s.store().find(term{"order-" + std::to_string(i)}))->head.step_count
          == (i < 2 ? 1 : 0));
  for (int i = 1; i < 6; ++i) // the last one begins a sweep, which comes with the next batch
    s.step(i);
  CHECK(s.lagging() == 6);
  CHECK(s.is_right());
  s.step(0);
  CHECK(s.lagging() == 0);
}

TEST_CASE("a few rows lag for a limited number of steps", "[lag]") {
  lagging_store s{{.rows = 100, .steps = 20, .slice = 1}};
  std::int64_t most_unsettled = 0;
  for (int i = 0; i < 200; ++i) {
    s.step(i % 3);
    most_unsettled = std::max(most_unsettled, s.unsettled());
  }
  CHECK(most_unsettled > 20);
  CHECK(most_unsettled <= 30);
  CHECK(s.is_right());
}

TEST_CASE("steps are settled even if no row lags", "[lag]") {
  lagging_store s{{.rows = 100, .steps = 20, .slice = 1}};
  std::int64_t most_unsettled = 0;
  for (int i = 0; i < 100; ++i) {
    s.step(i % 3, at_second(i));
    most_unsettled = std::max(most_unsettled, s.unsettled());
  }
  CHECK(s.lagging() == 0);
  CHECK(most_unsettled <= 22);
  CHECK(s.is_right());
}

TEST_CASE("a store that is opened again writes nothing, and knows where everybody is", "[lag]") {
  lagging_store s{{.rows = 5, .steps = 12, .slice = 1}};
  for (int i = 0; i < 100; ++i) {
    s.step(i * 7 % 10);
    const auto lagging = s.lagging();
    s.reopen();
    CHECK(s.lagging() == lagging);
    CHECK(s.unsettled() <= 2 * 12 + 1);
    CHECK(s.is_right());
  }
}

TEST_CASE("short lives of a store do not add up to a long opening", "[lag]") {
  lagging_store s{{.rows = 5, .steps = 20, .slice = 1}, 200};
  for (int i = 0; i < 600; ++i) {
    s.step(i * 7 % 200);
    s.reopen();
    CHECK(s.lagging() <= 3 * 5);
    CHECK(s.unsettled() <= 3 * 20);
  }
  CHECK(s.is_right());
}

TEST_CASE("the row of an instance with a deadline does not lag", "[lag]") {
  lagging_store s{{}};
  s.step(1);
  CHECK(s.lagging() == 1);
  SECTION("that it gets") {
    s.step(1, at_second(5));
    CHECK(s.lagging() == 0);
    CHECK(must(deadlines_of(s.store())).size() == 1);
  }
  SECTION("that it had") {
    s.step(1, at_second(5));
    s.reopen(); // the step before is read, but the row counts
    s.step(1);
    CHECK(s.lagging() == 0);
    CHECK(must(deadlines_of(s.store())).empty());
  }
  CHECK(s.is_right());
}

TEST_CASE("a deleted instance makes no step, though its row lagged", "[lag]") {
  lagging_store s{{}};
  s.step(1);
  auto next = append("order-1", 2, "turn", "state-2");
  next.instance = must(s.store().find("order-1"))->number;
  SECTION("of a later batch") {
    s.remove(1);
    CHECK(error_code_of(s.store().commit({next})) == ec::store_failure);
  }
  SECTION("of the same batch") {
    CHECK(error_code_of(s.store().commit({delete_instance{"order-1"}, next})) == ec::store_failure);
  }
}

TEST_CASE("numbers of deleted steps that are given again are not taken for settled", "[lag]") {
  SECTION("when a sweep is over") {
    lagging_store s{{.rows = 1, .steps = 1'000, .slice = 100}};
    for (int i = 0; i < 8; ++i)
      s.step(i % 4);
    const auto last = s.ask("SELECT max(seq) FROM step");
    for (int i = 0; i < 4; ++i)
      s.remove(i);
    REQUIRE(s.ask("SELECT coalesce(max(seq), 0) FROM step") < last);
    for (int i = 6; i < 9; ++i)
      s.step(i);
    s.reopen();
    CHECK(s.is_right());
  }
  SECTION("while a sweep is on") {
    lagging_store s{{.rows = 2, .steps = 1'000, .slice = 1}};
    for (int i = 0; i < 3; ++i)
      s.step(i); // now a sweep of these three begins
    s.remove(2);
    s.step(3);
    REQUIRE(s.ask("SELECT max(seq) FROM step") == 3);
    s.remove(9); // the sweep ends
    CHECK(s.lagging() == 1);
    s.reopen();
    CHECK(s.is_right());
  }
}

TEST_CASE("a history is never that of another instance", "[lag]") {
  lagging_store s{{}, 2};
  s.step(0, at_second(1));
  s.step(1, at_second(1));
  // As a reader finds it if the step was deleted, and its number given again, since it looked.
  s.tamper("UPDATE instance SET last_step = 2");
  CHECK(must(s.store().history("order-0")).empty());
  CHECK(must(s.store().history("order-1")).size() == 1);
}
