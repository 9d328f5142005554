#pragma once

#include "model/failure.hpp"
#include "model/supervision/crash_count.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/quarantined_instance.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// Finds the instances whose handling crashes a shard again and again, and has them refused.
///
/// Outlives the incarnations of its shard: one of them notes whom it was busy with when an
/// exception passed, the next one begins with the conclusion. An instance that crashed too many in
/// a row is quarantined: durably, so also after the process was started again, and until it is
/// released. While that cannot be stored, it holds for this process.
///
/// Notes cost nothing as long as nothing crashes. Not thread-safe: belongs to the shard, and to its
/// supervisor between two incarnations.
class quarantine {
public:
  explicit quarantine(crash_count rule = crash_count{}) : rule_(std::move(rule)) {}

  // -- noting: within the handler of an exception that goes on and ends the shard -----------------

  /// It came out of what was done for this instance, unless memory was short, which may be
  /// anybody's fault. The first of several notes counts.
  void suspect(const term& identifier);

  /// It came out of the commit of a batch, so any instance may be the cause. The next incarnation
  /// is `careful`; there the batch is that of the instance that is noted next.
  void suspect_batch();

  /// Should every request be committed by itself, so that the cause of a crash can be told?
  [[nodiscard]] bool careful() const noexcept { return careful_; }

  /// Did even a batch of one request crash, so that one of the several instances that the request
  /// was about must be the cause? Then such requests should be refused for a while: told one by
  /// one, the steps show which.
  [[nodiscard]] bool wary_of_lists() const noexcept { return wary_of_lists_; }

  /// It went well for a while: not careful any more.
  void trust_again() noexcept { careful_ = wary_of_lists_ = false; }

  // -- between two incarnations -------------------------------------------------------------------

  /// Is the crash, asked about for the first time, one of those that come to an end before long: of
  /// what was done for an instance that is not quarantined yet, or of a commit, after which the
  /// next one tells more? Not if many instances were quarantined lately, since then it is no
  /// instance's fault.
  [[nodiscard]] bool excuses_crash(timestamp now);

  /// Concludes from the crash before, if there was one, and reads what the store has.
  /// @returns the instance that is quarantined now and was not before. Errors: `store_failure` if
  /// the store cannot be read.
  [[nodiscard]] result<std::optional<quarantined_instance>> begin(instance_store& store,
                                                                  timestamp now);

  // -- while the shard runs -----------------------------------------------------------------------

  [[nodiscard]] bool contains(const term& identifier) const {
    return !quarantined_.empty() && quarantined_.contains(identifier);
  }
  [[nodiscard]] bool empty() const noexcept { return quarantined_.empty(); }

  /// Why nothing is done for an instance, `instance_quarantined`; nothing if it is not quarantined.
  [[nodiscard]] std::optional<failure> refusal(const term& identifier) const;

  /// In ascending order of their identifiers.
  [[nodiscard]] std::vector<quarantined_instance> all() const;

  /// Stores what could not be stored when it was concluded, if there is anything; if it cannot be
  /// stored now, the next call tries again.
  void catch_up(instance_store& store);

  /// Lets requests through again, durably; fine if the instance is not quarantined.
  /// @param with Is committed together with it. Errors: `store_failure`, `unavailable` if it is not
  /// known whether that is stored: then `refresh`, once it is.
  [[nodiscard]] result<void> release(instance_store& store, const term& identifier,
                                     batch with = {});

  /// Reads what the store has. Errors: `store_failure`.
  [[nodiscard]] result<void> refresh(instance_store& store);

private:
  struct crash {
    std::optional<term> culprit;
    /// What the exception says.
    std::string what;
    bool in_batch = false;
    bool excused = false;
  };

  crash_count rule_;
  std::optional<crash> last_crash_;
  bool careful_ = false;
  bool wary_of_lists_ = false;
  /// Nobody was told of it yet, since the start failed afterwards.
  std::optional<quarantined_instance> convicted_;
  std::map<term, quarantined_instance> quarantined_;
  /// Those of them that could not be stored yet.
  std::map<term, quarantined_instance> not_stored_;
  /// When the latest ones were convicted, the oldest first.
  std::deque<timestamp> convictions_;
};

/// Why nothing is done for a quarantined instance, and what to do.
[[nodiscard]] failure refusal_of(const quarantined_instance& one);

/// What the current exception says. @pre There is one.
[[nodiscard]] std::string current_exception_text();

} // namespace lockstep
