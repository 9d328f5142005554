/// What a store tells of many instances at once.

#include "test/support/any_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"

#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const std::string init{initialisation_action};

} // namespace

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
