#include "model/cells/shard_cells.hpp"

#include "test/support/results.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const cell_key a{{"a"}};
const cell_key b{{"b"}};

/// The value that is certain.
cell_value value_of(const shard_cells& cells, const cell_key& key, std::uint64_t height) {
  return std::get<cell_value>(must(cells.read(key, height)));
}

read_block block_of(const shard_cells& cells, const cell_key& key, std::uint64_t height) {
  return std::get<read_block>(must(cells.read(key, height)));
}

void put(shard_cells& cells, const cell_key& key, std::uint64_t height) {
  (void)must(cells.reserve(key, height));
  (void)must(cells.write(key, static_cast<std::int64_t>(height), height));
}

void advance(shard_cells& cells, std::uint64_t height) {
  (void)must(cells.advance_watermark(height));
}

} // namespace

// -- keys -----------------------------------------------------------------------------------------

TEST_CASE("a key is its parts and not their concatenation", "[cells]") {
  const binary_list two{{"a", "b"}};
  const binary_list one{{"ab"}};
  CHECK(two != one);
  CHECK(hash_value(two) != hash_value(one));
  CHECK(hash_value(binary_list{{"", "a"}}) != hash_value(binary_list{{"a", ""}}));
  CHECK(to_text(two) == R"([<<"a">>,<<"b">>])");
  CHECK(must(to_binary_list(to_term(two))) == two);
  CHECK(must(to_binary_list(to_term({}))) == binary_list{});
}

TEST_CASE("what is no list of binaries is no key", "[cells]") {
  const auto bits = term{bitstring{std::string(1, '\x80'), 1}};
  const auto wrong = {term{"a"},          term{1},
                      term::list({1}),    term::list({bits}),
                      term::tuple({"a"}), term::improper_list({"a"}, "b")};
  for (const auto& value : wrong)
    CHECK(error_code_of(to_binary_list(value)) == ec::invalid_argument);
}

TEST_CASE("keys are in Erlang's order of lists of binaries", "[cells]") {
  const binary_list keys[] = {{}, {{""}}, {{"", "a"}}, {{"a"}}, {{"a", ""}}, {{"ab"}}, {{"\xFF"}}};
  for (const auto& lhs : keys)
    for (const auto& rhs : keys)
      CHECK((lhs <=> rhs) == (to_term(lhs) <=> to_term(rhs)));
}

// -- slots ----------------------------------------------------------------------------------------

TEST_CASE("a slot is reserved once and written once", "[cells]") {
  shard_cells cells;
  CHECK(must(cells.reserve(a, 5)) == cell_change{reserve_slot{a, 5}});
  CHECK(error_code_of(cells.reserve(a, 5)) == ec::occupied);
  CHECK(must(cells.reserve(b, 5)) == cell_change{reserve_slot{b, 5}});
  CHECK(must(cells.write(a, "v", 5)) == cell_change{write_slot{a, 5, "v"}});
  CHECK(error_code_of(cells.write(a, "w", 5)) == ec::occupied);
  CHECK(error_code_of(cells.reserve(a, 5)) == ec::occupied);
  CHECK(cells.reservation_count() == 1);
  CHECK(cells.version_count() == 1);
}

TEST_CASE("only a reserved slot can be written or given up", "[cells]") {
  shard_cells cells;
  CHECK(error_code_of(cells.write(a, "v", 5)) == ec::not_reserved);
  CHECK(error_code_of(cells.unreserve(a, 5)) == ec::not_reserved);
  put(cells, a, 5);
  const auto refused = error_of(cells.unreserve(a, 5));
  CHECK(refused.code == ec::not_reserved);
  CHECK(refused.context.at("height") == term{5});
  CHECK(refused.context.at("key") == to_term(a));
}

TEST_CASE("a slot that was given up can be reserved again", "[cells]") {
  shard_cells cells;
  (void)must(cells.reserve(a, 5));
  CHECK(must(cells.unreserve(a, 5)) == cell_change{free_slot{a, 5}});
  CHECK(cells.cell_count() == 0);
  CHECK(error_code_of(cells.write(a, "v", 5)) == ec::not_reserved);
  CHECK(cells.reserve(a, 5));
}

TEST_CASE("no slot at or below the watermark can be reserved", "[cells]") {
  shard_cells cells;
  CHECK(error_code_of(cells.reserve(a, 0)) == ec::below_watermark);
  advance(cells, 7);
  CHECK(error_code_of(cells.reserve(a, 6)) == ec::below_watermark);
  CHECK(error_code_of(cells.reserve(a, 7)) == ec::below_watermark);
  CHECK(cells.reserve(a, 8));
}

TEST_CASE("what was reserved before the watermark came can be written after", "[cells]") {
  shard_cells cells;
  (void)must(cells.reserve(a, 5));
  advance(cells, 9);
  CHECK(cells.write(a, "v", 5));
  CHECK(value_of(cells, a, 10) == term{"v"});
}

TEST_CASE("the watermark only grows", "[cells]") {
  shard_cells cells;
  CHECK(must(cells.advance_watermark(7)) == cell_change{set_marks{7, 0}});
  CHECK(must(cells.advance_watermark(7)) == std::nullopt);
  CHECK(must(cells.advance_watermark(3)) == std::nullopt);
  CHECK(cells.watermark() == 7);
}

TEST_CASE("heights end where they are told to", "[cells]") {
  shard_cells cells;
  put(cells, a, max_height);
  CHECK(error_code_of(cells.reserve(a, max_height + 1)) == ec::invalid_argument);
  CHECK(error_code_of(cells.advance_watermark(max_height + 1)) == ec::invalid_argument);
  CHECK(error_code_of(cells.read(a, max_height + 1)) == ec::invalid_argument);
  advance(cells, max_height);
  CHECK(value_of(cells, a, max_height) == std::nullopt);
}

// -- reads ----------------------------------------------------------------------------------------

TEST_CASE("a read sees the newest value strictly below its height", "[cells]") {
  cell_contents stored;
  stored.cells[a][0] = "initial";
  shard_cells cells{stored};
  put(cells, a, 3);
  put(cells, a, 5);
  advance(cells, 9);
  CHECK(value_of(cells, a, 1) == term{"initial"});
  CHECK(value_of(cells, a, 3) == term{"initial"});
  CHECK(value_of(cells, a, 4) == term{3});
  CHECK(value_of(cells, a, 5) == term{3});
  CHECK(value_of(cells, a, 6) == term{5});
  CHECK(value_of(cells, a, 10) == term{5});
  CHECK(value_of(cells, b, 10) == std::nullopt);
  CHECK(error_code_of(cells.read(a, 0)) == ec::invalid_argument);
}

TEST_CASE("a read at the height after the watermark is certain", "[cells]") {
  shard_cells cells;
  CHECK(value_of(cells, a, 1) == std::nullopt);
  CHECK(block_of(cells, a, 2) == read_block{1, false});
  advance(cells, 4);
  CHECK(value_of(cells, a, 5) == std::nullopt);
  CHECK(block_of(cells, a, 8) == read_block{5, false});
}

TEST_CASE("an open reservation below it makes a read wait", "[cells]") {
  shard_cells cells;
  (void)must(cells.reserve(a, 3));
  (void)must(cells.reserve(a, 5));
  advance(cells, 9);
  CHECK(value_of(cells, a, 3) == std::nullopt);
  CHECK(block_of(cells, a, 4) == read_block{3, true});
  CHECK(block_of(cells, a, 10) == read_block{3, true});
  CHECK(block_of(cells, a, 20) == read_block{3, true});
  CHECK(value_of(cells, b, 10) == std::nullopt);
  (void)must(cells.write(a, "v", 3));
  CHECK(value_of(cells, a, 5) == term{"v"});
  CHECK(block_of(cells, a, 6) == read_block{5, true});
  (void)must(cells.unreserve(a, 5));
  CHECK(value_of(cells, a, 6) == term{"v"});
}

TEST_CASE("the lowest height that blocks a read is named", "[cells]") {
  shard_cells cells;
  (void)must(cells.reserve(a, 3));
  advance(cells, 1);
  CHECK(block_of(cells, a, 9) == read_block{2, false});
  advance(cells, 2);
  CHECK(block_of(cells, a, 9) == read_block{3, true});
  const auto told = read_blocked(a, 9, block_of(cells, a, 9));
  CHECK(told.code == ec::read_blocked);
  CHECK(told.context.at("blocking_height") == term{3});
  CHECK_THAT(told.message, ContainsSubstring("height 3 is reserved"));
  CHECK_THAT(read_blocked(b, 9, block_of(cells, b, 9)).message,
             ContainsSubstring("height 3 is above the write watermark; advance that to 8"));
}

// -- collection -----------------------------------------------------------------------------------

TEST_CASE("versions that no reader can reach go", "[cells]") {
  shard_cells cells{cell_options{.keep_heights = 10}};
  for (std::uint64_t height = 1; height <= 30; ++height)
    put(cells, a, height);
  put(cells, b, 2);
  CHECK(cells.collect().empty());
  advance(cells, 30);
  CHECK(cells.collect() == std::vector<cell_change>{drop_versions{a, 19}, set_marks{30, 20}});
  CHECK(cells.horizon() == 20);
  CHECK(value_of(cells, a, 20) == term{19});
  CHECK(value_of(cells, b, 20) == term{2});
  CHECK(cells.version_count() == 13);
  const auto refused = error_of(cells.read(a, 19));
  CHECK(refused.code == ec::version_collected);
  CHECK(refused.context.at("oldest_readable") == term{20});
  CHECK(cells.collect().empty());
}

TEST_CASE("an open reservation holds what readers above it may need", "[cells]") {
  shard_cells cells{cell_options{.keep_heights = 0}};
  put(cells, a, 1);
  put(cells, a, 2);
  (void)must(cells.reserve(b, 2));
  advance(cells, 50);
  (void)cells.collect();
  CHECK(cells.horizon() == 2);
  CHECK(value_of(cells, a, 2) == term{1});
  (void)must(cells.unreserve(b, 2));
  CHECK(cells.collect() == std::vector<cell_change>{drop_versions{a, 2}, set_marks{50, 50}});
}

TEST_CASE("a version that comes late is collected, too", "[cells]") {
  shard_cells cells{cell_options{.keep_heights = 0}};
  (void)must(cells.reserve(a, 3));
  put(cells, a, 8);
  advance(cells, 20);
  (void)cells.collect();
  CHECK(cells.horizon() == 3);
  (void)must(cells.write(a, "late", 3));
  CHECK(cells.collect() == std::vector<cell_change>{drop_versions{a, 8}, set_marks{20, 20}});
  CHECK(value_of(cells, a, 20) == term{8});
}

TEST_CASE("collecting much is done in parts", "[cells]") {
  shard_cells cells{cell_options{.keep_heights = 0}};
  for (std::uint64_t height = 1; height <= 100; ++height) {
    put(cells, a, height);
    put(cells, b, height);
  }
  advance(cells, 100);
  std::size_t calls = 0;
  for (; cells.horizon() < 100; ++calls) {
    const auto before = cells.version_count();
    CHECK_FALSE(cells.collect(10).empty());
    CHECK(before - cells.version_count() <= 10);
    CHECK(value_of(cells, a, cells.horizon())
          == term{static_cast<std::int64_t>(cells.horizon() - 1)});
  }
  CHECK(calls == 20);
  CHECK(cells.version_count() == 4);
}

TEST_CASE("the horizon does not go back when more is to be kept", "[cells]") {
  shard_cells before{cell_options{.keep_heights = 0}};
  put(before, a, 1);
  put(before, a, 2);
  advance(before, 50);
  (void)before.collect();
  shard_cells after{before.contents(), cell_options{.keep_heights = 40}};
  CHECK(after.horizon() == 50);
  advance(after, 60);
  CHECK(after.collect().empty());
  CHECK(error_code_of(after.read(a, 49)) == ec::version_collected);
}

// -- operation ids --------------------------------------------------------------------------------

TEST_CASE("an operation id stands for one call, as long as its height can be read", "[cells]") {
  using kind = cell_call::kind;
  shard_cells cells{cell_options{3}};
  const cell_call reserved{kind::reserve, a, 1};
  CHECK_FALSE(must(cells.answered_before("take", reserved)));
  (void)must(cells.reserve(a, 1));
  CHECK(cells.remember("take", reserved) == cell_change{remember_call{"take", reserved}});
  CHECK(must(cells.answered_before("take", reserved)) == 1);
  CHECK_FALSE(must(cells.answered_before("", reserved)));

  for (const auto& other : {cell_call{kind::reserve, a, 2}, cell_call{kind::reserve, b, 1},
                            cell_call{kind::write, a, 1}, cell_call{kind::unreserve, a, 1},
                            cell_call{kind::advance_watermark, {}, 1}}) {
    const auto refused = error_of(cells.answered_before("take", other));
    CHECK(refused.code == ec::invalid_argument);
    CHECK_THAT(refused.message, ContainsSubstring("\"take\""));
  }

  // An open reservation keeps everything above it.
  advance(cells, 20);
  (void)cells.collect();
  CHECK(must(cells.answered_before("take", reserved)) == 1);
  (void)must(cells.unreserve(a, 1));
  (void)cells.collect();
  CHECK(cells.horizon() == 17);
  CHECK_FALSE(must(cells.answered_before("take", reserved)));
  CHECK(cells.contents().calls.empty());
  CHECK(error_code_of(cells.reserve(a, 1)) == ec::below_watermark);
}

TEST_CASE("a repeated raising of the watermark tells the one that was in force", "[cells]") {
  shard_cells cells;
  advance(cells, 5);
  (void)cells.remember("raise", {cell_call::kind::advance_watermark, {}, 5});
  advance(cells, 9);
  CHECK(must(cells.answered_before("raise", {cell_call::kind::advance_watermark, {}, 3})) == 5);
  CHECK(error_code_of(cells.answered_before("raise", {cell_call::kind::advance_watermark, {}, 6}))
        == ec::invalid_argument);
}

TEST_CASE("calls are forgotten little by little", "[cells]") {
  shard_cells cells{cell_options{0}};
  for (std::uint64_t height = 1; height <= 10; ++height)
    for (const auto* part : {"a", "b"})
      (void)cells.remember(part + std::to_string(height), {cell_call::kind::reserve, a, height});
  advance(cells, 100);
  (void)cells.collect(5);
  CHECK(cells.horizon() == 4);
  CHECK(cells.contents().calls.size() == 14);
  while (!cells.collect(5).empty())
    ;
  CHECK(cells.horizon() == 100);
  CHECK(cells.contents().calls.empty());
}
