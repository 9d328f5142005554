#include "actors/store_opener.hpp"

#include "persistence/reopening_store.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_folder.hpp"

#include <utility>

namespace lockstep {

store_opener::store_opener(const node_options& options, std::uint32_t shard,
                           std::shared_ptr<store_use> use)
    : identity_{shard, options.distribution_factor, options.routing},
      open_given_(options.open_store),
      use_(std::move(use)) {
  if (open_given_)
    return;
  if (options.store_dir)
    path_ = sqlite::shard_file(*options.store_dir, shard);
  else
    contents_ = std::make_shared<memory_store_contents>();
}

result<void> store_opener::open_first(const specification_catalog& configured) {
  return open().and_then([&](auto store) -> result<void> {
    first_ = std::move(store);
    return prefer_configured(*first_, configured);
  });
}

result<std::unique_ptr<instance_store>> store_opener::open() {
  if (first_)
    return std::move(first_);
  if (open_given_)
    return open_given_(identity_.shard);
  if (contents_)
    return std::make_unique<memory_store>(contents_);
  return hold(use_).and_then([this](std::shared_ptr<const void> held) {
    // The store closes its file before it lets go of this function, and so of what it holds.
    return reopening_store::open([path = path_, identity = identity_, held = std::move(held)] {
      return sqlite::open_store(path, identity);
    });
  });
}

} // namespace lockstep
