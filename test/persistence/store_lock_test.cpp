#include "persistence/store_lock.hpp"

#include "test/support/temporary_folder.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <sys/file.h>
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

TEST_CASE("a store's folder is made with those above it, or it is said why not", "[store_lock]") {
  test::temporary_folder folder;
  CHECK(store_lock::acquire(folder.path() / "new" / "folders" / "store"));
  const auto file = folder.path() / "new" / "folders" / "store" / "lock";
  const auto within_file = store_lock::acquire(file / "store");
  REQUIRE_FALSE(within_file);
  CHECK(within_file.error().code == ec::store_failure);
  CHECK(within_file.error().message.find(file.string()) != std::string::npos);
  CHECK(within_file.error().context.at("store_dir") == term{(file / "store").string()});
}

TEST_CASE("who has a store is told, and where its node listens", "[store_lock]") {
  test::temporary_folder folder;
  CHECK_FALSE(store_lock::holder(folder.path()));
  {
    auto lock = store_lock::acquire(folder.path());
    REQUIRE(lock);
    auto holder = store_lock::holder(folder.path());
    REQUIRE(holder);
    CHECK(holder->process == std::to_string(::getpid()));
    CHECK(holder->address.empty());
    REQUIRE(lock->announce("127.0.0.1:4242"));
    CHECK(store_lock::holder(folder.path())->address == "127.0.0.1:4242");
    CHECK(store_lock::holder(folder.path())->process == std::to_string(::getpid()));
    auto second = store_lock::acquire(folder.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("4242") == std::string::npos);
  }
  CHECK_FALSE(store_lock::holder(folder.path()));
}

TEST_CASE("who only looks at a lock keeps nobody from it", "[store_lock]") {
  test::temporary_folder folder;
  CHECK(store_lock::acquire(folder.path())); // so that there is a file
  const auto looking = ::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(looking, LOCK_SH | LOCK_NB) == 0);
  int pauses = 0;
  CHECK_FALSE(store_lock::acquire(folder.path(), [&] { ++pauses; }));
  CHECK(pauses == 9);
  CHECK(store_lock::acquire(folder.path(), [&] { ::close(looking); }));
}
