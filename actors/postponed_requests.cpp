#include "actors/postponed_requests.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace lockstep {

void postponed_requests::add(request postponed, const std::vector<question>& open) {
  const auto own = ++last_;
  auto& added = entries_[own];
  added.postponed = std::move(postponed);
  for (const auto& instance : added.postponed.instances)
    queues_[instance].push_back(own);
  if (!is_first(added, own))
    return;
  if (open.empty())
    ready_.insert(own);
  else
    wait_for(own, open);
}

std::optional<question> postponed_requests::first_question() const {
  if (order_.empty())
    return std::nullopt;
  return order_.front();
}

void postponed_requests::answered(const question& asked) {
  for (auto waiting : take(asked))
    if (auto found = entries_.find(waiting);
        found != entries_.end() && --found->second.unanswered == 0)
      ready_.insert(waiting);
}

void postponed_requests::failed(const question& asked, const failure& reason) {
  for (auto waiting : take(asked))
    if (entries_.contains(waiting)) // not refused for another question before
      finish(waiting).refuse(reason);
}

bool postponed_requests::resume(std::size_t limit) {
  for (; limit > 0 && !ready_.empty(); --limit) {
    const auto next = *ready_.begin();
    ready_.erase(ready_.begin());
    auto& first = entries_.at(next);
    const auto open = first.postponed.questions();
    if (open.empty())
      finish(next).handle();
    else if (++first.rounds < max_rounds)
      wait_for(next, open);
    else
      finish(next).refuse({ec::unavailable,
                           "the checks before this request come to no end, since the model changes "
                           "all the time or the request has too many unknown steps; try again, "
                           "with fewer steps",
                           {}});
  }
  return !ready_.empty();
}

void postponed_requests::refuse_all(const failure& reason) {
  auto all = std::exchange(entries_, {});
  queues_.clear();
  ready_.clear();
  waiting_.clear();
  order_.clear();
  for (auto& [own, one] : all)
    one.postponed.refuse(reason);
}

void postponed_requests::wait_for(number waiting, const std::vector<question>& open) {
  entries_.at(waiting).unanswered = open.size();
  for (const auto& one : open) {
    auto [known, is_new] = waiting_.try_emplace(one);
    known->second.push_back(waiting);
    if (is_new)
      order_.push_back(one);
  }
}

std::vector<postponed_requests::number> postponed_requests::take(const question& asked) {
  auto known = waiting_.extract(asked);
  if (!known)
    return {};
  order_.erase(std::ranges::find(order_, asked));
  return std::move(known.mapped());
}

postponed_requests::request postponed_requests::finish(number done) {
  auto taken = std::move(entries_.extract(done).mapped().postponed);
  for (const auto& instance : taken.instances) {
    auto queue = queues_.find(instance);
    queue->second.pop_front();
    if (queue->second.empty())
      queues_.erase(queue);
    else if (auto next = queue->second.front(); is_first(entries_.at(next), next))
      ready_.insert(next);
  }
  return taken;
}

bool postponed_requests::is_first(const entry& candidate, number own) const {
  return std::ranges::all_of(candidate.postponed.instances, [&](const term& instance) {
    return queues_.at(instance).front() == own;
  });
}

bool postponed_requests::by_subject::operator()(const question& lhs, const question& rhs) const {
  return std::tie(lhs.spec, lhs.model, lhs.step) < std::tie(rhs.spec, rhs.model, rhs.step);
}

} // namespace lockstep
