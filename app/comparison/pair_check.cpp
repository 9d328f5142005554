#include "app/comparison/pair_check.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"

#include <string>
#include <utility>

namespace lockstep {

namespace {

tl::unexpected<failure> refuse(const line_source& input, std::uint64_t line,
                               const std::string& reason) {
  return fail(ec::invalid_input, input.path() + ":" + std::to_string(line) + ": " + reason,
              {{"file", term{input.path()}}, {"line", term{static_cast<std::int64_t>(line)}}});
}

} // namespace

result<pair_counts> check_pairs(line_source& input,
                                const std::function<void(failed_pair)>& on_failure,
                                const std::function<void(const pair_counts&)>& on_progress) {
  pair_counts counts;
  for (;;) {
    const auto next = input.next();
    if (!next)
      return tl::unexpected(next.error());
    if (!*next)
      return counts;
    const auto& current = **next;
    if (current.too_long)
      return refuse(input, current.number,
                    "the line is longer than " + std::to_string(max_pair_bytes >> 20U)
                        + " MiB; write the systems into files and compare these");
    if (current.text.find_first_not_of(" \t\r") == std::string_view::npos)
      continue;
    label_table labels;
    auto pair = parse_recorded_pair(current.text, labels);
    if (!pair)
      return refuse(input, current.number, pair.error().message);
    const auto found = branching_bisimilar(pair->a.system, pair->b.system);
    const auto passed = found == pair->branching_bisimilar;
    ++(passed ? counts.passed : counts.failed);
    if (!passed)
      on_failure({current.number, *std::move(pair), std::move(labels)});
    on_progress(counts);
  }
}

} // namespace lockstep
