/// How a keyed shard reads: at once, or when nothing can change the answer any more.

#include "actors/caf_compat.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "actors/keyed/keyed_shard_state.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lockstep {

caf::result<cell_reading> keyed_shard_state::read(const cell_query& query) {
  auto taken = enter(gates.reads);
  if (!taken)
    return to_error(taken.error());
  owed_answer<cell_reading> asked{self->make_response_promise<cell_reading>(), std::move(*taken)};
  const auto id = ++last_read;
  const auto patience = std::clamp(query.patience, duration::zero(), longest_patience);
  reads.emplace(id, open_read{asked, query.key, query.height, self->clock().now() + patience, {}});
  when_ready(request_for(id));
  return asked.promise;
}

keyed_shard_state::request keyed_shard_state::request_for(std::uint64_t id) {
  return {[this, id] { look_up(id); },
          [this, id](const failure& why) { finish(id, tl::unexpected(why)); }};
}

void keyed_shard_state::look_up(std::uint64_t id) {
  auto& one = reads.at(id);
  auto found = cells.read(one.key, one.height);
  if (!found)
    return answer(id, tl::unexpected(found.error()));
  if (auto* value = std::get_if<cell_value>(&*found))
    return answer(id, std::move(*value));
  uncertain.add(id, one.key, one.height, std::get<read_block>(*found));
  const auto left = one.deadline - self->clock().now();
  if (left <= left.zero())
    return expire(id);
  one.timer.dispose();
  one.timer = self->run_delayed(left, [this, id] { expire(id); });
}

void keyed_shard_state::expire(std::uint64_t id) {
  if (auto why = uncertain.expire(cells, id))
    answer(id, tl::unexpected(located(std::move(*why))));
}

failure keyed_shard_state::located(failure why) const {
  if (why.code == ec::read_blocked && why.context.emplace("shard", to_term(key)).second)
    why.message += " in shard " + to_text(key);
  return why;
}

void keyed_shard_state::answer(std::uint64_t id, result<cell_value> value) {
  if (durable == staged)
    return finish(id, std::move(value));
  held.push_back({staged,
                  [this, id, value = std::move(value)] { finish(id, value); },
                  {[] {}, [](const failure&) {}}}); // among all reads that are open
}

void keyed_shard_state::finish(std::uint64_t id, result<cell_value> value) {
  auto one = reads.extract(id);
  one.mapped().timer.dispose();
  one.mapped().asked.deliver(
      std::move(value).map([](cell_value found) { return cell_reading{std::move(found)}; }));
}

caf::result<keyed_shard_contents> keyed_shard_state::show() {
  auto promise = self->make_response_promise<keyed_shard_contents>();
  when_ready(request_to_show(promise));
  return promise;
}

keyed_shard_state::request keyed_shard_state::request_to_show(
    const caf::typed_response_promise<keyed_shard_contents>& promise) {
  return {[this, promise] { show(promise); }, refusal_of(promise)};
}

void keyed_shard_state::show(caf::typed_response_promise<keyed_shard_contents> promise) {
  auto told = contents_of(key, cells);
  told.waiting_reads = uncertain.size();
  hold([promise, told]() mutable { promise.deliver(told); }, request_to_show(promise));
}

} // namespace lockstep
