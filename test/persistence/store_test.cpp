#include "model/term/phash2.hpp"
#include "model/term/term_text.hpp"
#include "test/support/any_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"

#include <string>
#include <unordered_map>
#include <utility>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

const std::string init{initialisation_action};

/// Two different identifiers with the same `phash2`.
std::pair<term, term> colliding_identifiers() {
  std::unordered_map<std::uint32_t, term> seen;
  for (std::int64_t i = 0;; ++i)
    for (const auto& candidate : {term{i}, term{"order-" + std::to_string(i)}})
      if (auto [known, is_new] = seen.emplace(phash2(candidate), candidate); !is_new)
        return {known->second, candidate};
}

} // namespace

TEST_CASE("a new store is empty", "[store]") {
  any_store s;
  CAPTURE(s.which);
  CHECK_FALSE(must(s.store->find("order-1")));
  CHECK(must(s.store->history("order-1")).empty());
  CHECK_FALSE(must(s.store->find_operation("op-1")));
  CHECK(must(page_of(*s.store, 0, 10)).instances.empty());
  CHECK_FALSE(must(page_of(*s.store, 0, 10)).next);
  CHECK(must(s.store->count_by_state()).empty());
  CHECK(must(s.store->deviations(10)).total == 0);
  CHECK(must(deadlines_of(*s.store)).empty());
  CHECK(must(s.store->models()).empty());
  CHECK(s.store->commit({}));
}

TEST_CASE("a store knows an instance and its steps", "[store]") {
  any_store s;
  CAPTURE(s.which);
  auto created = put("order-1");
  created.head.meta = term::map({{atom{"customer"}, 17}});
  auto paid = append("order-1", 2, "pay", "paid", verdict::deviation_not_equivalent);
  paid.deadline = at_second(60);
  s.commit({created, append("order-1", 1, init, "new", verdict::learned), paid});

  const auto check = [&] {
    stored_instance expected;
    expected.head = {"Order", "order-1", created.head.meta, "paid", 2, at_second(2)};
    expected.deadline = at_second(60);
    CHECK(must(s.store->find("order-1")) == expected);
    CHECK(must(s.store->history("order-1"))
          == std::vector<step>{{init, "new", at_second(1), verdict::learned},
                               {"pay", "paid", at_second(2), verdict::deviation_not_equivalent}});
  };
  check();
  s.reopen();
  check();
}

TEST_CASE("times are kept to the microsecond, also those before 1970", "[store]") {
  any_store s;
  CAPTURE(s.which);
  for (auto at :
       {timestamp::min(), timestamp{-1us}, timestamp{0us}, timestamp{1us}, timestamp::max()}) {
    auto first = append("order-1", 1, init, "new");
    first.step.at = at;
    first.deadline = at;
    s.commit({put("order-1"), first});
    auto found = must(s.store->find("order-1"));
    REQUIRE(found);
    CHECK(found->head.last_step_at == at);
    CHECK(found->deadline == at);
    CHECK(must(s.store->history("order-1")).at(0).at == at);
    CHECK(must(deadlines_of(*s.store))
          == std::vector<std::pair<timestamp, term>>{{at, term{"order-1"}}});
  }
}

TEST_CASE("identifiers with the same hash are two", "[store]") {
  any_store s;
  CAPTURE(s.which);
  const auto [one, other] = colliding_identifiers();
  CAPTURE(one, other);
  REQUIRE(one != other);
  REQUIRE(phash2(one) == phash2(other));

  s.commit({put(one), append(one, 1, init, "new")});
  CHECK_FALSE(must(s.store->find(other)));
  s.commit({put(other), append(other, 1, init, "elsewhere"), append(other, 2, "go", "away")});
  s.reopen();
  CHECK(must(s.store->find(one))->head.current_state == "new");
  CHECK(must(s.store->find(other))->head.current_state == "away");
  CHECK(must(s.store->history(one)).size() == 1);
  s.commit({delete_instance{one}});
  CHECK_FALSE(must(s.store->find(one)));
  CHECK(must(s.store->history(other)).size() == 2);
}

TEST_CASE("an integer, a float, an atom, a binary and a charlist are five identifiers", "[store]") {
  any_store s;
  CAPTURE(s.which);
  const std::vector<term> identifiers{term{5}, term{5.0}, term{atom{"5"}}, term{"5"},
                                      term::list({term{'5'}})};
  for (const auto& identifier : identifiers)
    s.commit({put(identifier, "Order", to_text(identifier))});
  s.reopen();
  CHECK(s.list(100) == identifiers);
  for (const auto& identifier : identifiers)
    CHECK(must(s.store->find(identifier))->head.current_state == to_text(identifier));
}

TEST_CASE("a deadline is replaced by the next step and gone when it was reported", "[store]") {
  any_store s;
  CAPTURE(s.which);
  auto first = append("order-1", 1, init, "new");
  first.deadline = at_second(10);
  s.commit({put("order-1"), first});
  auto second = append("order-1", 2, "pay", "paid");
  second.deadline = at_second(20);
  s.commit({second});
  CHECK(must(deadlines_of(*s.store))
        == std::vector<std::pair<timestamp, term>>{{at_second(20), term{"order-1"}}});
  s.commit({mark_late{"order-1"}});
  CHECK(must(deadlines_of(*s.store)).empty());
  auto late = must(s.store->find("order-1"));
  CHECK(late->times_late == 1);
  CHECK_FALSE(late->deadline);
  s.commit({append("order-1", 3, "ship", "shipped")});
  CHECK(must(s.store->find("order-1"))->times_late == 1);
}

TEST_CASE("models keep what they learned, by specification", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put_model{"Order", true}, learn_transition{"Order", {"", init, "new"}},
            put_model{"Invoice", false}, learn_transition{"Order", {"new", "pay", "paid"}},
            learn_transition{"Order", {"new", "pay", "paid"}}});
  s.reopen();
  CHECK(must(s.store->models())
        == std::vector<implementation_model>{
            {"Invoice", false, {}}, {"Order", true, {{"", init, "new"}, {"new", "pay", "paid"}}}});
}

TEST_CASE("a model that is put again begins afresh", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put_model{"Order", true}, learn_transition{"Order", {"", init, "new"}}});
  s.commit({put_model{"Order", false}, learn_transition{"Order", {"new", "pay", "paid"}}});
  s.reopen();
  CHECK(must(s.store->models())
        == std::vector<implementation_model>{{"Order", false, {{"new", "pay", "paid"}}}});
}

TEST_CASE("a restored instance is what it was in the other store", "[store]") {
  any_store from;
  any_store to;
  CAPTURE(from.which, to.which);
  auto first = append("order-1", 1, init, "new");
  first.operation_id = "op-1";
  auto second = append("order-1", 2, "pay", "paid", verdict::deviation_not_equivalent);
  second.deadline = at_second(30);
  from.commit({put("order-1"), first, mark_late{"order-1"}, second});
  to.commit({put("order-1", "Invoice"), append("order-1", 1, init, "sent")});
  to.commit(
      {restore_instance{*must(from.store->find("order-1")), must(from.store->history("order-1"))},
       restore_operation{must(from.store->operations("", 10)).at(0)}});
  to.reopen();
  CHECK(must(to.store->find("order-1")) == must(from.store->find("order-1")));
  CHECK(must(to.store->history("order-1")) == must(from.store->history("order-1")));
  CHECK(must(to.store->find_operation("op-1")) == must(from.store->find_operation("op-1")));
  to.commit({forget_operation{"op-1"}});
  CHECK(must(to.store->operations("", 10)).empty());
}

TEST_CASE("deadlines up to a time can be dropped", "[store]") {
  any_store s;
  CAPTURE(s.which);
  for (std::int64_t i = 1; i <= 3; ++i) {
    auto one = append(i, 1, init, "new");
    one.deadline = at_second(i * 10);
    s.commit({put(i), one});
  }
  s.commit({drop_deadlines{at_second(20)}});
  s.reopen();
  auto left = must(deadlines_of(*s.store));
  REQUIRE(left.size() == 1);
  CHECK(left[0].second == term{3});
  CHECK(must(s.store->find(1))->times_late == 0);
}

TEST_CASE("declared specifications are kept by name", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put_specification{"Order", "{}"}, put_specification{"Order", "{ }"},
            put_specification{"Invoice", "{}"}, drop_specification{"Invoice"},
            drop_specification{"Nothing"}});
  s.reopen();
  CHECK(must(s.store->specifications()) == std::map<std::string, std::string>{{"Order", "{ }"}});
}

TEST_CASE("quarantined instances are kept until they are released", "[store]") {
  any_store s;
  CAPTURE(s.which);
  const quarantined_instance unknown{atom{"nobody"}, "boom", at_second(3)};
  const quarantined_instance again{"b", "boom twice", at_second(2)};
  s.commit({put("a"), put("b"), quarantine_instance{{"a", "boom", at_second(1)}},
            quarantine_instance{{"b", "boom", at_second(1)}}, quarantine_instance{unknown}});
  s.commit({quarantine_instance{again}, release_instance{"a"}, release_instance{"c"}});
  s.reopen();
  CHECK(must(s.store->quarantined()) == std::vector{unknown, again});
  s.commit({delete_instance{"b"}, release_instance{unknown.identifier}});
  CHECK(must(s.store->quarantined()) == std::vector{again});
}

TEST_CASE("a quarantined instance has no deadline any more", "[store]") {
  any_store s;
  CAPTURE(s.which);
  auto step = append("a", 1, init, "new");
  step.deadline = at_second(10);
  auto other = append("b", 1, init, "new");
  other.deadline = at_second(11);
  s.commit({put("a"), step, put("b"), other});
  s.commit({quarantine_instance{{"a", "boom", at_second(2)}}});
  CHECK(must(deadlines_of(*s.store))
        == std::vector<std::pair<timestamp, term>>{{at_second(11), "b"}});
  s.commit({release_instance{"a"}});
  CHECK_FALSE(must(s.store->find("a"))->deadline);
}

TEST_CASE("a batch is stored as a whole or not at all", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put("old"), append("old", 1, init, "new"), put_model{"Order", true}});
  const auto cannot_apply =
      GENERATE(change{append("nobody", 1, init, "new")}, change{append("old", 4, "skip", "ahead")},
               change{append("old", 2, "repeat", "paid")}, change{append("gone", 2, "pay", "paid")},
               change{mark_late{"nobody"}}, change{mark_late{"gone"}},
               change{learn_transition{"Invoice", {"a", "b", "c"}}});
  CAPTURE(cannot_apply.index());
  auto second = append("old", 2, "pay", "paid", verdict::deviation_not_equivalent);
  second.operation_id = "op-1";
  second.deadline = at_second(10);
  auto refused = s.store->commit({put("new"), append("new", 1, init, "never seen"), second,
                                  learn_transition{"Order", {"x", "y", "z"}}, put("gone"),
                                  append("gone", 1, init, "new"), delete_instance{term{"gone"}},
                                  cannot_apply});
  CHECK(error_code_of(refused) == ec::store_failure);

  const auto check = [&] {
    CHECK(s.list(10) == std::vector<term>{"old"});
    CHECK(must(s.store->find("old"))->head.current_state == "new");
    CHECK(must(s.store->history("old")).size() == 1);
    CHECK(must(s.store->deviations(10)).total == 0);
    CHECK(must(deadlines_of(*s.store)).empty());
    CHECK_FALSE(must(s.store->find_operation("op-1")));
    CHECK(must(s.store->models()) == std::vector<implementation_model>{{"Order", true, {}}});
  };
  check();
  s.reopen();
  check();
  // The names that the batch would have been the first to use still can be used.
  s.commit({put("new"), append("new", 1, init, "never seen")});
  s.reopen();
  CHECK(must(s.store->find("new"))->head.current_state == "never seen");
}

TEST_CASE("a change that cannot apply is named by its instance", "[store]") {
  any_store s;
  CAPTURE(s.which);
  auto refused = error_of(s.store->commit({mark_late{"order-1"}}));
  CHECK(refused.message.find("<<\"order-1\">>") != std::string::npos);
}
