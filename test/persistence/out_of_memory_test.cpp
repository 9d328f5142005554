#include "test/support/books.hpp"
#include "test/support/failing_allocation.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <new>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Commits what is staged while the nth allocation fails. @returns whether it is stored, as far as
/// the ledger says.
bool commit_without_memory(ledger& books, std::uint64_t nth, bool& failed) {
  try {
    const failing_allocation none_left{nth};
    const auto committed = books.commit();
    failed = none_left.happened();
    return committed.has_value();
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  return books.was_committed();
}

/// As whoever opens the file next sees it.
std::uint64_t steps_in(const store_home& home, const term& identifier) {
  const auto store = must(sqlite::open_store_for_reading(home.file()));
  const auto found = must(store->find(identifier));
  return found ? found->head.step_count : 0;
}

} // namespace

TEST_CASE("wherever a commit runs out of memory, the ledger knows whether it is stored",
          "[out_of_memory]") {
  const auto known_before = GENERATE(true, false);
  std::uint64_t stored = 0;
  std::uint64_t lost = 0;
  auto failed = true;
  for (std::uint64_t nth = 1; failed; ++nth) {
    books b{engine::sqlite};
    b.open();
    if (known_before) {
      must(b.init("order-1").answer);
      b.commit();
      must(b.step("order-1", "pay", "paid").answer);
    } else {
      must(b.first_step("order-1", "pay", "paid").answer);
    }
    const auto said = commit_without_memory(*b.ledger, nth, failed);
    INFO("allocation " << nth);
    REQUIRE(said == (steps_in(b.home, "order-1") == 2));
    ++(said ? stored : lost);
  }
  CHECK(stored >= 1); // the last one had all it needed
  CHECK(lost > 5);
}
