#include "model/term/phash2.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"
#include "test/support/stores.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <limits>
#include <unordered_map>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

const std::string init{initialisation_action};

/// A store of the engine that Catch2 is at, with its data.
struct any_store {
  engine which = GENERATE(engine::memory, engine::sqlite);
  store_home home{which};
  std::unique_ptr<instance_store> store = home.open();

  void reopen() {
    store.reset();
    store = home.open();
  }

  void commit(const batch& changes) { must(store->commit(changes)); }

  /// The identifiers of a listing with pages of `limit`.
  std::vector<term> list(std::size_t limit) {
    std::vector<term> all;
    std::optional<std::uint64_t> from = 0;
    while (from) {
      auto page = must(page_of(*store, *from, limit));
      CHECK(page.instances.size() <= limit);
      CHECK((page.instances.size() == limit || !page.next));
      for (const auto& one : page.instances)
        all.push_back(one.head.identifier);
      from = page.next;
    }
    return all;
  }
};

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

TEST_CASE("a listing has every instance once, in the order of creation", "[store]") {
  any_store s;
  CAPTURE(s.which);
  for (std::int64_t i = 9; i > 0; --i)
    s.commit({put(i)});
  s.commit({delete_instance{term{7}}, delete_instance{term{1}}, put(term{9})});
  const std::vector<term> expected{8, 6, 5, 4, 3, 2, 9};
  for (auto limit : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{6}, std::size_t{7},
                     std::size_t{8}, std::numeric_limits<std::size_t>::max() - 1,
                     std::numeric_limits<std::size_t>::max()}) {
    CAPTURE(limit);
    CHECK(s.list(limit) == expected);
  }
  s.reopen();
  CHECK(s.list(3) == expected);
}

TEST_CASE("a page of nothing tells where the first one begins", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put("order-1")});
  auto page = must(page_of(*s.store, 0, 0));
  CHECK(page.instances.empty());
  REQUIRE(page.next);
  CHECK(must(page_of(*s.store, *page.next, 1)).instances.size() == 1);
}

TEST_CASE("nothing is listed from beyond the last instance on", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put("order-1")});
  auto page = must(page_of(*s.store, std::numeric_limits<std::uint64_t>::max(), 10));
  CHECK(page.instances.empty());
  CHECK_FALSE(page.next);
}

TEST_CASE("a listing goes on after what it has seen was deleted", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put(1), put(2), put(3)});
  auto first = must(page_of(*s.store, 0, 2));
  REQUIRE(first.next);
  s.commit({delete_instance{term{2}}, delete_instance{term{3}}});
  // A new instance must not take the place of one that was listed.
  s.commit({put(4), put(5)});
  auto second = must(page_of(*s.store, *first.next, 10));
  REQUIRE(second.instances.size() == 2);
  CHECK(second.instances[0].head.identifier == term{4});
  CHECK(second.instances[1].head.identifier == term{5});
}

TEST_CASE("instances are counted by specification and state", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put(1, "Order", "new"), put(2, "Order", "paid"), put(3, "Order", "new"),
            put(4, "Invoice", "new"), append(3, 1, "turn", "new"), append(3, 2, "turn", "new"),
            mark_late{term{3}}, mark_late{term{1}}, mark_late{term{3}}, put(5, "Order", "")});
  CHECK(must(s.store->count_by_state())
        == std::vector<state_count>{{"Invoice", "new", 1, 0, 0},
                                    {"Order", "", 1, 0, 0},
                                    {"Order", "new", 2, 2, 3},
                                    {"Order", "paid", 1, 0, 0}});
}

TEST_CASE("a store is summed up in parts that are no larger than wanted", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put(1, "Order", "new"), put(2, "Order", "new"), put(3, "Order", "paid"),
            append(1, 1, "odd", "new", verdict::deviation_not_equivalent),
            append(3, 1, "odd", "paid", verdict::deviation_not_equivalent),
            append(3, 2, "odd", "paid", verdict::deviation_not_equivalent),
            put(4, "Order", "new")});
  s.commit({delete_instance{term{2}}, put(5, "Order", "new")});
  page_request part;
  part.visit = 2;
  part.until = must(s.store->last_instance());
  s.commit({put(6, "Order", "new")});
  auto found = must(s.store->summarise(part, 9));
  CHECK(found.states.size() == 2);
  CHECK(found.deviations.total == 3);
  CHECK(found.deviations.first.size() == 3);
  REQUIRE(found.next);
  part.from = *found.next;
  found = must(s.store->summarise(part, 9));
  CHECK(found.states == std::vector<state_count>{{"Order", "new", 2, 0, 0}});
  CHECK(found.deviations.total == 0);
  CHECK_FALSE(found.next); // the sixth came too late

  part = {};
  CHECK(must(s.store->summarise(part, 1)).deviations.first.size() == 1);
  part.visit = 1;
  summary_sum sum{2};
  int parts = 0;
  for (std::optional<std::uint64_t> from = 0; from; ++parts) {
    part.from = *from;
    auto one = must(s.store->summarise(part, sum.room()));
    from = one.next;
    sum.add(std::move(one));
  }
  CHECK(parts == 5);
  CHECK(sum.states() == must(s.store->count_by_state()));
  CHECK(sum.deviations().total == 3);
  CHECK(sum.deviations().first == must(s.store->deviations(2)).first);
}

TEST_CASE("deviations are listed with the state before, oldest instance first", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put("b", "Order"), put("a", "Invoice"),
            append("a", 1, init, "odd", verdict::deviation_still_equivalent),
            append("b", 1, init, "new"), append("a", 2, "pay", "paid", verdict::learned),
            append("b", 2, "jump", "off", verdict::deviation_not_equivalent),
            append("b", 3, "land", "new", verdict::deviation_still_equivalent)});
  const deviating_step jump{
      "b", "Order", 2, "new", {"jump", "off", at_second(2), verdict::deviation_not_equivalent}};
  const deviating_step land{
      "b", "Order", 3, "off", {"land", "new", at_second(3), verdict::deviation_still_equivalent}};
  const deviating_step odd{
      "a", "Invoice", 1, "", {init, "odd", at_second(1), verdict::deviation_still_equivalent}};
  auto all = must(s.store->deviations(10));
  CHECK(all.total == 3);
  CHECK(all.first == std::vector<deviating_step>{jump, land, odd});
  auto some = must(s.store->deviations(1));
  CHECK(some.total == 3);
  CHECK(some.first == std::vector<deviating_step>{jump});
  auto none = must(s.store->deviations(0));
  CHECK(none.total == 3);
  CHECK(none.first.empty());

  s.commit({delete_instance{term{"b"}}});
  CHECK(must(s.store->deviations(std::numeric_limits<std::size_t>::max())).first
        == std::vector<deviating_step>{odd});
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

TEST_CASE("a page shows what is chosen among a bounded part of the store", "[store]") {
  any_store s;
  CAPTURE(s.which);
  for (std::int64_t i = 0; i < 10; ++i)
    s.commit({put(i, i % 2 == 0 ? "Order" : "Invoice")});
  auto invoices = [](const instance_head& one) { return one.specification == "Invoice"; };
  page_request part;
  part.visit = 3;
  auto first = must(s.store->page(part, invoices));
  REQUIRE(first.instances.size() == 1);
  CHECK(first.instances[0].head.identifier == term{1});
  REQUIRE(first.next);
  part.from = *first.next;
  auto second = must(s.store->page(part, invoices));
  CHECK(second.instances.size() == 2); // 3 and 5

  part = {};
  part.until = must(s.store->last_instance());
  s.commit({put(10, "Invoice")});
  CHECK(must(s.store->page(part, invoices)).instances.size() == 5);
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

TEST_CASE("operations are listed from one on", "[store]") {
  any_store s;
  CAPTURE(s.which);
  s.commit({put("order-1")});
  for (std::uint64_t i = 1; i <= 3; ++i) {
    auto one = append("order-1", i, "pay", "paid");
    one.operation_id = "op-" + std::to_string(i);
    s.commit({one});
  }
  auto rest = must(s.store->operations("op-1", 10));
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].id == "op-2");
  CHECK(rest[0].recorded.identifier == term{"order-1"});
  CHECK(rest[0].at == at_second(2));
  CHECK(must(s.store->operations("", 1)).size() == 1);
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

TEST_CASE("the steps of a deleted long history are freed little by little", "[store]") {
  any_store s;
  CAPTURE(s.which);
  batch made{put("order-1")};
  for (std::uint64_t i = 1; i <= 250; ++i)
    made.push_back(append("order-1", i, "pay", "paid", verdict::deviation_not_equivalent));
  s.commit(made);
  s.commit({delete_instance{term{"order-1"}}, put("order-1")});
  CHECK(must(s.store->history("order-1")).empty());
  CHECK(must(s.store->deviations(10)).first.empty());
  auto rounds = 0;
  while (must(s.store->collect(100)))
    ++rounds;
  CHECK(rounds == (s.which == engine::sqlite ? 2 : 0));
  CHECK(must(s.store->deviations(10)).total == 0);
}

TEST_CASE("several deleted histories are freed in one go, as far as they are not too long",
          "[store]") {
  any_store s;
  CAPTURE(s.which);
  for (const auto* order : {"a", "b", "c"}) {
    batch made{put(order)};
    for (std::uint64_t i = 1; i <= 60; ++i)
      made.push_back(append(order, i, "pay", "paid"));
    s.commit(made);
  }
  s.commit({delete_instance{"a"}, delete_instance{"b"}, delete_instance{"c"}});
  CHECK(must(s.store->collect(100)) == (s.which == engine::sqlite)); // a, and 40 steps of b
  CHECK_FALSE(must(s.store->collect(100)));
}

TEST_CASE("an operation stays remembered after its instance", "[store]") {
  any_store s;
  CAPTURE(s.which);
  auto first = append("order-1", 1, init, "new", verdict::conforms);
  first.operation_id = "op-1";
  first.operation_outcome = verdict::deviation_still_equivalent;
  s.commit({put("order-1"), first});
  const recorded_operation expected{1, verdict::deviation_still_equivalent, term{"order-1"}};
  CHECK(must(s.store->find_operation("op-1")) == expected);
  s.commit({delete_instance{term{"order-1"}}});
  s.reopen();
  CHECK(must(s.store->find_operation("op-1")) == expected);
  CHECK_FALSE(must(s.store->find_operation("op-10")));
  CHECK_FALSE(must(s.store->find_operation("")));
}

TEST_CASE("a deleted instance leaves nothing to the next one of its identifier", "[store]") {
  any_store s;
  CAPTURE(s.which);
  auto first = append("order-1", 1, init, "new", verdict::deviation_not_equivalent);
  first.deadline = at_second(10);
  s.commit({put("order-1"), first, append("order-1", 2, "pay", "paid"), mark_late{"order-1"}});
  const auto check_fresh = [&] {
    auto found = must(s.store->find("order-1"));
    REQUIRE(found);
    CHECK(*found == stored_instance{put("order-1", "Invoice").head, std::nullopt, 0});
    CHECK(must(s.store->history("order-1")).empty());
    CHECK(must(s.store->deviations(10)).total == 0);
    CHECK(s.list(10) == std::vector<term>{"order-1"});
  };
  SECTION("in a later batch") {
    s.commit({delete_instance{term{"order-1"}}});
    CHECK_FALSE(must(s.store->find("order-1")));
    CHECK(must(s.store->history("order-1")).empty());
    s.commit({put("order-1", "Invoice")});
    check_fresh();
  }
  SECTION("in the same batch") {
    s.commit({delete_instance{term{"order-1"}}, put("order-1", "Invoice")});
    check_fresh();
  }
  SECTION("without a deletion") {
    s.commit({put("order-1", "Invoice")});
    check_fresh();
  }
}

TEST_CASE("deleting what is not there is fine", "[store]") {
  any_store s;
  CAPTURE(s.which);
  CHECK(s.store->commit({delete_instance{term{"order-1"}}}));
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

TEST_CASE("steps of a deleted long history are no deviations any more", "[store]") {
  any_store s;
  CAPTURE(s.which);
  batch made{put("order-1"), put("order-2")};
  for (std::uint64_t i = 1; i <= 250; ++i)
    made.push_back(append("order-1", i, "pay", "paid", verdict::deviation_not_equivalent));
  made.push_back(append("order-2", 1, "pay", "paid", verdict::deviation_not_equivalent));
  s.commit(made);
  CHECK(must(s.store->deviations(10)).total == 251);
  s.commit({delete_instance{term{"order-1"}}});
  CHECK(must(s.store->deviations(10)).total == 1);
}
