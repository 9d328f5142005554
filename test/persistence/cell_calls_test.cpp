/// What a store of cells remembers of calls that may be repeated.

#include "persistence/sqlite/database.hpp"
#include "test/support/cell_stores.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <map>
#include <string>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const shard_key ab{{"a", "b"}};
const shard_key joined{{"ab"}};

} // namespace

TEST_CASE("a shard that is added again under its operation id stays as it is", "[cell_store]") {
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  must(home.open()->add_to_key_map({ab, 1, "add"}));
  must(home.open()->add_to_key_map({joined, 1}));
  auto store = home.open();
  must(store->add_to_key_map({ab, 2, "add"}));
  CHECK(must(store->load(ab)).cells == decltype(cell_contents::cells){{ab, {{0, 1}}}});
  CHECK(error_code_of(store->add_to_key_map({ab, 1, "other"})) == ec::already_started);
  CHECK(error_code_of(store->add_to_key_map({ab, 1})) == ec::already_started);
  // It was added without one.
  CHECK(error_code_of(store->add_to_key_map({joined, 1, "add"})) == ec::already_started);
  CHECK(error_code_of(store->add_to_key_map({joined, 1})) == ec::already_started);
}

TEST_CASE("calls are known after the store was opened again, until their height is too low",
          "[cell_store]") {
  using kind = cell_call::kind;
  cell_store_home home{GENERATE(engine::memory, engine::sqlite)};
  const std::map<std::string, cell_call> calls = {{"r", {kind::reserve, joined, 3}},
                                                  {"w", {kind::write, joined, 4}},
                                                  {"u", {kind::unreserve, {}, 5}},
                                                  {"a", {kind::advance_watermark, {}, 6}}};
  {
    auto store = home.open();
    must(store->populate_key_map("modulo", {{ab, {}}, {joined, {}}}));
    cell_batch changes;
    for (const auto& [id, call] : calls)
      changes.push_back({ab, remember_call{id, call}});
    changes.push_back({ab, remember_call{"r", {kind::write, joined, 9}}}); // it stands for another
    changes.push_back({joined, remember_call{"r", calls.at("r")}});
    must(store->commit(changes));
  }
  auto store = home.open();
  CHECK(must(store->load(ab)).calls == calls);
  must(store->commit({{ab, set_marks{9, 5}}}));
  CHECK(must(store->load(ab)).calls.size() == 2);
  CHECK(must(store->load(ab)).calls.contains("u"));
  CHECK(must(store->load(joined)).calls.size() == 1);
}

TEST_CASE("a file from before there were operation ids can be read, and is brought up to date",
          "[cell_store]") {
  cell_store_home home{engine::sqlite};
  must(home.open()->add_to_key_map({ab, "v"}));
  const auto version = [&](const char* sql) {
    return must(must(sqlite::database::open(home.file())).query_number(sql));
  };
  must(must(sqlite::database::open(home.file()))
           .execute("DROP TABLE call; ALTER TABLE shard DROP COLUMN operation_id; "
                    "PRAGMA user_version = 2"));
  {
    auto opened = must(sqlite::open_cell_store_for_reading(home.file()));
    CHECK(must(opened.store->shard_key_map()).shards.front().key == ab);
    CHECK(must(opened.store->load(ab)).cells.at(ab).at(0) == "v");
    CHECK(error_code_of(opened.store->add_to_key_map({joined, {}})) == ec::store_failure);
    CHECK(error_code_of(opened.store->commit({{ab, set_marks{1, 1}}})) == ec::store_failure);
  }
  CHECK(version("PRAGMA user_version") == 2);
  auto store = home.open();
  CHECK(version("PRAGMA user_version") == 3);
  CHECK(must(store->load(ab)).cells.at(ab).at(0) == "v");
  must(store->commit({{ab, remember_call{"r", {cell_call::kind::reserve, ab, 1}}}}));
  CHECK(must(store->load(ab)).calls.size() == 1);
}
