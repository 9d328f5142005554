/// Lists of steps: a thread's way to all shards at once.

#include "actors/ask.hpp"
#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/instance_manager.hpp"
#include "actors/list_answers.hpp"
#include "actors/list_parts.hpp"
#include "actors/shard.hpp"

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

failure not_in_time() { return to_failure(caf::make_error(caf::sec::request_timeout)); }

/// The steps of a part, to send them again.
std::vector<step_report> copy_of(const std::vector<step_report>& list, const list_part& part) {
  std::vector<step_report> own;
  for (const auto* one : steps_of(list, part))
    own.push_back(*one);
  return own;
}

} // namespace

result<std::vector<step_answer>> pending_steps::wait() { return receive_(); }

std::chrono::milliseconds instance_manager::list_timeout() const {
  return timeout_of<atoms::step>(options_) + options_.recovery_timeout;
}

pending_steps instance_manager::begin_steps(std::vector<step_report> steps) const {
  set_deadlines(steps, options_, list_timeout());
  return ask_manager_later(std::move(steps), std::chrono::steady_clock::now() + list_timeout());
}

result<std::vector<step_answer>> instance_manager::steps(std::vector<step_report> steps) const {
  if (!options_.names)
    return begin_steps(std::move(steps)).wait();
  set_deadlines(steps, options_, list_timeout());
  const auto until = std::chrono::steady_clock::now() + list_timeout();
  const auto parts = parts_of(steps, options_.layout());
  const caf::scoped_actor self{*system_}; // who waits, for the error policies
  const auto own_name = caf::to_string(self);
  for (const auto& part : parts)
    if (auto& spokesman = steps[part.places.front()]; spokesman.client.empty())
      spokesman.client = own_name;
  const auto list = std::make_shared<const std::vector<step_report>>(std::move(steps));
  const auto received = std::make_shared<list_answers>(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i)
    send_part(list, parts[i], received->slot(i));

  std::map<std::size_t, pending_steps> sent_again; // by part
  for (auto returned = received->await_returned(until); !returned.empty();
       returned = received->await_returned(until))
    for (const auto i : returned)
      sent_again.emplace(i, ask_manager_later(copy_of(*list, parts[i]), until));
  std::vector<step_answer> answers(list->size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto answer = received->take(i);
    if (auto again = sent_again.find(i); again != sent_again.end())
      answer = again->second.wait();
    if (!answer)
      answer = tl::unexpected(not_in_time());
    put_answers(answers, parts[i], std::move(*answer).map_error([&](failure reason) {
      return at_shard(parts[i].shard, std::move(reason));
    }));
  }
  return answers;
}

void instance_manager::send_part(const std::shared_ptr<const std::vector<step_report>>& list,
                                 const list_part& part, std::shared_ptr<answer_slot> slot) const {
  auto shard = shard_at(part.shard);
  if (!shard)
    return; // the slot ends
  if (auto place = enter(options_, part.shard, part.places.size()))
    compat::anon_send(shard, atoms::step_v,
                      local_steps{list, steps_of(*list, part), std::move(slot)}, std::move(*place));
  else
    slot->put(tl::unexpected(std::move(place).error()));
}

pending_steps
instance_manager::ask_manager_later(std::vector<step_report> steps,
                                    std::chrono::steady_clock::time_point until) const {
  auto manager = actor();
  if (!manager)
    return pending_steps{
        []() -> result<std::vector<step_answer>> { return tl::unexpected(manager_not_running()); }};
  if (manager.node() != system_->node()) {
    auto sent = std::make_shared<std::future<tl::expected<std::vector<step_answer>, caf::error>>>(
        ask_elsewhere<std::vector<step_answer>>(*system_, manager, list_timeout(), atoms::step_v,
                                                std::move(steps)));
    return pending_steps{[sent] { return sent->get().map_error(to_failure); }};
  }
  auto self = std::make_shared<caf::scoped_actor>(*system_);
  auto sent = compat::request(*self, manager, caf::infinite, atoms::step_v, std::move(steps));
  auto shared = std::make_shared<decltype(sent)>(std::move(sent));
  return pending_steps{[self, shared, until] {
    result<std::vector<step_answer>> answers;
    if (!await_message(*self, until)) {
      answers = tl::unexpected(not_in_time());
      return answers;
    }
    std::move(*shared).receive(
        [&](std::vector<step_answer>& received) { answers = std::move(received); },
        [&](const caf::error& reason) { answers = tl::unexpected(to_failure(reason)); });
    return answers;
  }};
}

} // namespace lockstep
