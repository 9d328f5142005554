#pragma once

#include "persistence/change.hpp"
#include "test/support/results.hpp"
#include "test/support/stores.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace lockstep::test {

/// A store of the engine that Catch2 is at, with its data.
struct any_store {
  engine which = GENERATE(engine::memory, engine::sqlite);
  store_home home{which};
  std::unique_ptr<instance_store> store = home.open();

  void reopen() {
    store.reset();
    store = home.open();
  }

  void commit(const batch& changes) { must(store->commit(changes)); }

  /// The identifiers of a listing with pages of `limit`.
  std::vector<term> list(std::size_t limit) {
    std::vector<term> all;
    std::optional<std::uint64_t> from = 0;
    while (from) {
      auto page = must(page_of(*store, *from, limit));
      CHECK(page.instances.size() <= limit);
      CHECK((page.instances.size() == limit || !page.next));
      for (const auto& one : page.instances)
        all.push_back(one.head.identifier);
      from = page.next;
    }
    return all;
  }
};

} // namespace lockstep::test
