#include "persistence/redistribution.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// What is copied and then deleted in one go: bounds memory and the time of a transaction.
constexpr std::size_t instances_at_once = 1'000;
constexpr std::size_t steps_at_once = 50'000;
constexpr std::size_t operations_at_once = 2'000;

class redistribution {
public:
  redistribution(const store_set& stores, std::uint32_t factor, const home_function& home,
                 const moving_function& progress)
      : stores_(stores), factor_(factor), home_(home), progress_(progress) {}

  result<redistribution_report> run() {
    if (auto shared = share_models(); !shared)
      return tl::unexpected(shared.error());
    if (auto shared = share_specifications(); !shared)
      return tl::unexpected(shared.error());
    for (const auto& [shard, store] : stores_)
      if (auto moved = move_quarantined(shard, *store); !moved)
        return tl::unexpected(moved.error());
    for (const auto& [shard, store] : stores_)
      if (auto moved = move_instances(shard, *store); !moved)
        return tl::unexpected(moved.error());
    for (const auto& [shard, store] : stores_)
      if (auto moved = move_operations(shard, *store); !moved)
        return tl::unexpected(moved.error());
    return report_;
  }

private:
  result<void> share_models() {
    std::map<std::string, implementation_model> merged;
    for (const auto& [shard, store] : stores_) {
      auto models = store->models();
      if (!models)
        return tl::unexpected(models.error());
      for (auto& one : *models)
        if (auto [known, is_new] = merged.try_emplace(one.specification, one); !is_new)
          known->second = merge(std::move(known->second), one);
    }
    return for_each_target([&](instance_store& target) -> result<void> {
      auto present = target.models();
      if (!present)
        return tl::unexpected(present.error());
      std::map<std::string, implementation_model> known;
      for (auto& one : *present)
        known.emplace(one.specification, std::move(one));
      batch changes;
      for (const auto& [name, model] : merged) {
        if (auto same = known.find(name); same != known.end() && same->second == model)
          continue;
        changes.emplace_back(put_model{name, model.learning});
        for (const auto& one : model.transitions)
          changes.emplace_back(learn_transition{name, one});
      }
      return commit(target, changes);
    });
  }

  /// Where stores disagree on a name, the one of the first shard counts: so a repetition after some
  /// of them agree already comes to the same.
  result<void> share_specifications() {
    std::map<std::string, std::string> all;
    for (const auto& [shard, store] : stores_) {
      auto declared = store->specifications();
      if (!declared)
        return tl::unexpected(declared.error());
      all.merge(*declared);
    }
    return for_each_target([&](instance_store& target) -> result<void> {
      auto known = target.specifications();
      if (!known)
        return tl::unexpected(known.error());
      batch changes;
      for (const auto& [name, declaration] : all)
        if (auto same = known->find(name); same == known->end() || same->second != declaration)
          changes.emplace_back(put_specification{name, declaration});
      return commit(target, changes);
    });
  }

  /// Before the instances, so that none is ever found without its quarantine.
  result<void> move_quarantined(std::uint32_t shard, instance_store& source) {
    auto quarantined = source.quarantined();
    if (!quarantined)
      return tl::unexpected(quarantined.error());
    for (auto& one : *quarantined) {
      auto home = home_(one.identifier);
      if (home == shard)
        continue;
      leaving_.emplace_back(release_instance{one.identifier});
      arriving_[home].emplace_back(quarantine_instance{std::move(one)});
    }
    std::uint64_t not_reported = 0;
    return flush(source, not_reported);
  }

  result<void> move_instances(std::uint32_t shard, instance_store& source) {
    const auto is_elsewhere = [&](const instance_head& head) {
      ++looked_at_;
      return home_(head.identifier) != shard;
    };
    std::size_t steps = 0;
    for (std::optional<std::uint64_t> from = 0; from;) {
      page_request part;
      part.from = *from;
      auto page = source.page(part, is_elsewhere);
      if (!page)
        return tl::unexpected(page.error());
      for (auto& one : page->instances) {
        auto history = source.history(one.head.identifier);
        if (!history)
          return tl::unexpected(history.error());
        steps += history->size();
        leaving_.emplace_back(delete_instance{one.head.identifier});
        auto home = home_(one.head.identifier);
        arriving_[home].emplace_back(restore_instance{std::move(one), std::move(*history)});
        if (leaving_.size() < instances_at_once && steps < steps_at_once)
          continue;
        if (auto moved = flush(source, report_.instances); !moved)
          return moved;
        steps = 0;
      }
      from = page->next;
      if (auto on = go_on(); !on)
        return on;
    }
    return flush(source, report_.instances);
  }

  result<void> move_operations(std::uint32_t shard, instance_store& source) {
    for (std::string after;;) {
      auto rows = source.operations(after, operations_at_once);
      if (!rows)
        return tl::unexpected(rows.error());
      if (rows->empty())
        return {};
      after = rows->back().id;
      looked_at_ += rows->size();
      for (auto& one : *rows)
        if (auto staged = one.recorded.identifier ? stage_operation(shard, std::move(one))
                                                  : stage_everywhere(shard, one);
            !staged)
          return staged;
      if (auto moved = flush(source, report_.operations); !moved)
        return moved;
      if (auto on = go_on(); !on)
        return on;
    }
  }

  result<void> stage_operation(std::uint32_t shard, stored_operation operation) {
    // Each shard has done its own part of such a call, and the parts are others now.
    if (operation.recorded.identifier == call_about_many()) {
      leaving_.emplace_back(forget_operation{operation.id});
      return {};
    }
    auto home = home_(*operation.recorded.identifier);
    if (home == shard)
      return {};
    leaving_.emplace_back(forget_operation{operation.id});
    arriving_[home].emplace_back(restore_operation{std::move(operation)});
    return {};
  }

  /// Never instead of one that a store has: that may say more.
  result<void> stage_everywhere(std::uint32_t shard, const stored_operation& operation) {
    for (const auto& [target, store] : stores_) {
      if (target == shard || target > factor_)
        continue;
      auto known = store->find_operation(operation.id);
      if (!known)
        return tl::unexpected(known.error());
      if (!*known)
        arriving_[target].emplace_back(restore_operation{operation});
    }
    return {};
  }

  /// The copies first, and durable, before anything is deleted.
  result<void> flush(instance_store& source, std::uint64_t& moved) {
    for (const auto& [target, changes] : std::exchange(arriving_, {}))
      if (auto copied = commit(*stores_.at(target), changes); !copied)
        return copied;
    auto leaving = std::exchange(leaving_, {});
    return commit(source, leaving).map([&] { moved += leaving.size(); });
  }

  template <class Function>
  result<void> for_each_target(Function apply) {
    for (const auto& [shard, store] : stores_)
      if (shard <= factor_)
        if (auto done = apply(*store); !done)
          return done;
    return {};
  }

  static result<void> commit(instance_store& store, const batch& changes) {
    return changes.empty() ? result<void>{} : store.commit(changes);
  }

  [[nodiscard]] result<void> go_on() const {
    if (progress_ && !progress_(looked_at_))
      return fail(ec::unavailable, "the instances are being moved, and that was interrupted");
    return {};
  }

  const store_set& stores_;
  std::uint32_t factor_;
  const home_function& home_;
  const moving_function& progress_;
  redistribution_report report_;
  std::uint64_t looked_at_ = 0;
  /// Staged, by the shard that it is for.
  std::map<std::uint32_t, batch> arriving_;
  /// Staged, to be deleted from the source when the rest is durable.
  batch leaving_;
};

} // namespace

result<redistribution_report> redistribute(const store_set& stores, std::uint32_t factor,
                                           const home_function& home,
                                           const moving_function& progress) {
  return redistribution{stores, factor, home, progress}.run();
}

} // namespace lockstep
