#include "actors/quarantine.hpp"

#include "model/in_quotes.hpp"
#include "model/term/term_text.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace lockstep {

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

namespace {

/// So many instances of a shard quarantined within so long are no matter of instances any more.
constexpr std::size_t most_convictions = 20;
constexpr duration conviction_period = std::chrono::minutes{10};

/// Is it that which the current exception says?
bool memory_is_short() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

} // namespace

// -- noting ---------------------------------------------------------------------------------------

void quarantine::suspect(const term& identifier) {
  if (memory_is_short())
    return;
  if (!last_crash_)
    last_crash_ = crash{identifier, current_exception_text()};
  else if (last_crash_->in_batch && careful_ && !last_crash_->culprit)
    last_crash_->culprit = identifier;
}

void quarantine::suspect_batch() {
  if (!last_crash_)
    last_crash_ = crash{std::nullopt, current_exception_text(), true};
}

bool quarantine::excuses_crash(timestamp now) {
  if (!last_crash_ || std::exchange(last_crash_->excused, true))
    return false;
  if (convictions_.size() >= most_convictions && now - convictions_.front() < conviction_period)
    return false;
  if (last_crash_->culprit)
    return !contains(*last_crash_->culprit);
  return last_crash_->in_batch && !(careful_ && wary_of_lists_);
}

// -- between two incarnations ---------------------------------------------------------------------

result<std::optional<quarantined_instance>> quarantine::begin(instance_store& store,
                                                              timestamp now) {
  auto ended = std::exchange(last_crash_, std::nullopt);
  if (ended) { // else the start before failed, and what it had concluded still counts
    wary_of_lists_ = careful_ && ended->in_batch && !ended->culprit;
    careful_ = ended->in_batch;
  }
  if (ended && ended->culprit)
    if (const auto crashes = rule_.add(*ended->culprit, now); rule_.too_many(crashes)) {
      convicted_ = {*ended->culprit,
                    "what was done for it crashed its shard " + std::to_string(crashes)
                        + " times in a row, the last time with " + in_quotes(ended->what),
                    now};
      not_stored_.insert_or_assign(convicted_->identifier, *convicted_);
      rule_.forget(convicted_->identifier);
      convictions_.push_back(now);
      if (convictions_.size() > most_convictions)
        convictions_.pop_front();
    }
  catch_up(store);
  return refresh(store).map([&] { return std::exchange(convicted_, std::nullopt); });
}

result<void> quarantine::refresh(instance_store& store) {
  auto known = store.quarantined();
  if (!known)
    return tl::unexpected(known.error());
  quarantined_.clear();
  for (auto& one : *known) {
    auto identifier = one.identifier;
    quarantined_.emplace(std::move(identifier), std::move(one));
  }
  quarantined_.insert(not_stored_.begin(), not_stored_.end());
  return {};
}

void quarantine::catch_up(instance_store& store) {
  if (not_stored_.empty())
    return;
  batch all;
  for (const auto& [identifier, one] : not_stored_)
    all.emplace_back(quarantine_instance{one});
  try {
    if (store.commit(all))
      not_stored_.clear();
  } catch (...) { // it is no fault of whoever is served just now
  }
}

// -- while the shard runs -------------------------------------------------------------------------

failure refusal_of(const quarantined_instance& one) {
  return {ec::instance_quarantined,
          "instance " + to_text(one.identifier) + " has been quarantined since " + to_string(one.at)
              + ", because " + one.reason
              + "; nothing is recorded for it until you release it with lockstep instances release",
          {{"identifier", one.identifier}, {"reason", one.reason}, {"since", to_string(one.at)}}};
}

std::optional<failure> quarantine::refusal(const term& identifier) const {
  if (quarantined_.empty())
    return std::nullopt;
  const auto found = quarantined_.find(identifier);
  return found == quarantined_.end() ? std::nullopt : std::optional{refusal_of(found->second)};
}

std::vector<quarantined_instance> quarantine::all() const {
  std::vector<quarantined_instance> rows;
  for (const auto& [identifier, one] : quarantined_)
    rows.push_back(one);
  return rows;
}

result<void> quarantine::release(instance_store& store, const term& identifier, batch with) {
  rule_.forget(identifier);
  if (contains(identifier))
    with.emplace_back(release_instance{identifier});
  if (with.empty())
    return {};
  auto stored = store.commit(with);
  if (stored || stored.error().code == ec::unavailable)
    not_stored_.erase(identifier);
  if (stored)
    quarantined_.erase(identifier);
  return stored;
}

} // namespace lockstep
