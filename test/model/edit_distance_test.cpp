#include "model/edit_distance.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <string>
#include <vector>

using namespace lockstep;

namespace {

std::optional<std::string> nearest(std::string_view name, std::vector<std::string> candidates) {
  return nearest_name(name, candidates);
}

} // namespace

TEST_CASE("edits are insertions, deletions, replacements and swaps", "[edit_distance]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("pay", "pay") == 0);
  CHECK(edit_distance("pay", "") == 3);
  CHECK(edit_distance("pay", "pray") == 1);
  CHECK(edit_distance("pay", "py") == 1);
  CHECK(edit_distance("pay", "say") == 1);
  CHECK(edit_distance("ship", "shpi") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ca", "abc") == 3); // no character is edited twice
}

TEST_CASE("distances count characters, not bytes", "[edit_distance]") {
  CHECK(edit_distance("prüfen", "prufen") == 1);
  CHECK(edit_distance("状態", "態状") == 1);
  CHECK(edit_distance("\xFF", "\xFE") == 1);
  CHECK(edit_distance("\xFF", "ÿ") == 1); // a byte is not the character with its number
}

TEST_CASE("the nearest name is what was meant probably", "[edit_distance]") {
  CHECK(nearest("shpi", {"cancel", "ship", "skip"}) == "ship");
  CHECK(nearest("refnd", {"fund", "refund"}) == "refund");
  CHECK(nearest("prufen", {"prüfen"}) == "prüfen");
  CHECK(nearest("a", {"ab"}) == std::nullopt); // half of it is missing
  CHECK(nearest("ab", {"abc"}) == "abc");
  CHECK(nearest("a", {"b"}) == std::nullopt); // nothing in common
  CHECK(nearest("pay", {"ship", "cancel"}) == std::nullopt);
  CHECK(nearest("pay", {}) == std::nullopt);
}

TEST_CASE("the wrong case is near whatever else is", "[edit_distance]") {
  CHECK(nearest("SHIP", {"ships", "ship"}) == "ship");
  CHECK(nearest("A", {"a"}) == "a");
}

TEST_CASE("a name that is known is not mistyped", "[edit_distance]") {
  CHECK(nearest("ship", {"shop", "ship"}) == std::nullopt);
}

TEST_CASE("names that differ in numbers only are meant to differ", "[edit_distance]") {
  CHECK(nearest("step1", {"step2", "step10"}) == std::nullopt);
  CHECK(nearest("stpe1", {"step1"}) == "step1");
  CHECK(nearest("ship2", {"ship"}) == "ship");
}

TEST_CASE("of equally near names the first one is taken", "[edit_distance]") {
  CHECK(nearest("skip", {"ship", "slip"}) == "ship");
}

TEST_CASE("distances are symmetric, and zero for equal texts only", "[edit_distance][law]") {
  CHECK(rc::check([](const std::string& x, const std::string& y) {
    const auto forth = edit_distance(x, y);
    RC_ASSERT(forth == edit_distance(y, x));
    RC_ASSERT((forth == 0) == (x == y));
    RC_ASSERT(forth <= std::max(x.size(), y.size()));
    RC_ASSERT(edit_distance(x + "a", y + "a") == forth);
  }));
}
