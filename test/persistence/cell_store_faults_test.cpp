/// What a store of cells promises, under every fault that a disk can have.

#include "persistence/cells/memory_cell_store.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "persistence/sqlite/database.hpp"
#include "test/support/fault_vfs.hpp"
#include "test/support/results.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const term node_id = atom{"node"};
const shard_key a{{"a"}};
const shard_key b{{"b"}};

using contents = std::map<shard_key, cell_contents>;

/// The changes of a life, in their order.
const std::vector<std::function<result<void>(cell_store&)>>& changes() {
  static const std::vector<std::function<result<void>(cell_store&)>> all = {
      [](cell_store& store) {
        return store.populate_key_map("modulo", {{a, "initial"}});
      },
      [](cell_store& store) {
        return store.commit({{a, reserve_slot{a, 1}}, {a, reserve_slot{b, 1}}});
      },
      [](cell_store& store) {
        return store.add_to_key_map({b, std::string(3'000, 'x'), "add b"});
      },
      [](cell_store& store) {
        return store.add_to_key_map({b, "again", "add b"});
      },
      [](cell_store& store) {
        return store.commit({{a, write_slot{a, 1, std::string(5'000, 'y')}},
                             {a, remember_call{"write", {cell_call::kind::write, a, 1}}},
                             {b, reserve_slot{b, 2}},
                             {b, remember_call{"reserve", {cell_call::kind::reserve, b, 2}}},
                             {a, set_marks{1, 0}}});
      },
      [](cell_store& store) {
        return store.commit({{a, free_slot{b, 1}}, {a, drop_versions{a, 1}}, {a, set_marks{2, 2}}});
      }};
  return all;
}

/// A store on a disk with faults beside one in memory that holds what must be there.
class two_stores {
public:
  fault_disk disk;

  /// Tries every change until it is stored or refused for good.
  void live() {
    for (const auto& change : changes()) {
      if (!store_ && !open())
        return;
      const auto done = change(*store_);
      if (!disk.has_power()) {
        doubtful_ = change;
        return;
      }
      if (done)
        (void)must(change(sure_));
      else if (done.error().code == ec::unavailable)
        doubtful_ = change;
      if (doubtful_)
        return;
    }
  }

  /// What is there after a restart on a disk that is well again.
  [[nodiscard]] std::optional<contents> after_restart() {
    disk.mend();
    disk.kill();
    store_.reset();
    if (!disk.has_power())
      disk.power_on();
    if (!open())
      return std::nullopt;
    return contents_of(*store_);
  }

  [[nodiscard]] bool is_right(const contents& found) {
    if (found == contents_of(sure_))
      return true;
    if (!doubtful_)
      return false;
    (void)(*doubtful_)(sure_);
    return found == contents_of(sure_);
  }

private:
  static contents contents_of(cell_store& store) {
    contents all;
    for (const auto& one : must(store.shard_key_map()).shards)
      all[one.key] = must(store.load(one.key));
    return all;
  }

  bool open() {
    auto opened = reopening_cell_store::open([this] {
      return sqlite::database::open("node.sqlite", sqlite::if_missing::create, disk.vfs())
          .and_then(
              [](sqlite::database db) { return sqlite::open_cell_store(std::move(db), node_id); });
    });
    if (opened)
      store_ = std::move(*opened);
    return opened.has_value();
  }

  std::unique_ptr<cell_store> store_;
  memory_cell_store sure_{node_id};
  std::optional<std::function<result<void>(cell_store&)>> doubtful_;
};

} // namespace

TEST_CASE("what a store of cells has answered is true, whatever the disk does", "[cell_store]") {
  const auto fault = GENERATE(disk_fault::fails, disk_fault::torn, disk_fault::late,
                              disk_fault::no_space, disk_fault::power_cut);
  const auto survival = GENERATE(survival::none, survival::some);
  std::uint64_t operations = 0;
  {
    two_stores whole;
    whole.live();
    operations = whole.disk.operations();
    REQUIRE(whole.is_right(*whole.after_restart()));
  }
  REQUIRE(operations > 50);
  for (std::uint64_t operation = 1; operation <= operations; ++operation) {
    two_stores s;
    s.disk.set_survival(survival);
    s.disk.fail_at(operation, fault);
    s.live();
    if (operation % 2 == 0 && s.disk.has_power())
      s.disk.cut_power();
    const auto found = s.after_restart();
    INFO("operation " << operation << " of " << operations);
    REQUIRE(found);
    REQUIRE(s.is_right(*found));
  }
}
