#include "model/routing/router.hpp"

#include "model/term/phash2.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace lockstep {

namespace {

/// The number from 1 of the highest score; of equal ones the first.
template <class ScoreOf>
std::uint32_t first_of_highest(std::uint32_t count, ScoreOf score_of) noexcept {
  std::uint32_t best = 1;
  auto highest = score_of(1);
  for (std::uint32_t number = 1; number < count;)
    if (const auto score = score_of(++number); score > highest) {
      highest = score;
      best = number;
    }
  return best;
}

std::shared_ptr<const std::vector<term>> in_order(std::vector<term> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return std::make_shared<const std::vector<term>>(std::move(ids));
}

std::vector<term> numbers_to(std::uint32_t count) {
  std::vector<term> ids;
  ids.reserve(count);
  for (std::uint32_t number = 1; number <= count; ++number)
    ids.emplace_back(std::int64_t{number});
  return ids;
}

} // namespace

std::uint32_t modulo_shard(const term& key, std::uint32_t count) noexcept {
  assert(count >= 1);
  return phash2(key) % count + 1;
}

std::uint32_t rendezvous_shard(const term& key, std::uint32_t count) noexcept {
  assert(count >= 1);
  return first_of_highest(count, [hash = pair_hash{key}](std::uint32_t number) {
    return hash.with(std::int64_t{number});
  });
}

router::router(routing_strategy strategy, std::uint32_t count,
               std::shared_ptr<const std::vector<term>> ids)
    : strategy_(strategy), count_(count), ids_(std::move(ids)) {
  if (strategy_ == routing_strategy::ring)
    ring_ = std::make_shared<const hash_ring>(ids_ ? *ids_ : numbers_to(count_));
}

router::router(routing_strategy strategy, std::vector<term> shards)
    : router(strategy, 0, in_order(std::move(shards))) {
  count_ = static_cast<std::uint32_t>(ids_->size());
}

router router::numbered(routing_strategy strategy, std::uint32_t count) {
  return {strategy, count, nullptr};
}

term router::shard(std::uint32_t number) const {
  return ids_ ? (*ids_)[number - 1] : term{std::int64_t{number}};
}

std::uint32_t router::highest(const term& key) const noexcept {
  if (!ids_)
    return rendezvous_shard(key, count_);
  return first_of_highest(count_, [&, hash = pair_hash{key}](std::uint32_t number) {
    return hash.with((*ids_)[number - 1]);
  });
}

std::uint32_t router::number_of(const term& key) const noexcept {
  assert(count_ > 0 && strategy_ != routing_strategy::one_per_key);
  switch (strategy_) {
  case routing_strategy::rendezvous:
    return highest(key);
  case routing_strategy::ring:
    return static_cast<std::uint32_t>(ring_->owner(key)) + 1;
  case routing_strategy::modulo:
  case routing_strategy::one_per_key:
    break;
  }
  return modulo_shard(key, count_);
}

std::optional<term> router::route(const term& key) const {
  if (strategy_ == routing_strategy::one_per_key)
    return key;
  if (count_ == 0)
    return std::nullopt;
  return shard(number_of(key));
}

routing_explanation router::explain(const term& key) const {
  routing_explanation why{strategy_, phash2(key), {}};
  if (strategy_ == routing_strategy::one_per_key) {
    why.candidates.push_back({key, why.hash, true});
    return why;
  }
  std::vector<std::uint32_t> distances;
  if (ring_) {
    why.hash = hash_ring::place_of(key);
    distances = ring_->distances(why.hash);
  }
  const auto chosen = count_ > 0 ? number_of(key) : 0;
  const pair_hash hash{key};
  for (std::uint32_t number = 1; number <= count_; ++number) {
    auto id = shard(number);
    const auto score = ring_                                       ? distances[number - 1]
                       : strategy_ == routing_strategy::rendezvous ? hash.with(id)
                                                                   : number - 1;
    why.candidates.push_back({std::move(id), score, number == chosen});
  }
  return why;
}

} // namespace lockstep
