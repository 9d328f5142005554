#include "model/bisimulation/edge_groups.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace lockstep;

namespace {

std::set<edge_groups::edge> set_of(std::span<const edge_groups::edge> edges) {
  return {edges.begin(), edges.end()};
}

} // namespace

TEST_CASE("edges are in no group until they are put into the last one", "[edge-groups]") {
  edge_groups groups(4);
  CHECK(groups.of(2) == edge_groups::none);
  const auto first = groups.add();
  groups.append(2);
  groups.append(0);
  const auto second = groups.add();
  groups.append(3);
  CHECK(set_of(groups.members(first)) == std::set<edge_groups::edge>{0, 2});
  CHECK(set_of(groups.members(second)) == std::set<edge_groups::edge>{3});
  CHECK(groups.of(1) == edge_groups::none);
  CHECK(groups.end(first) == groups.begin(second));
}

TEST_CASE("a group that was cut off whole keeps its number", "[edge-groups]") {
  edge_groups groups(3);
  const auto whole = groups.add();
  for (const edge_groups::edge e : {0U, 1U, 2U})
    groups.append(e);
  groups.mark(1);
  CHECK(groups.cut_off(0));
  CHECK_FALSE(groups.cut_off(2));
  CHECK_FALSE(groups.cut_off(1));
  CHECK_FALSE(groups.settle(whole));
  CHECK(groups.twin(whole) == edge_groups::none);
  CHECK(set_of(groups.members(whole)) == std::set<edge_groups::edge>{0, 1, 2});
  CHECK(set_of(groups.marked(whole)) == std::set<edge_groups::edge>{1});
}

TEST_CASE("groups and marks are what a plain model says", "[edge-groups][law]") {
  constexpr edge_groups::edge count = 40;
  std::mt19937 random(11);
  for (int run = 0; run < 200; ++run) {
    edge_groups groups(count);
    groups.add();
    for (edge_groups::edge e = 0; e < count; ++e)
      groups.append(e);
    std::map<edge_groups::edge, edge_groups::group> expected;
    std::set<edge_groups::edge> marked;
    for (edge_groups::edge e = 0; e < count; ++e)
      expected[e] = groups.of(e);
    for (int division = 0; division < 12; ++division) {
      for (int i = 0; i < 5; ++i) {
        const auto e = static_cast<edge_groups::edge>(random() % count);
        groups.mark(e);
        marked.insert(e);
      }
      std::set<edge_groups::group> divided;
      std::set<edge_groups::edge> moved;
      for (int i = 0; i < 15; ++i) {
        const auto e = static_cast<edge_groups::edge>(random() % count);
        if (!moved.insert(e).second)
          continue;
        divided.insert(groups.of(e));
        groups.cut_off(e);
      }
      for (const auto group : divided) {
        const auto part = groups.twin(group);
        if (groups.settle(group)) {
          for (const auto e : moved)
            if (expected[e] == group)
              expected[e] = part;
          groups.forget_twin(group);
        }
      }
      std::map<edge_groups::group, std::set<edge_groups::edge>> members;
      for (const auto& [e, group] : expected) {
        REQUIRE(groups.of(e) == group);
        members[group].insert(e);
      }
      for (const auto& [group, edges] : members) {
        REQUIRE(set_of(groups.members(group)) == edges);
        std::set<edge_groups::edge> marks;
        std::ranges::set_intersection(edges, marked, std::inserter(marks, marks.end()));
        REQUIRE(set_of(groups.marked(group)) == marks);
        if (random() % 4 == 0) {
          groups.unmark_all(group);
          for (const auto e : edges)
            marked.erase(e);
        }
      }
    }
  }
}
