#include "model/workflow/implementation_model.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

TEST_CASE("merged models have the transitions of both", "[implementation_model]") {
  const implementation_model lhs{"Order", false, {{"a", "x", "b"}, {"b", "x", "c"}}};
  const implementation_model rhs{"Order", false, {{"a", "x", "b"}, {"c", "y", "a"}}};
  const implementation_model both{
      "Order", false, {{"a", "x", "b"}, {"b", "x", "c"}, {"c", "y", "a"}}};
  CHECK(merge(lhs, rhs) == both);
  CHECK(merge(rhs, lhs) == both);
  CHECK(merge(lhs, {"Order", false, {}}) == lhs);
}

TEST_CASE("a merged model is learning if either is", "[implementation_model]") {
  for (const bool lhs : {false, true}) {
    for (const bool rhs : {false, true})
      CHECK(merge({"Order", lhs, {}}, {"Order", rhs, {}}).learning == (lhs || rhs));
  }
}

TEST_CASE("an initialisation is one by its action", "[implementation_model]") {
  CHECK(is_initialisation({"", "__initialisation__", "new"}));
  CHECK(is_initialisation({"paid", "__initialisation__", "new"}));
  CHECK_FALSE(is_initialisation({"", "pay", "new"}));
}
