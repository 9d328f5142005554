#include "model/supervision/child_list.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

struct named_child {
  std::string own_id;
  [[nodiscard]] const std::string& id() const noexcept { return own_id; }
};

using ids = std::vector<std::string>;

ids of(const child_list<named_child>& children) {
  ids found;
  for (const auto& one : children)
    found.push_back(one.own_id);
  return found;
}

ids concerned(const std::string& crashed, restart_strategy strategy) {
  child_list<named_child> children;
  for (const auto* id : {"a", "b", "c", "d"})
    children.add({id});
  ids found;
  for (const auto* one : children.concerned_by(*children.find(crashed), strategy))
    found.push_back(one->own_id);
  return found;
}

} // namespace

TEST_CASE("the strategy says whom a crash concerns", "[supervision]") {
  CHECK(concerned("b", restart_strategy::one_for_one) == ids{"b"});
  CHECK(concerned("b", restart_strategy::rest_for_one) == ids{"b", "c", "d"});
  CHECK(concerned("d", restart_strategy::rest_for_one) == ids{"d"});
  CHECK(concerned("b", restart_strategy::one_for_all) == ids{"a", "b", "c", "d"});
}

TEST_CASE("children keep their order and their addresses, and ids are unique",
          "[supervision][law]") {
  CHECK(rc::check([](const std::vector<std::pair<bool, std::uint8_t>>& changes) {
    child_list<named_child> children;
    ids expected;
    for (const auto& [is_added, number] : changes) {
      // Long enough that moving the text would move its bytes, or short enough that it would not.
      const auto id = std::string(number % 3 == 0 ? 40 : 1, 'x') + std::to_string(number % 10);
      const auto place = std::ranges::find(expected, id);
      auto* there = children.find(id);
      RC_ASSERT((there != nullptr) == (place != expected.end()));
      if (is_added) {
        auto* added = children.add({id});
        RC_ASSERT((added == nullptr) == (there != nullptr));
        if (added) {
          expected.push_back(id);
          RC_ASSERT(children.find(id) == added);
        }
      } else if (there) {
        children.remove(*there);
        expected.erase(place);
      }
      RC_ASSERT(of(children) == expected);
      RC_ASSERT(children.size() == expected.size());
    }
  }));
}
