#include "order.hpp"
#include "testing/googletest_environment.hpp"

#include <gtest/gtest.h>

LOCKSTEP_GOOGLETEST_RECORDER(.specification_files = {ORDER_SPECIFICATION})

using lockstep::testing::recorder;
using shop::order;

TEST(Orders, ArePaidPackedAndShipped) {
  auto placed = order::place(recorder::current().manager(), "googletest-1");
  ASSERT_TRUE(placed);
  EXPECT_TRUE(placed->pay());
  EXPECT_TRUE(placed->pack());
  EXPECT_TRUE(placed->ship());
}

TEST(Orders, CanBeRefundedWhenPaid) {
  ASSERT_TRUE(recorder::current().mock_instance("Order", "googletest-2", "paid"));
  EXPECT_TRUE((order{recorder::current().manager(), "googletest-2"}.refund()));
}

// Disabled: shows that a failed suite teaches nothing.
TEST(Orders, DISABLED_CanBeCancelledWhenShipped) {
  ASSERT_TRUE(recorder::current().mock_instance("Order", "googletest-3", "shipped"));
  EXPECT_FALSE((order{recorder::current().manager(), "googletest-3"}.cancel()));
}
