#include "model/cells/shard_cells.hpp"
#include "persistence/sqlite/database.hpp"
#include "test/support/cell_stores.hpp"
#include "test/support/failing_cell_store.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <fstream>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const shard_key ab{{"a", "b"}};
const shard_key joined{{"ab"}};

term height_of(std::uint64_t height) { return static_cast<std::int64_t>(height); }

std::vector<shard_key> keys_of(const key_map& map) {
  std::vector<shard_key> keys;
  for (const auto& one : map.shards)
    keys.push_back(one.key);
  return keys;
}

} // namespace

TEST_CASE("a new store has no shards", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  auto store = home.open();
  CHECK(must(store->shard_key_map()) == key_map{});
  CHECK(must(store->load(ab)) == cell_contents{});
}

TEST_CASE("the key map is there after the store was opened again", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  must(home.open()->populate_key_map("one_per_key", {{joined, "v"}, {ab, {}}, {{}, 7}}));
  auto store = home.open();
  const auto map = must(store->shard_key_map());
  CHECK(map.strategy == "one_per_key");
  CHECK(keys_of(map) == std::vector<shard_key>{{}, ab, joined});
  CHECK(map.shards[1].name
        == term::tuple({atom{"node"}, term::tuple({atom{"shard"}, term::list({"a", "b"})})}));
  CHECK(must(store->load(joined)).cells == decltype(cell_contents::cells){{joined, {{0, "v"}}}});
  CHECK(must(store->load(ab)) == cell_contents{});
  CHECK(must(store->load({})).cells == decltype(cell_contents::cells){{{}, {{0, 7}}}});
}

TEST_CASE("starting again keeps shards that were added later, and all cells", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  {
    auto store = home.open();
    must(store->populate_key_map("one_per_key", {{ab, "old"}}));
    must(store->add_to_key_map({joined, "added"}));
    must(store->commit({{joined, write_slot{ab, 3, "later"}}}));
  }
  auto store = home.open();
  must(store->populate_key_map("one_per_key", {{ab, "new"}, {{{"c"}}, {}}}));
  CHECK(keys_of(must(store->shard_key_map())) == std::vector<shard_key>{ab, joined, {{"c"}}});
  CHECK(must(store->load(ab)).cells == decltype(cell_contents::cells){{ab, {{0, "old"}}}});
  CHECK(must(store->load(joined)).cells
        == decltype(cell_contents::cells){{joined, {{0, "added"}}}, {ab, {{3, "later"}}}});
}

TEST_CASE("of several shards with one key the first one counts", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  auto store = home.open();
  must(store->populate_key_map("one_per_key", {{ab, 1}, {ab, 2}}));
  CHECK(must(store->load(ab)).cells == decltype(cell_contents::cells){{ab, {{0, 1}}}});
}

TEST_CASE("another strategy than that of the first start is refused", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  must(home.open()->populate_key_map("modulo", {{ab, {}}}));
  auto store = home.open();
  const auto refused = error_of(store->populate_key_map("rendezvous", {{joined, {}}}));
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring("modulo") && ContainsSubstring("rendezvous"));
  CHECK(keys_of(must(store->shard_key_map())) == std::vector<shard_key>{ab});
  must(store->populate_key_map("modulo", {{joined, {}}}));
}

TEST_CASE("a shard is added once", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  auto store = home.open();
  must(store->add_to_key_map({ab, 1}));
  const auto refused = error_of(store->add_to_key_map({ab, 2}));
  CHECK(refused.code == ec::already_started);
  CHECK(refused.context.at("name") == keyed_shard_name(home.node_id(), ab));
  CHECK(must(store->load(ab)).cells == decltype(cell_contents::cells){{ab, {{0, 1}}}});
}

TEST_CASE("nothing is stored of a shard that is not in the key map", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  auto store = home.open();
  must(store->add_to_key_map({ab, {}}));
  const auto refused =
      error_of(store->commit({{ab, reserve_slot{ab, 1}}, {joined, reserve_slot{ab, 1}}}));
  CHECK(refused.code == ec::shard_not_found);
  CHECK(refused.context.at("shard") == to_term(joined));
  CHECK(must(store->load(ab)) == cell_contents{});
  must(store->add_to_key_map({joined, {}}));
  must(store->commit({{joined, reserve_slot{ab, 1}}}));
}

TEST_CASE("each change does what it says, to its shard and cell alone", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  const cell_batch changes = {{ab, reserve_slot{ab, 1}},
                              {joined, reserve_slot{ab, 1}},
                              {ab, reserve_slot{joined, 1}},
                              {ab, write_slot{ab, 1, "one"}},
                              {ab, reserve_slot{ab, 2}},
                              {ab, free_slot{ab, 2}},
                              {ab, reserve_slot{ab, 1}}, // changes nothing: it is written
                              {ab, write_slot{ab, 5, "five"}},
                              {ab, write_slot{ab, 6, "six"}},
                              {ab, drop_versions{ab, 6}},
                              {joined, write_slot{ab, 5, "five"}},
                              {ab, set_marks{9, 6}},
                              {ab, set_marks{8, 5}},
                              {joined, set_marks{max_height, 1}}};
  {
    auto store = home.open();
    must(store->populate_key_map("modulo", {{ab, {}}, {joined, {}}}));
    must(store->commit(changes));
  }
  auto store = home.open();
  CHECK(must(store->load(ab))
        == cell_contents{9, 6, {{ab, {{6, "six"}}}, {joined, {{1, std::nullopt}}}}});
  CHECK(must(store->load(joined))
        == cell_contents{max_height, 1, {{ab, {{1, std::nullopt}, {5, "five"}}}}});
}

TEST_CASE("cells go on after a restart where they were", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  must(home.open()->add_to_key_map({ab, "initial"}));
  std::uint64_t height = 0;
  for (int start = 0; start < 3; ++start) {
    auto store = home.open();
    shard_cells cells{must(store->load(ab)), cell_options{.keep_heights = 5}};
    CHECK(cells.watermark() == height);
    cell_batch staged;
    for (int i = 0; i < 20; ++i) {
      staged.push_back({ab, must(cells.reserve(ab, ++height))});
      staged.push_back({ab, must(cells.write(ab, height_of(height), height))});
      staged.push_back({ab, *must(cells.advance_watermark(height))});
    }
    for (auto& change : cells.collect())
      staged.push_back({ab, std::move(change)});
    must(store->commit(staged));
    CHECK(must(store->load(ab)) == cells.contents());
  }
  shard_cells cells{must(home.open()->load(ab))};
  CHECK(cells.version_count() == 7);
  CHECK(cells.horizon() == height - 5);
  CHECK(must(cells.read(ab, height + 1)) == read_answer{cell_value{height_of(height)}});
}

TEST_CASE("both stores hold the same after the same calls", "[cell_store]") {
  const auto key = rc::gen::element(shard_key{}, shard_key{{""}}, shard_key{{"a", "b"}},
                                    shard_key{{"ab"}}, shard_key{{std::string("\0\xFF", 2)}});
  const auto height = rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 6),
                                     rc::gen::just(std::uint64_t{max_height}));
  const auto change = rc::gen::apply(
      [](int kind, const cell_key& cell, std::uint64_t at, const term& value) -> cell_change {
        switch (kind) {
        case 0:
          return reserve_slot{cell, at};
        case 1:
          return write_slot{cell, at, value};
        case 2:
          return free_slot{cell, at};
        case 3:
          return drop_versions{cell, at};
        case 4:
          return remember_call{std::to_string(at % 3), {cell_call::kind::reserve, cell, at}};
        default:
          return set_marks{at, at / 2};
        }
      },
      rc::gen::inRange(0, 6), key, height, generate::any_term(2));
  const auto ran = rc::check([&] {
    cell_store_home homes[] = {cell_store_home{engine::memory}, cell_store_home{engine::sqlite}};
    auto memory = homes[0].open();
    auto file = homes[1].open();
    const auto agree = [](const result<void>& lhs, const result<void>& rhs) {
      RC_ASSERT(lhs.has_value() == rhs.has_value());
      if (!lhs)
        RC_ASSERT(lhs.error() == rhs.error());
    };
    for (int i = 0; i < 10; ++i) {
      new_shard shard{*key, {}};
      if (*rc::gen::arbitrary<bool>())
        shard.initial_value = *generate::any_term(2);
      shard.operation_id = *rc::gen::element<std::string>("", "add", "another");
      switch (*rc::gen::inRange(0, 5)) {
      case 0:
        agree(memory->add_to_key_map(shard), file->add_to_key_map(shard));
        break;
      case 1: {
        const auto strategy = *rc::gen::element<std::string>("modulo", "rendezvous");
        const std::vector<new_shard> shards = {shard, {*key, {}}};
        agree(memory->populate_key_map(strategy, shards), file->populate_key_map(strategy, shards));
        break;
      }
      case 2:
        file = homes[1].open();
        break;
      default: {
        cell_batch changes;
        for (const auto& one : *rc::gen::container<std::vector<cell_change>>(change))
          changes.push_back(shard_change{*key, one});
        agree(memory->commit(changes), file->commit(changes));
      }
      }
    }
    const auto map = must(memory->shard_key_map());
    RC_ASSERT(map == must(file->shard_key_map()));
    for (const auto& one : map.shards)
      RC_ASSERT(must(memory->load(one.key)) == must(file->load(one.key)));
  });
  CHECK(ran);
}

// -- files ----------------------------------------------------------------------------------------

TEST_CASE("each node_id has a file of its own, whatever term it is", "[cell_store]") {
  const temporary_folder folder;
  const std::string long_name(500, 'x');
  const term ids[] = {atom{"node"},
                      "node",
                      term{},
                      1,
                      1.0,
                      "../node",
                      "a/b",
                      atom{"a/b"},
                      long_name,
                      long_name + "y",
                      std::string(100, '\xFF'),
                      term::tuple({atom{"node"}, 1}),
                      "",
                      atom{""}};
  std::set<std::filesystem::path> names;
  for (const auto& id : ids) {
    const auto file = sqlite::keyed_file(folder.path(), id);
    CHECK(file.parent_path() == folder.path() / "keyed");
    CHECK(file.filename().string().size() <= 240);
    CHECK(names.insert(file).second);
    must(must(sqlite::open_cell_store(file, id))->add_to_key_map({ab, id}));
  }
  CHECK(sqlite::keyed_file(folder.path(), atom{"node"}).filename() == "node.sqlite");
  const auto files = must(sqlite::keyed_files(folder.path()));
  CHECK(std::ranges::equal(files, names));
  for (const auto& id : ids) {
    auto opened = must(sqlite::open_cell_store_for_reading(sqlite::keyed_file(folder.path(), id)));
    CHECK(opened.node_id == id);
    CHECK(must(opened.store->load(ab)).cells.at(ab).at(0) == id);
    CHECK(error_code_of(opened.store->add_to_key_map({joined, {}})) == ec::store_failure);
  }
}

TEST_CASE("a folder without keyed shards has no files of them", "[cell_store]") {
  const temporary_folder folder;
  CHECK(must(sqlite::keyed_files(folder.path())).empty());
  CHECK(must(sqlite::keyed_files(folder.path() / "missing")).empty());
}

TEST_CASE("the file of another node_id is refused", "[cell_store]") {
  cell_store_home home{engine::sqlite};
  (void)home.open();
  const auto refused = error_of(sqlite::open_cell_store(home.file(), atom{"other"}));
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message,
             ContainsSubstring("has the keyed shards of node, not those of other"));
}

TEST_CASE("a file of a newer program, or of another kind, is refused", "[cell_store]") {
  cell_store_home home{engine::sqlite};
  (void)home.open();
  const auto tamper = [&](const char* sql) {
    must(must(sqlite::database::open(home.file())).execute(sql));
  };
  SECTION("newer") {
    tamper("PRAGMA user_version = 99");
    CHECK(error_code_of(sqlite::open_cell_store(home.file(), home.node_id())) == ec::store_too_new);
    CHECK(error_code_of(sqlite::open_cell_store_for_reading(home.file())) == ec::store_too_new);
  }
  SECTION("another kind") {
    tamper("PRAGMA application_id = 7");
    CHECK_THAT(error_of(sqlite::open_cell_store(home.file(), home.node_id())).message,
               ContainsSubstring("not a Lockstep store of keyed shards"));
  }
  SECTION("a shard's") {
    std::filesystem::remove(home.file());
    (void)must(sqlite::open_store(home.file(), {}));
    CHECK(error_code_of(sqlite::open_cell_store(home.file(), home.node_id())) == ec::store_failure);
  }
  SECTION("no database") {
    std::ofstream{home.file(), std::ios::trunc} << std::string(5'000, 'x');
    CHECK(error_code_of(sqlite::open_cell_store(home.file(), home.node_id())) == ec::store_failure);
  }
  SECTION("empty") {
    std::filesystem::remove(home.file());
    std::ofstream{home.file()};
    CHECK_THAT(error_of(sqlite::open_cell_store_for_reading(home.file())).message,
               ContainsSubstring("is empty"));
    CHECK(sqlite::open_cell_store(home.file(), home.node_id()));
  }
}

TEST_CASE("a damaged row is an error that says where", "[cell_store]") {
  cell_store_home home{engine::sqlite};
  must(home.open()->add_to_key_map({ab, "v"}));
  must(home.open()->commit({{ab, remember_call{"id", {cell_call::kind::reserve, ab, 1}}}}));
  const auto tamper = [&](const char* sql) {
    must(must(sqlite::database::open(home.file())).execute(sql));
  };
  SECTION("value") {
    tamper("UPDATE slot SET value = x'00'");
    CHECK_THAT(error_of(home.open()->load(ab)).message,
               ContainsSubstring(home.file().string() + " holds a damaged value"));
  }
  SECTION("cell") {
    tamper("UPDATE slot SET cell = x'836101'");
    CHECK_THAT(error_of(home.open()->load(ab)).message, ContainsSubstring("damaged key"));
  }
  SECTION("call") {
    tamper("UPDATE call SET kind = 9");
    CHECK_THAT(error_of(home.open()->load(ab)).message,
               ContainsSubstring("damaged call at operation id \"id\" in shard"));
  }
  SECTION("cell of a call") {
    tamper("UPDATE call SET cell = x'00'");
    CHECK_THAT(error_of(home.open()->load(ab)).message,
               ContainsSubstring("damaged key at operation id \"id\" in shard"));
  }
  SECTION("shard") {
    tamper("UPDATE shard SET key = x'00'");
    CHECK_THAT(error_of(sqlite::open_cell_store(home.file(), home.node_id())).message,
               ContainsSubstring("damaged key"));
  }
}

// -- faults ---------------------------------------------------------------------------------------

TEST_CASE("a failing store fails the call that it is told to, before or after it", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  auto faults = std::make_shared<cell_faults>();
  failing_cell_store store{home.open(), faults};
  must(store.populate_key_map("modulo", {}));
  faults->fail_next();
  CHECK(error_code_of(store.add_to_key_map({ab, {}})) == ec::store_failure);
  faults->fail_next(cell_fault::crash_before);
  CHECK_THROWS(store.add_to_key_map({ab, {}}));
  CHECK(must(store.shard_key_map()).shards.empty());
  faults->fail_next(cell_fault::crash_after);
  CHECK_THROWS(store.add_to_key_map({ab, {}}));
  CHECK(must(store.shard_key_map()).shards.size() == 1);
  CHECK(faults->made.size() == 6);
}
