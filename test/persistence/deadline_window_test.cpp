#include "persistence/deadline_window.hpp"

#include "test/support/changes.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>

using namespace lockstep;
using namespace lockstep::test;

namespace {

due_instance due(std::int64_t second, std::uint64_t number) {
  return {at_second(second), number, term{static_cast<std::int64_t>(number)}};
}

bool earlier(const due_instance& lhs, const due_instance& rhs) {
  return deadline_position{lhs.at, lhs.number} < deadline_position{rhs.at, rhs.number};
}

/// What a store holds, in order.
struct all_deadlines {
  std::vector<due_instance> due;

  void add(const due_instance& one) {
    due.insert(std::upper_bound(due.begin(), due.end(), one, earlier), one);
  }
  std::vector<due_instance> read(const deadline_position& from, std::size_t limit) const {
    std::vector<due_instance> found;
    std::copy_if(due.begin(), due.end(), std::back_inserter(found), [&](const due_instance& one) {
      return from <= deadline_position{one.at, one.number};
    });
    found.resize(std::min(found.size(), limit));
    return found;
  }
};

} // namespace

TEST_CASE("a new window has everything to read", "[deadlines]") {
  deadline_window window{2};
  CHECK(window.is_used_up());
  CHECK(window.next() == timestamp::min());
  window.refill({});
  CHECK_FALSE(window.is_used_up());
  CHECK_FALSE(window.next());
}

TEST_CASE("a window that read as much as it asked for does not know what comes behind",
          "[deadlines]") {
  deadline_window window{2};
  window.refill({due(1, 1), due(2, 2)});
  CHECK(window.next() == at_second(1));
  window.add(due(3, 3)); // only the store needs to know
  window.remove({at_second(1), 1});
  window.remove({at_second(2), 2});
  CHECK(window.is_used_up());
  CHECK(window.next() == at_second(2));
  CHECK(*window.horizon() == deadline_position{at_second(2), 3});
}

TEST_CASE("a window lets go of the later half when it has too many", "[deadlines]") {
  deadline_window window{2};
  window.refill({});
  for (std::int64_t i = 5; i > 0; --i)
    window.add(due(i, static_cast<std::uint64_t>(i)));
  CHECK(*window.horizon() == deadline_position{at_second(3), 3});
  CHECK(window.next() == at_second(1));
}

TEST_CASE("deadlines come in their order through a window of any size", "[deadlines]") {
  const auto in_order = rc::check("any deadlines, added, removed and taken", [] {
    deadline_window window{*rc::gen::inRange<std::size_t>(1, 4)};
    all_deadlines store;
    std::uint64_t last = 0;
    const auto refill = [&] {
      if (window.is_used_up())
        window.refill(store.read(*window.horizon(), window.capacity()));
    };
    for (auto turns = *rc::gen::inRange(0, 60); turns > 0; --turns) {
      const auto kind = *rc::gen::inRange(0, 4);
      if (kind < 2) {
        const auto one = due(*rc::gen::inRange(0, 10), ++last);
        store.add(one);
        window.add(one);
      } else if (kind == 2 && !store.due.empty()) {
        const auto at = *rc::gen::inRange<std::size_t>(0, store.due.size());
        window.remove({store.due[at].at, store.due[at].number});
        store.due.erase(store.due.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        refill();
        RC_ASSERT((window.first() == nullptr) == store.due.empty());
        if (store.due.empty())
          continue;
        RC_ASSERT(*window.first() == store.due.front());
        RC_ASSERT(window.next() == store.due.front().at);
      }
    }
  });
  CHECK(in_order);
}
