#include "model/cells/shard_cells.hpp"

#include "model/operation_id.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace lockstep {

namespace {

term number(std::uint64_t height) {
  return static_cast<std::int64_t>(std::min(height, max_height));
}

/// The slot as messages name it.
std::string slot(const cell_key& key, std::uint64_t height) {
  return "height " + std::to_string(height) + " of cell " + to_text(key);
}

std::map<std::string, term> context_of(const cell_key& key, std::uint64_t height) {
  return {{"key", to_term(key)}, {"height", number(height)}};
}

tl::unexpected<failure> refused(ec code, const cell_key& key, std::uint64_t height,
                                const std::string& why) {
  return fail(code, slot(key, height) + " " + why, context_of(key, height));
}

tl::unexpected<failure> too_high(std::uint64_t height) {
  return fail(ec::invalid_argument, "height " + std::to_string(height)
                                        + " is too great; heights end at "
                                        + std::to_string(max_height));
}

} // namespace

shard_cells::shard_cells(const cell_contents& contents, cell_options options)
    : options_(options), watermark_(contents.watermark), horizon_(contents.horizon) {
  cells_.reserve(contents.cells.size());
  for (const auto& [key, slots] : contents.cells) {
    auto& entry = *cells_.try_emplace(key).first;
    for (const auto& [height, value] : slots)
      if (value)
        add_version(entry, height, *value);
      else
        add_reservation(entry.second, height);
  }
  for (const auto& [operation_id, call] : contents.calls)
    add_call(operation_id, call);
}

result<cell_change> shard_cells::reserve(const cell_key& key, std::uint64_t height) {
  if (height > max_height)
    return too_high(height);
  if (height <= watermark_)
    return refused(ec::below_watermark, key, height,
                   "cannot be reserved, since the write watermark is at "
                       + std::to_string(watermark_) + "; reserve a height above it");
  if (const auto found = cells_.find(key); found != cells_.end()) {
    const auto& [versions, reserved] = found->second;
    const auto is_written = versions.contains(height);
    if (is_written || reserved.contains(height))
      return refused(ec::occupied, key, height,
                     is_written ? "cannot be reserved, since it is written already"
                                : "cannot be reserved, since it is reserved already");
  }
  add_reservation(cells_[key], height);
  return reserve_slot{key, height};
}

result<cell_change> shard_cells::write(const cell_key& key, term value, std::uint64_t height) {
  const auto found = cells_.find(key);
  if (found == cells_.end() || !found->second.reserved.contains(height)) {
    if (found != cells_.end() && found->second.versions.contains(height))
      return refused(ec::occupied, key, height, "is written already");
    return refused(ec::not_reserved, key, height,
                   "is not reserved; reserve it before it is written");
  }
  remove_reservation(found->second, height);
  add_version(*found, height, value);
  return write_slot{key, height, std::move(value)};
}

result<cell_change> shard_cells::unreserve(const cell_key& key, std::uint64_t height) {
  const auto found = cells_.find(key);
  if (found == cells_.end() || !found->second.reserved.contains(height))
    return refused(ec::not_reserved, key, height,
                   "is not reserved, so there is nothing to give up");
  remove_reservation(found->second, height);
  if (found->second.reserved.empty() && found->second.versions.empty())
    cells_.erase(found);
  return free_slot{key, height};
}

result<std::optional<cell_change>> shard_cells::advance_watermark(std::uint64_t height) {
  if (height > max_height)
    return too_high(height);
  if (height <= watermark_)
    return std::nullopt;
  watermark_ = height;
  return set_marks{watermark_, horizon_};
}

result<std::optional<std::uint64_t>> shard_cells::answered_before(const std::string& operation_id,
                                                                  const cell_call& call) const {
  const auto found = operation_id.empty() ? calls_.end() : calls_.find(operation_id);
  if (found == calls_.end())
    return std::nullopt;
  const auto& known = found->second;
  // A watermark that was in force is never below what was asked for.
  const auto is_watermark = known.what == cell_call::kind::advance_watermark;
  const auto is_same =
      known.what == call.what && known.key == call.key
      && (is_watermark ? call.height <= known.height : call.height == known.height);
  if (!is_same)
    return tl::unexpected(operation_of_another_kind(operation_id));
  return known.height;
}

cell_change shard_cells::remember(std::string operation_id, cell_call call) {
  add_call(operation_id, call);
  return remember_call{std::move(operation_id), std::move(call)};
}

result<read_answer> shard_cells::read(const cell_key& key, std::uint64_t height) const {
  if (height == 0)
    return fail(ec::invalid_argument,
                "cell " + to_text(key)
                    + " cannot be read at height 0, below which there is nothing; heights begin "
                      "at 1",
                context_of(key, height));
  if (height > max_height)
    return too_high(height);
  if (height < horizon_) {
    auto context = context_of(key, height);
    context.emplace("oldest_readable", number(horizon_));
    return fail(ec::version_collected,
                slot(key, height) + " cannot be read any more; the oldest readable height is "
                    + std::to_string(horizon_),
                std::move(context));
  }
  const auto found = cells_.find(key);
  std::optional<read_block> block;
  if (height - 1 > watermark_)
    block = read_block{watermark_ + 1, false};
  if (found != cells_.end() && !found->second.reserved.empty()) {
    const auto lowest = *found->second.reserved.begin();
    if (lowest < height && (!block || lowest <= block->height))
      block = read_block{lowest, true};
  }
  if (block)
    return *block;
  if (found == cells_.end())
    return cell_value{};
  const auto& versions = found->second.versions;
  const auto above = versions.lower_bound(height);
  return above == versions.begin() ? cell_value{} : cell_value{std::prev(above)->second};
}

std::vector<cell_change> shard_cells::collect(std::size_t most) {
  const auto target = nearer_horizon(possible_horizon(), most);
  if (target <= horizon_)
    return {};
  std::vector<cell_change> changes;
  std::unordered_map<const cell_key*, std::size_t> dropped; // where in the changes
  auto reached = target;
  std::uint64_t last = 0;
  for (std::size_t looked_at = 0; !superseding_.empty(); ++looked_at) {
    const auto [height, entry] = superseding_.top();
    if (height >= target)
      break;
    if (looked_at >= std::max<std::size_t>(most, 1) && height > last) {
      reached = height;
      break;
    }
    superseding_.pop();
    last = height;
    // Those before were removed when that one's turn came.
    auto& versions = entry->second.versions;
    const auto end = versions.find(height);
    if (end == versions.begin())
      continue;
    versions_ -= static_cast<std::size_t>(std::distance(versions.begin(), end));
    versions.erase(versions.begin(), end);
    if (const auto [known, is_first] = dropped.try_emplace(&entry->first, changes.size()); is_first)
      changes.emplace_back(drop_versions{entry->first, height});
    else
      std::get<drop_versions>(changes[known->second]).below = height;
  }
  if (reached > horizon_) {
    horizon_ = reached;
    forget_calls_below_horizon();
    changes.emplace_back(set_marks{watermark_, horizon_});
  }
  return changes;
}

cell_contents shard_cells::contents() const {
  cell_contents copy{watermark_, horizon_, {}, {calls_.begin(), calls_.end()}};
  for (const auto& [key, owned] : cells_) {
    auto& slots = copy.cells[key];
    for (const auto& [height, value] : owned.versions)
      slots.emplace(height, value);
    for (const auto height : owned.reserved)
      slots.emplace(height, std::nullopt);
  }
  return copy;
}

void shard_cells::add_version(cell_map::value_type& entry, std::uint64_t height, term value) {
  auto& versions = entry.second.versions;
  versions.emplace_hint(versions.end(), height, std::move(value));
  ++versions_;
  if (height >= horizon_)
    superseding_.emplace(height, &entry);
}

void shard_cells::add_reservation(cell& owner, std::uint64_t height) {
  owner.reserved.emplace_hint(owner.reserved.end(), height);
  ++open_.try_emplace(open_.end(), height, std::size_t{0})->second;
  ++reservations_;
}

void shard_cells::remove_reservation(cell& owner, std::uint64_t height) {
  owner.reserved.erase(height);
  const auto count = open_.find(height);
  if (--count->second == 0)
    open_.erase(count);
  --reservations_;
}

void shard_cells::add_call(std::string operation_id, cell_call call) {
  const auto height = call.height;
  const auto& added = *calls_.emplace(std::move(operation_id), std::move(call)).first;
  calls_at_[height].push_back(&added.first);
}

void shard_cells::forget_calls_below_horizon() {
  const auto end = calls_at_.lower_bound(horizon_);
  for (auto at = calls_at_.begin(); at != end; at = calls_at_.erase(at))
    for (const auto* operation_id : at->second)
      calls_.erase(calls_.find(*operation_id));
}

std::uint64_t shard_cells::nearer_horizon(std::uint64_t target, std::size_t most) const {
  std::size_t looked_at = 0;
  for (const auto& [height, operation_ids] : calls_at_) {
    if (height >= target)
      break;
    looked_at += operation_ids.size();
    if (looked_at >= most)
      return height + 1;
  }
  return target;
}

std::uint64_t shard_cells::possible_horizon() const {
  const auto kept = watermark_ - std::min(watermark_, options_.keep_heights);
  return open_.empty() ? kept : std::min(kept, open_.begin()->first);
}

failure read_blocked(const cell_key& key, std::uint64_t height, const read_block& block) {
  auto context = context_of(key, height);
  context.emplace("blocking_height", number(block.height));
  const auto blocking = std::to_string(block.height);
  auto why = block.reserved
                 ? "height " + blocking
                       + " is reserved and neither written nor given up; write or unreserve it"
                 : "height " + blocking + " is above the write watermark; advance that to "
                       + std::to_string(height - 1);
  return {ec::read_blocked, slot(key, height) + " could not be read in time, since " + why,
          std::move(context)};
}

} // namespace lockstep
