/// What goes with a deleted instance, when, and what stays.

#include "test/support/any_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const std::string init{initialisation_action};

} // namespace

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
