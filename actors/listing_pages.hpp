#pragma once

#include "actors/types.hpp"
#include "model/failure.hpp"
#include "persistence/instance_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

/// A listing of all shards, made of pages of one shard after the other.
namespace lockstep {

/// Is there such a shard? Errors: `invalid_argument`.
[[nodiscard]] inline result<void> check_cursor(const listing_cursor& cursor, std::size_t shards) {
  if (cursor.shard >= 1 && cursor.shard <= shards)
    return {};
  return fail(ec::invalid_argument, "there is no shard " + std::to_string(cursor.shard)
                                        + "; shards are 1 to " + std::to_string(shards));
}

/// A shard's page as a part of the listing, which goes on behind it or with the next shard.
[[nodiscard]] inline instance_listing part_of_listing(instance_page page, std::uint32_t shard,
                                                      std::size_t shards) {
  instance_listing part{std::move(page.instances), std::nullopt};
  if (page.next)
    part.next = listing_cursor{shard, *page.next};
  else if (shard < shards)
    part.next = listing_cursor{shard + 1, 0};
  return part;
}

} // namespace lockstep
