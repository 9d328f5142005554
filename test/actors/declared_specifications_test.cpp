#include "actors/declared_specifications.hpp"

#include "model/workflow/specification_builder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>

namespace lockstep {

namespace {

std::shared_ptr<const specification> order(const char* action) {
  return std::make_shared<const specification>(
      specification_builder{"Order"}.transition("new", action, "paid").build().value());
}

} // namespace

TEST_CASE("a declaration replaces the one before", "[declared]") {
  declared_specifications declared;
  declared.add(order("pay"));
  auto second = order("settle");
  declared.add(second);
  CHECK(declared.over({})->at("Order") == second);
}

TEST_CASE("a late repetition of a declaration does not undo a newer one", "[declared]") {
  declared_specifications declared;
  auto first = order("pay");
  auto second = order("settle");
  declared.add(first, "declare-1");
  declared.add(second, "declare-2");
  declared.add(first, "declare-1");
  CHECK(declared.over({})->at("Order") == second);
}

} // namespace lockstep
