#include "persistence/residents.hpp"

#include "test/support/changes.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <list>

using namespace lockstep;
using namespace lockstep::test;

namespace {

stored_instance known(std::int64_t identifier, const std::string& state = "new") {
  stored_instance one{put(term{identifier}, "Order", state).head, std::nullopt, 0};
  one.number = static_cast<std::uint64_t>(identifier) + 1;
  return one;
}

} // namespace

TEST_CASE("a resident is what was made known", "[residents]") {
  residents all;
  auto one = known(7, "paid");
  one.head.meta = term::map({{atom{"customer"}, 17}});
  one.head.step_count = 3;
  one.deadline = at_second(9);
  one.times_late = 2;
  CHECK(all.instance_of(all.add(one)) == one);
  CHECK(all.find(term{7})->number == 8);
  CHECK(all.find(term{8}) == nullptr);
  CHECK(all.find(term{7.0}) == nullptr);
}

TEST_CASE("a deleted resident stays known until it is forgotten", "[residents]") {
  residents all;
  all.add(known(1)).is_deleted = true;
  CHECK(all.find(term{1})->is_deleted);
  all.add(known(2));
  all.forget_deleted(term{2}); // is not deleted
  all.forget_deleted(term{1});
  CHECK(all.find(term{1}) == nullptr);
  CHECK(all.find(term{2}) != nullptr);
}

TEST_CASE("residents are those that were used last, whatever else happens", "[residents]") {
  const auto same = rc::check("any uses, deletions and limits", [] {
    residents all;
    std::list<std::int64_t> expected; // most recently used first
    for (auto turns = *rc::gen::inRange(0, 200); turns > 0; --turns) {
      const auto identifier = *rc::gen::inRange<std::int64_t>(0, 60);
      const auto place = std::find(expected.begin(), expected.end(), identifier);
      switch (*rc::gen::weightedElement<int>({{6, 0}, {1, 1}, {1, 2}})) {
      case 0:
        if (auto* found = all.find(term{identifier})) {
          RC_ASSERT(place != expected.end());
          RC_ASSERT(all.instance_of(*found) == known(identifier));
          expected.erase(place);
        } else {
          RC_ASSERT(place == expected.end());
          all.add(known(identifier));
        }
        expected.push_front(identifier);
        break;
      case 1:
        if (auto* found = all.find(term{identifier})) {
          found->is_deleted = true;
          all.forget_deleted(term{identifier});
          expected.erase(place);
        }
        break;
      default: {
        const auto limit = *rc::gen::inRange<std::size_t>(0, 60);
        all.shrink_to(limit);
        expected.resize(std::min(expected.size(), limit));
      }
      }
      RC_ASSERT(all.size() == expected.size());
    }
    for (std::int64_t identifier = 0; identifier < 60; ++identifier) {
      const auto is_expected =
          std::find(expected.begin(), expected.end(), identifier) != expected.end();
      RC_ASSERT((all.find(term{identifier}) != nullptr) == is_expected);
    }
  });
  CHECK(same);
}
