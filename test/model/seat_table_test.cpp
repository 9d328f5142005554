#include "model/fleets/seat_table.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

/// A table with a clock that stands still.
struct table_and_time {
  explicit table_and_time(bool passivating)
      : seats(std::make_shared<seat_table>(passivating, [this] { return now; })) {}

  seat_table::clock::time_point now{1h};
  std::shared_ptr<seat_table> seats;
};

/// What a table should say, without stays, locks and groups.
struct simple_table {
  struct entry {
    int seated = 0;
    int detours = 0;
    enum { vacant, open, closed } now = vacant;
    seat_table::clock::time_point last_use{};
    [[nodiscard]] bool needed() const { return seated > 0 || detours > 0 || now != vacant; }
  };

  bool passivating;
  std::map<int, entry> entries;

  [[nodiscard]] bool goes_straight(int key) {
    if (passivating)
      return entries[key].now == entry::open && entries[key].detours == 0;
    return !entries[key].needed();
  }
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(entries, [](const auto& one) { return one.second.needed(); }));
  }
};

} // namespace

TEST_CASE("a message goes straight once there is a worker", "[fleet]") {
  table_and_time t{true};
  CHECK_FALSE(t.seats->enter("ada").straight);
  t.seats->open("ada");
  CHECK(t.seats->enter("ada").straight);
  CHECK_FALSE(t.seats->enter("bob").straight);
}

TEST_CASE("a message does not overtake one on the detour", "[fleet]") {
  const bool passivating = GENERATE_COPY(true, false);
  table_and_time t{passivating};
  auto detour = t.seats->divert("ada");
  t.seats->open("ada");
  auto second = t.seats->enter("ada");
  CHECK_FALSE(second.straight);
  detour.reset();
  CHECK_FALSE(t.seats->enter("ada").straight); // the second is still on it
  second.on_it.reset();
  CHECK(t.seats->enter("ada").straight);
}

TEST_CASE("only a seat that nobody has had for that long is closed", "[fleet]") {
  table_and_time t{true};
  t.seats->open("ada");
  t.seats->open("bob");
  auto bobs = t.seats->enter("bob");
  t.now += 59s;
  CHECK(t.seats->close_idle(1min).empty());
  t.now += 1s;
  CHECK(t.seats->close_idle(1min) == std::vector<term>{"ada"});
  bobs.on_it.reset();
  t.now += 59s;
  CHECK(t.seats->close_idle(1min).empty()); // from when it was left
  t.now += 1s;
  CHECK(t.seats->close_idle(1min) == std::vector<term>{"bob"});
  CHECK(t.seats->close_idle(1min).empty());
}

TEST_CASE("nothing goes straight to a worker that is being ended", "[fleet]") {
  table_and_time t{true};
  t.seats->open("ada");
  CHECK(t.seats->close_idle(0s) == std::vector<term>{"ada"});
  CHECK_FALSE(t.seats->enter("ada").straight);
  t.seats->vacate("ada");
  CHECK_FALSE(t.seats->enter("ada").straight);
  t.seats->open("ada");
  CHECK(t.seats->enter("ada").straight);
}

TEST_CASE("without passivation a table is empty but for detours and closed keys", "[fleet]") {
  table_and_time t{false};
  t.seats->open("ada");
  CHECK(t.seats->size() == 0);
  CHECK(t.seats->enter("ada").on_it == nullptr);
  auto detour = t.seats->divert("bob");
  CHECK(t.seats->enter("ada").straight);
  CHECK(t.seats->size() == 1);
  CHECK(t.seats->seat(*detour));
  CHECK_FALSE(t.seats->enter("bob").straight);
  t.seats->arrived(*detour);
  CHECK(t.seats->size() == 0); // a seat is none here
  CHECK(t.seats->enter("bob").straight);
  detour.reset();
  t.seats->close("ada");
  CHECK_FALSE(t.seats->enter("ada").straight);
  t.seats->vacate("ada");
  CHECK(t.seats->size() == 0);
}

TEST_CASE("a message that was given up on the detour gets no seat", "[fleet]") {
  const bool passivating = GENERATE_COPY(true, false);
  table_and_time t{passivating};
  auto early = t.seats->divert("ada");
  auto late = t.seats->divert("ada");
  CHECK(t.seats->give_up(*early));
  CHECK_FALSE(t.seats->seat(*early));
  CHECK(t.seats->seat(*late));
  CHECK_FALSE(t.seats->give_up(*late));
  t.seats->arrived(*late);
  CHECK_FALSE(t.seats->give_up(*late));
  early.reset();
  late.reset();
  CHECK(t.seats->size() == 0);
}

TEST_CASE("a stay may end after its worker and its table's other owners", "[fleet]") {
  std::optional<table_and_time> t{std::in_place, true};
  t->seats->open("ada");
  auto seat = t->seats->enter("ada").on_it;
  t->seats->vacate("ada");
  CHECK(t->seats->size() == 1);
  t->seats.reset();
  seat.reset();
}

TEST_CASE("a seat table does what a simple one does", "[fleet]") {
  CHECK(rc::check([](bool passivating) {
    table_and_time t{passivating};
    simple_table model{passivating, {}};
    struct held {
      int key;
      bool seat;
      bool detour;
      seat_table::stay_ptr stay;
    };
    std::vector<held> stays;
    const auto steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
      const auto key = *rc::gen::inRange(0, 3);
      auto& entry = model.entries[key];
      switch (*rc::gen::inRange(0, 9)) {
      case 0:
      case 1: {
        const auto expected = model.goes_straight(key);
        auto way = t.seats->enter(key);
        RC_ASSERT(way.straight == expected);
        RC_ASSERT((way.on_it == nullptr) == (expected && !passivating));
        if (!way.on_it)
          break;
        ++(expected ? entry.seated : entry.detours);
        if (expected)
          entry.last_use = t.now;
        stays.push_back({key, expected, !expected, std::move(way.on_it)});
        break;
      }
      case 2:
        stays.push_back({key, false, true, t.seats->divert(key)});
        ++entry.detours;
        break;
      case 3: {
        if (stays.empty())
          break;
        auto& one = stays[*rc::gen::inRange<std::size_t>(0, stays.size())];
        auto& its = model.entries[one.key];
        if (*rc::gen::arbitrary<bool>()) {
          RC_ASSERT(t.seats->seat(*one.stay));
          if (passivating) {
            its.seated += one.seat ? 0 : 1;
            its.last_use = t.now;
            one.seat = true;
          }
        } else {
          t.seats->arrived(*one.stay);
          its.detours -= std::exchange(one.detour, false) ? 1 : 0;
        }
        break;
      }
      case 4: {
        if (stays.empty())
          break;
        auto gone = stays.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(stays));
        auto& left = model.entries[gone->key];
        left.seated -= gone->seat ? 1 : 0;
        left.detours -= gone->detour ? 1 : 0;
        if (gone->seat)
          left.last_use = t.now;
        stays.erase(gone);
        break;
      }
      case 5:
        t.seats->open(key);
        entry.now = passivating ? simple_table::entry::open : simple_table::entry::vacant;
        entry.last_use = t.now;
        break;
      case 6:
        t.seats->vacate(key);
        entry.now = simple_table::entry::vacant;
        break;
      case 7:
        t.seats->close(key);
        entry.now = simple_table::entry::closed;
        break;
      default: {
        t.now += std::chrono::seconds{*rc::gen::inRange(0, 3)};
        auto closed = t.seats->close_idle(2s);
        std::ranges::sort(closed);
        std::vector<term> expected;
        for (auto& [name, one] : model.entries)
          if (one.now == simple_table::entry::open && one.seated == 0 && one.detours == 0
              && t.now - one.last_use >= 2s) {
            one.now = simple_table::entry::closed;
            expected.emplace_back(name);
          }
        RC_ASSERT(closed == expected);
      }
      }
      RC_ASSERT(t.seats->size() == model.size());
    }
  }));
}
