#include "order.hpp"
#include "testing/catch2_listener.hpp"

#include <catch2/catch_test_macros.hpp>

LOCKSTEP_CATCH2_RECORDER(.specification_files = {ORDER_SPECIFICATION})

using lockstep::testing::recorder;
using shop::order;

TEST_CASE("an order is paid, packed and shipped") {
  auto placed = order::place(recorder::current().manager(), "catch2-1");
  REQUIRE(placed);
  CHECK(placed->pay());
  CHECK(placed->pack());
  CHECK(placed->ship());
}

TEST_CASE("a paid order can be refunded") {
  REQUIRE(recorder::current().mock_instance("Order", "catch2-2", "paid"));
  CHECK(order{recorder::current().manager(), "catch2-2"}.refund());
}

// Hidden: shows that a failed suite teaches nothing.
TEST_CASE("a shipped order can be cancelled", "[.wrong]") {
  REQUIRE(recorder::current().mock_instance("Order", "catch2-3", "shipped"));
  CHECK_FALSE(order{recorder::current().manager(), "catch2-3"}.cancel());
}
