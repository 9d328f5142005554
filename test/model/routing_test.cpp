#include "model/routing/shard_index.hpp"

#include "model/term/phash2.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <limits>
#include <set>

using namespace lockstep;

TEST_CASE("a shard's index is the hash modulo the factor, plus one", "[routing]") {
  const term identifier("order-1");
  CHECK(shard_index(identifier, 4) == phash2(identifier) % 4 + 1);
  CHECK(shard_index(identifier, 1) == 1);
}

TEST_CASE("each identifier has a shard from 1 to the factor, always the same", "[routing]") {
  CHECK(rc::check([](const std::string& text, std::int64_t number) {
    const auto factor =
        *rc::gen::inRange<std::uint32_t>(1, std::numeric_limits<std::uint32_t>::max());
    for (const auto& identifier : {term(text), term(number), term::tuple({text, number})}) {
      const auto index = shard_index(identifier, factor);
      RC_ASSERT(index >= 1);
      RC_ASSERT(index <= factor);
      RC_ASSERT(index == shard_index(identifier, factor));
    }
  }));
}

TEST_CASE("identifiers spread over all shards", "[routing]") {
  std::set<std::uint32_t> used;
  for (int i = 0; i < 1'000; ++i)
    used.insert(shard_index(term("order-" + std::to_string(i)), 16));
  CHECK(used.size() == 16);
}
