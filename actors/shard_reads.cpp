/// What a shard reads that is about many instances: at once if that is little, else slice by slice.

#include "actors/shard_state.hpp"
#include "model/with_commas.hpp"
#include "model/workflow/specification_json.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

/// Instances that are counted in one go.
constexpr std::size_t counted_at_once = 2'000;
/// Whole instances that are gathered in one go, if it does not end before, after so many steps.
constexpr std::size_t gathered_at_once = 100;
constexpr std::size_t gathered_steps = 2'000;
/// The most that one caller gets, instances with their steps.
constexpr std::size_t gathered_in_all = 100'000;

} // namespace

ledger& shard_state::committed_books() {
  (void)flush(); // if it fails, that concerns those alone whose changes are lost
  return books;
}

instance_predicate shard_state::accepts(const instance_filter& filter) const {
  return
      [filter, now = options.now()](const instance_head& one) { return matches(filter, one, now); };
}

caf::result<std::vector<instance>> shard_state::show_all(ticket& place,
                                                         const instance_filter& filter) {
  auto promise = self->make_response_promise<std::vector<instance>>();
  const auto due = place.deadline();
  auto part = in_time(due, [this] { return everything(); });
  reply<std::vector<instance>> to{promise, std::move(place)};
  if (!part) {
    to.deliver(tl::unexpected(part.error()));
    return promise;
  }
  part->limit = gathered_at_once;
  gatherings.push_back({*part, due, filter, {}, 0, std::move(to)});
  if (gatherings.size() == 1)
    gather_slice(); // often all that there is
  if (!gatherings.empty())
    plan_sweep();
  return promise;
}

void shard_state::gather_slice() {
  if (gatherings.empty())
    return;
  auto task = std::move(gatherings.front());
  gatherings.pop_front();
  const auto done = in_time(task.due, [&] { return gather(task); });
  if (!done)
    task.to.deliver(tl::unexpected(done.error()));
  else if (*done)
    task.to.deliver(std::move(task.found));
  else
    gatherings.push_front(std::move(task));
}

result<bool> shard_state::gather(gathering_task& task) {
  auto page = books.store().page(task.part, accepts(task.filter));
  if (!page)
    return tl::unexpected(page.error());
  const auto before = task.elements;
  for (auto& one : page->instances) {
    if (task.elements - before > gathered_steps) {
      task.part.from = one.number;
      return false;
    }
    task.elements += 1 + one.head.step_count;
    if (task.elements > gathered_in_all)
      return fail(ec::invalid_argument, "what is asked for has more than "
                                            + with_commas(gathered_in_all)
                                            + " instances and steps in " + books.shard_name()
                                            + "; list the instances part by part, or choose fewer");
    auto whole = whole_instance(books.store(), std::move(one.head));
    if (!whole)
      return tl::unexpected(whole.error());
    task.found.push_back(std::move(*whole));
  }
  task.part.from = page->next.value_or(0);
  return !page->next;
}

result<instance_page> shard_state::list(const instance_filter& filter, std::uint64_t from,
                                        std::uint64_t limit) {
  page_request part;
  part.from = from;
  part.limit = std::min<std::uint64_t>(limit, part.limit);
  return committed_books().store().page(part, accepts(filter));
}

specification_texts shard_state::show_specifications() {
  specification_texts texts;
  for (const auto& [key, spec] : books.specifications())
    texts.json.push_back(to_json_text(*spec));
  return texts;
}

result<page_request> shard_state::everything() {
  return committed_books().store().last_instance().map([](auto last) {
    page_request part;
    part.until = last;
    return part;
  });
}

// -- counting ------------------------------------------------------------------------------------

caf::result<shard_summary> shard_state::summarise(ticket& place, std::uint64_t deviations) {
  auto promise = self->make_response_promise<shard_summary>();
  const auto due = place.deadline();
  auto part = in_time(due, [this] { return everything(); });
  reply<shard_summary> to{promise, std::move(place)};
  if (!part) {
    to.deliver(tl::unexpected(part.error()));
    return promise;
  }
  part->visit = counted_at_once;
  summaries.push_back({*part, due, summary_sum{deviations}, std::move(to)});
  plan_sweep();
  return promise;
}

void shard_state::count_slice() {
  if (summaries.empty())
    return;
  auto task = std::move(summaries.front());
  summaries.pop_front();
  auto found =
      in_time(task.due, [&] { return books.store().summarise(task.part, task.sum.room()); });
  if (!found) {
    task.to.deliver(tl::unexpected(found.error()));
    return;
  }
  const auto next = found->next;
  task.sum.add(std::move(*found));
  if (next) {
    task.part.from = *next;
    summaries.push_back(std::move(task));
  } else {
    task.to.deliver(shard_summary{books.shard_name(), task.sum.states(), task.sum.deviations()});
  }
}

} // namespace lockstep
