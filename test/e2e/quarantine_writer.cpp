/// Quarantines an instance in the store of shard 1 of 1, of a node that is down: STORE_FILE ID.

#include "persistence/sqlite/sqlite_store.hpp"

#include <cstdlib>
#include <iostream>

using namespace lockstep;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: quarantine_writer STORE_FILE ID\n";
    return EXIT_FAILURE;
  }
  const quarantined_instance held{term{std::string{argv[2]}}, "its requests crashed its shard",
                                  timestamp{std::chrono::seconds{1'700'000'000}}};
  const auto written =
      sqlite::open_store(argv[1], {1, 1}).and_then([&](std::unique_ptr<instance_store> store) {
        return store->commit({quarantine_instance{held}});
      });
  if (!written)
    std::cerr << written.error().message << '\n';
  return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
