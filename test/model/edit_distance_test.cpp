#include "model/edit_distance.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
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

TEST_CASE("a name that nobody types is near to none", "[edit_distance]") {
  const std::string longest(199, 'x');
  CHECK(nearest(longest + "yx", {longest + "y"}) == std::nullopt);
  CHECK(nearest(longest, {longest + "yx", longest + "y"}) == longest + "y");
  const std::string huge(1'000'000, 'x');
  CHECK(nearest(huge, {huge + "y", "y" + huge}) == std::nullopt);
  CHECK(nearest("pay", {huge, "pray"}) == "pray");
}

TEST_CASE("the nearest name is one of the least distance", "[edit_distance][law]") {
  CHECK(rc::check([] {
    const auto letter = rc::gen::elementOf(std::string("abc"));
    const auto word = rc::gen::container<std::string>(*rc::gen::inRange(1, 12), letter);
    const auto name = *word;
    const auto candidates = *rc::gen::container<std::vector<std::string>>(5, word);
    const auto found = nearest_name(name, candidates);
    const auto most = std::max<std::size_t>(1, name.size() / 3);
    std::size_t least = most + 1;
    for (const auto& one : candidates) {
      const auto distance = edit_distance(name, one);
      if (distance < std::min(name.size(), one.size()))
        least = std::min(least, distance);
      if (distance == 0)
        least = 0;
    }
    RC_ASSERT(found.has_value() == (least != 0 && least <= most));
    if (found)
      RC_ASSERT(edit_distance(name, *found) == least);
  }));
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
