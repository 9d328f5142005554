#include "model/cells/waiting_reads.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <variant>

namespace lockstep {

void waiting_reads::add(std::uint64_t id, const cell_key& key, std::uint64_t height,
                        const read_block& block) {
  const auto& read = reads_.insert_or_assign(id, waiting_read{key, height, block}).first->second;
  wait(id, read);
}

std::vector<answered_read> waiting_reads::slot_closed(const shard_cells& cells, const cell_key& key,
                                                      std::uint64_t height) {
  const auto found = by_slot_.find(key);
  if (found == by_slot_.end())
    return {};
  auto& places = found->second;
  const auto begin = places.lower_bound({height, 0});
  auto end = begin;
  std::vector<std::uint64_t> ids;
  for (; end != places.end() && end->first == height; ++end)
    ids.push_back(end->second);
  places.erase(begin, end);
  if (places.empty())
    by_slot_.erase(found);
  return look_again(cells, std::move(ids));
}

std::vector<answered_read> waiting_reads::watermark_moved(const shard_cells& cells) {
  auto end = by_watermark_.begin();
  std::vector<std::uint64_t> ids;
  for (; end != by_watermark_.end() && end->first <= cells.watermark(); ++end)
    ids.push_back(end->second);
  by_watermark_.erase(by_watermark_.begin(), end);
  return look_again(cells, std::move(ids));
}

std::vector<answered_read> waiting_reads::cells_replaced(const shard_cells& cells) {
  by_slot_.clear();
  by_watermark_.clear();
  std::vector<std::uint64_t> ids;
  ids.reserve(reads_.size());
  for (const auto& [id, read] : reads_)
    ids.push_back(id);
  return look_again(cells, std::move(ids));
}

std::optional<failure> waiting_reads::expire(const shard_cells& cells, std::uint64_t id) {
  const auto found = reads_.find(id);
  if (found == reads_.end())
    return std::nullopt;
  const auto read = found->second;
  remove(id);
  auto answer = cells.read(read.key, read.height);
  if (!answer)
    return std::move(answer.error());
  const auto* block = std::get_if<read_block>(&*answer);
  return read_blocked(read.key, read.height, block == nullptr ? read.block : *block);
}

bool waiting_reads::remove(std::uint64_t id) {
  const auto found = reads_.find(id);
  if (found == reads_.end())
    return false;
  leave(id, found->second);
  reads_.erase(found);
  return true;
}

std::vector<answered_read> waiting_reads::look_again(const shard_cells& cells,
                                                     std::vector<std::uint64_t> ids) {
  std::ranges::sort(ids);
  std::vector<answered_read> answered;
  for (const auto id : ids) {
    const auto found = reads_.find(id);
    auto& read = found->second;
    auto answer = cells.read(read.key, read.height);
    if (answer)
      if (const auto* block = std::get_if<read_block>(&*answer)) {
        read.block = *block;
        wait(id, read);
        continue;
      }
    answered.push_back({id, std::move(answer).map([](read_answer value) {
                          return std::get<cell_value>(std::move(value));
                        })});
    reads_.erase(found);
  }
  return answered;
}

void waiting_reads::wait(std::uint64_t id, const waiting_read& read) {
  if (read.block.reserved)
    by_slot_[read.key].emplace(read.block.height, id);
  else
    by_watermark_.emplace(read.height - 1, id);
}

void waiting_reads::leave(std::uint64_t id, const waiting_read& read) {
  if (!read.block.reserved) {
    by_watermark_.erase({read.height - 1, id});
    return;
  }
  const auto found = by_slot_.find(read.key);
  found->second.erase({read.block.height, id});
  if (found->second.empty())
    by_slot_.erase(found);
}

} // namespace lockstep
