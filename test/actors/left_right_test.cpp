#include "actors/naming/left_right.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

TEST_CASE("both copies see every change once", "[left_right]") {
  left_right<std::vector<int>> numbers;
  for (int i = 0; i < 5; ++i)
    numbers.write([i](std::vector<int>& all) { all.push_back(i); });
  const std::vector<int> expected{0, 1, 2, 3, 4};
  CHECK(numbers.read([](const auto& all) { return all; }) == expected);
  CHECK(*numbers.hidden() == expected);
}

TEST_CASE("a change that is not shown is not seen", "[left_right]") {
  left_right<int> number;
  *number.hidden() = 1;
  CHECK(number.read([](int seen) { return seen; }) == 0);
  number.show([](int& other) { other = 1; });
  CHECK(number.read([](int seen) { return seen; }) == 1);
}

TEST_CASE("who reads keeps its copy as it is, and the writer sees that it has to wait",
          "[left_right]") {
  left_right<int> number;
  number.read([&](const int& seen) {
    *number.hidden() = 1;
    number.show([](int& other) { other = 1; });
    CHECK(number.hidden() == nullptr);
    CHECK_FALSE(number.settle());
    CHECK(seen == 0);
    CHECK(number.read([](int newer) { return newer; }) == 1); // others do not wait
    CHECK(number.hidden() == nullptr);
  });
  REQUIRE(number.hidden() != nullptr);
  CHECK(*number.hidden() == 1);
}

TEST_CASE("who reads the newest version does not hold the writer up", "[left_right]") {
  left_right<int> number;
  number.read([&](const int&) {
    *number.hidden() = 1;
    number.show([](int& other) { other = 1; });
  });
  REQUIRE(number.settle());
  number.read([&](const int& seen) {
    REQUIRE(number.hidden() != nullptr);
    CHECK(seen == 1);
  });
}

TEST_CASE("what is taken out is taken out of both copies", "[left_right]") {
  left_right<std::vector<std::shared_ptr<int>>> kept;
  auto one = std::make_shared<int>(1);
  kept.write([one](auto& all) { all.push_back(one); });
  CHECK(one.use_count() == 3);
  kept.write([](auto& all) { all.clear(); });
  CHECK(one.use_count() == 1);
}

TEST_CASE("no reader ever sees half a change", "[left_right]") {
  constexpr int changes = 10'000;
  left_right<std::array<int, 64>> rows{std::array<int, 64>{}};
  std::atomic<int> torn{0};
  std::atomic<int> backwards{0};
  auto look = [&] {
    for (int last = 0; last < changes;)
      rows.read([&](const auto& row) {
        const auto now = row[0];
        for (const auto one : row)
          torn += one != now ? 1 : 0;
        backwards += now < last ? 1 : 0;
        last = now;
      });
  };
  std::thread first{look};
  std::thread second{look};
  for (int i = 1; i <= changes; ++i)
    rows.write([i](auto& row) { row.fill(i); });
  first.join();
  second.join();
  CHECK(torn == 0);
  CHECK(backwards == 0);
}
