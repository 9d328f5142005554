#include "persistence/instance_store.hpp"

#include <utility>

namespace lockstep {

namespace {

result<summary_sum> whole_summary(instance_store& store, std::size_t max_deviations) {
  summary_sum sum{max_deviations};
  page_request part;
  part.visit = 10'000;
  for (std::optional<std::uint64_t> from = 0; from;) {
    part.from = *from;
    auto found = store.summarise(part, sum.room());
    if (!found)
      return tl::unexpected(found.error());
    from = found->next;
    sum.add(std::move(*found));
  }
  return sum;
}

} // namespace

result<std::vector<state_count>> instance_store::count_by_state() {
  return whole_summary(*this, 0).map([](const summary_sum& sum) { return sum.states(); });
}

result<deviation_list> instance_store::deviations(std::size_t limit) {
  return whole_summary(*this, limit).map([](const summary_sum& sum) { return sum.deviations(); });
}

result<instance> whole_instance(instance_store& store, instance_head head) {
  return store.history(head.identifier).map([&](std::vector<step> steps) {
    return instance{std::move(head.specification), std::move(head.identifier), std::move(head.meta),
                    std::move(head.current_state), std::move(steps)};
  });
}

} // namespace lockstep
