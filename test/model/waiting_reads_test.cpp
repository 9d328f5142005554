#include "model/cells/waiting_reads.hpp"

#include "test/support/results.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const cell_key a{{"a"}};
const cell_key b{{"b"}};

/// Cells and the reads that wait for them.
struct fixture {
  shard_cells cells;
  waiting_reads reads;

  void wait(std::uint64_t id, const cell_key& key, std::uint64_t height) {
    reads.add(id, key, height, std::get<read_block>(must(cells.read(key, height))));
  }
  void reserve(const cell_key& key, std::uint64_t height) {
    (void)must(cells.reserve(key, height));
  }
  auto write(const cell_key& key, std::uint64_t height) {
    (void)must(cells.write(key, static_cast<std::int64_t>(height), height));
    return told(reads.slot_closed(cells, key, height));
  }
  auto unreserve(const cell_key& key, std::uint64_t height) {
    (void)must(cells.unreserve(key, height));
    return told(reads.slot_closed(cells, key, height));
  }
  auto advance(std::uint64_t height) {
    (void)must(cells.advance_watermark(height));
    return told(reads.watermark_moved(cells));
  }

  using answers = std::vector<std::pair<std::uint64_t, cell_value>>;
  static answers told(const std::vector<answered_read>& answered) {
    answers all;
    for (const auto& one : answered)
      all.emplace_back(one.id, must(one.value));
    return all;
  }
};

using answers = fixture::answers;

} // namespace

TEST_CASE("a write wakes the reads that waited for it alone", "[cells]") {
  fixture f;
  f.reserve(a, 2);
  f.reserve(a, 4);
  f.reserve(b, 2);
  CHECK(f.advance(9).empty());
  f.wait(3, a, 3);
  f.wait(2, a, 4);
  f.wait(1, a, 5);
  f.wait(4, b, 3);
  CHECK(f.write(a, 2) == answers{{2, term{2}}, {3, term{2}}});
  CHECK(f.reads.size() == 2);
  CHECK(f.write(b, 2) == answers{{4, term{2}}});
  CHECK(f.unreserve(a, 4) == answers{{1, term{2}}});
  CHECK(f.reads.size() == 0);
}

TEST_CASE("an advance wakes the reads that it makes certain", "[cells]") {
  fixture f;
  f.reserve(b, 2);
  f.wait(1, a, 3);
  f.wait(2, a, 4);
  f.wait(3, b, 4);
  CHECK(f.advance(1).empty());
  CHECK(f.advance(2) == answers{{1, std::nullopt}});
  CHECK(f.advance(7) == answers{{2, std::nullopt}});
  CHECK(f.write(b, 2) == answers{{3, term{2}}});
}

TEST_CASE("a read that waits for the watermark and then for a slot is answered once", "[cells]") {
  fixture f;
  f.wait(1, a, 9);
  f.reserve(a, 5);
  CHECK(f.advance(8).empty());
  CHECK(f.reads.size() == 1);
  CHECK(f.write(a, 5) == answers{{1, term{5}}});
  CHECK(f.advance(20).empty());
}

TEST_CASE("a read whose time is over is told the height that blocks it now", "[cells]") {
  fixture f;
  f.wait(1, a, 9);
  f.reserve(a, 5);
  CHECK(f.advance(8).empty());
  const auto why = f.reads.expire(f.cells, 1);
  REQUIRE(why);
  CHECK(why->code == ec::read_blocked);
  CHECK(why->context.at("blocking_height") == term{5});
  CHECK(f.reads.size() == 0);
  CHECK_FALSE(f.reads.expire(f.cells, 1));
  CHECK(f.write(a, 5).empty());
}

TEST_CASE("a read that nobody waits for any more is forgotten", "[cells]") {
  fixture f;
  f.reserve(a, 1);
  f.wait(1, a, 2);
  f.wait(2, a, 9);
  f.wait(3, b, 9);
  CHECK(f.reads.remove(1));
  CHECK(f.reads.remove(3));
  CHECK_FALSE(f.reads.remove(3));
  CHECK(f.advance(9).empty());
  CHECK(f.write(a, 1) == answers{{2, term{1}}});
}

TEST_CASE("reads are looked at again when other cells take the place", "[cells]") {
  fixture f;
  const auto stored = f.cells.contents();
  f.reserve(a, 1);
  f.wait(1, a, 2);
  f.wait(2, a, 3);
  CHECK(f.advance(1).empty());
  f.cells = shard_cells{stored};
  CHECK(fixture::told(f.reads.cells_replaced(f.cells)).empty());
  CHECK(f.advance(1) == answers{{1, std::nullopt}});
  f.reserve(a, 2);
  CHECK(f.advance(2).empty());
  f.cells = shard_cells{cell_contents{2, 0, {}}};
  CHECK(fixture::told(f.reads.cells_replaced(f.cells)) == answers{{2, std::nullopt}});
}

TEST_CASE("collecting after each answer takes nothing from reads that wait", "[cells]") {
  fixture f;
  f.cells = shard_cells{cell_options{.keep_heights = 0}};
  for (std::uint64_t height = 1; height <= 3; ++height) {
    f.reserve(a, height);
    CHECK(f.write(a, height).empty());
  }
  f.reserve(b, 3);
  f.wait(1, a, 6);
  f.wait(2, b, 4);
  CHECK(f.advance(5) == answers{{1, term{3}}});
  (void)f.cells.collect();
  CHECK(f.cells.horizon() == 3);
  CHECK(f.advance(50).empty());
  (void)f.cells.collect();
  CHECK(f.write(b, 3) == answers{{2, term{3}}});
}
