#pragma once

#include "test/support/forwarding_store.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

namespace lockstep::test {

/// When hazardous stores throw. Shared with the test, which may change it at any time.
struct hazards {
  /// Throws when one of these is looked up, or committed.
  std::set<term> fatal_lookups;
  std::set<term> fatal_commits;
  /// So many calls from now on, one throws before it does anything; 0: none does.
  std::size_t calls_left = 0;
  /// The next commit is made, and throws then.
  bool after_commit = false;
  /// So many commits fail without throwing, before they change anything.
  std::size_t failing_commits = 0;
  /// The next look for deadlines throws.
  bool deadlines = false;

  /// How often stores threw.
  std::size_t thrown = 0;
};

/// A store that throws, as if there were a grave mistake in it.
class hazardous_store final : public forwarding_store {
public:
  hazardous_store(std::unique_ptr<instance_store> store, std::shared_ptr<hazards> when)
      : forwarding_store(std::move(store)), hazards_(std::move(when)) {}

  result<std::optional<stored_instance>> find(const term& identifier) override {
    count_down();
    if (hazards_->fatal_lookups.contains(identifier))
      blow_up("lookup");
    return forwarding_store::find(identifier);
  }

  result<void> commit(const batch& changes) override {
    count_down();
    for (const auto& one : changes)
      if (concerns<append_step>(one) || concerns<mark_late>(one) || concerns<delete_instance>(one))
        blow_up("commit");
    if (hazards_->failing_commits > 0) {
      --hazards_->failing_commits;
      return fail(ec::store_failure, "the disk is full");
    }
    auto committed = forwarding_store::commit(changes);
    if (std::exchange(hazards_->after_commit, false))
      blow_up("after a commit");
    return committed;
  }

  result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                              std::size_t limit) override {
    if (std::exchange(hazards_->deadlines, false))
      blow_up("deadlines");
    return forwarding_store::deadlines(from, limit);
  }

private:
  template <class Change>
  [[nodiscard]] bool concerns(const change& one) const {
    const auto* made = std::get_if<Change>(&one);
    return made != nullptr && hazards_->fatal_commits.contains(made->identifier);
  }

  void count_down() {
    if (hazards_->calls_left > 0 && --hazards_->calls_left == 0)
      blow_up("call");
  }

  [[noreturn]] void blow_up(const char* where) {
    ++hazards_->thrown;
    throw std::runtime_error(std::string("boom: ") + where);
  }

  std::shared_ptr<hazards> hazards_;
};

} // namespace lockstep::test
