#include "persistence/store_lock.hpp"

#include "test/support/temporary_folder.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <unistd.h>

using namespace lockstep;

TEST_CASE("a store that is in use is refused with the number of its process", "[store_lock]") {
  test::temporary_folder folder;
  auto first = store_lock::acquire(folder.path() / "store");
  REQUIRE(first);
  auto second = store_lock::acquire(folder.path() / "store");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ec::store_failure);
  CHECK(second.error().message.find("process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("a store is free again when its lock has gone", "[store_lock]") {
  test::temporary_folder folder;
  { auto first = store_lock::acquire(folder.path()); }
  CHECK(store_lock::acquire(folder.path()));
}
