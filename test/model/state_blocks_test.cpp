#include "model/bisimulation/state_blocks.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace lockstep;

TEST_CASE("bottom states come first and can be put in front", "[state-blocks]") {
  state_blocks blocks(5);
  blocks.make_bottom(3);
  blocks.make_bottom(1);
  blocks.make_bottom(4);
  const std::vector<lts::state> front{4};
  blocks.to_front(0, front);
  CHECK(blocks.bottoms(0).front() == 4);
  CHECK(blocks.bottoms(0).size() == 3);
}

TEST_CASE("blocks and bottom states are what a plain model says", "[state-blocks][law]") {
  constexpr lts::state count = 50;
  std::mt19937 random(5);
  for (int run = 0; run < 200; ++run) {
    state_blocks blocks(count);
    std::map<state_blocks::block, std::set<lts::state>> members;
    std::set<lts::state> bottoms;
    for (lts::state s = 0; s < count; ++s)
      members[0].insert(s);
    for (int i = 0; i < 30; ++i) {
      const auto s = static_cast<lts::state>(random() % count);
      if (bottoms.insert(s).second)
        blocks.make_bottom(s);
      const auto whole = static_cast<state_blocks::block>(random() % blocks.count());
      std::vector<lts::state> part;
      for (const auto member : members[whole])
        if (random() % 3 == 0)
          part.push_back(member);
      std::shuffle(part.begin(), part.end(), random);
      if (part.empty() || part.size() == members[whole].size())
        continue;
      const auto fresh = blocks.split_off(whole, part);
      for (const auto member : part) {
        members[whole].erase(member);
        members[fresh].insert(member);
      }
      for (const auto& [block, states] : members) {
        REQUIRE(blocks.size(block) == states.size());
        std::set<lts::state> expected;
        for (const auto state : states) {
          REQUIRE(blocks.of(state) == block);
          if (bottoms.contains(state))
            expected.insert(state);
        }
        const auto found = blocks.bottoms(block);
        REQUIRE(std::set<lts::state>(found.begin(), found.end()) == expected);
        REQUIRE(found.size() == expected.size());
      }
    }
  }
}
