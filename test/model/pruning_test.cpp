#include "model/workflow/pruning.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

specification order(prunable_states states, time_limit limit = 1h) {
  specification_options options;
  options.prune_timeout = limit;
  options.prunable_states = std::move(states);
  return specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}},
                             options)
      .value();
}

bool pruned(const specification& spec, const std::string& state, duration idle = 2h,
            std::uint64_t steps = 1) {
  const timestamp last{12h};
  return is_prunable(spec, {"Order", term{1}, term{atom{"nil"}}, state, steps, last}, last + idle);
}

using kind = prunable_states::kind;

} // namespace

TEST_CASE("which states may be pruned is the specification's choice", "[pruning]") {
  CHECK_FALSE(pruned(order({kind::none, {}}), "shipped"));
  CHECK(pruned(order({kind::all, {}}), "new"));
  CHECK(pruned(order({kind::terminal, {}}), "shipped"));
  CHECK_FALSE(pruned(order({kind::terminal, {}}), "paid"));
  const auto listed = order({kind::listed, {"x_paid"}});
  CHECK(pruned(listed, "x_paid")); // a state of the implementation
  CHECK_FALSE(pruned(listed, "paid"));
}

TEST_CASE("only what was idle for longer than the limit is pruned", "[pruning]") {
  const auto any = order({kind::all, {}});
  CHECK_FALSE(pruned(any, "new", 1h));
  CHECK(pruned(any, "new", 1h + 1us));
  CHECK_FALSE(pruned(any, "new", 24h, 0)); // mocked
  CHECK_FALSE(pruned(order({kind::all, {}}, time_limit{}), "new", 10'000h));
}

TEST_CASE("a specification that never prunes says so", "[pruning]") {
  CHECK(prunes(order({kind::terminal, {}})));
  CHECK_FALSE(prunes(order({kind::none, {}})));
  CHECK_FALSE(prunes(order({kind::all, {}}, time_limit{})));
}
