#include "test/conformance/replay.hpp"

#include "test/conformance/rules.hpp"

#include <utility>

namespace lockstep::recordings {

namespace {

std::string to_text(const outcome& one) {
  return one.result.dump() + " reported " + json(one.reported).dump();
}

} // namespace

std::optional<mismatch> replay(caf::actor_system& system, const trace& recording, mode how,
                               store_kind store) {
  subject manager{system, recording, how == mode::one_shard ? 1 : recording.distribution_factor,
                  store};
  if (auto started = manager.start(); !started)
    return mismatch{1, "start", "a running manager", started.error().message};
  collisions mixed_up;
  for (const auto& made : recording.calls) {
    mixed_up.note(made);
    auto actual = manager.answer(made);
    if (mixed_up.spoil(made))
      continue;
    actual = comparable_answer(made.op, std::move(actual));
    auto expected =
        comparable_recording(made.op, how == mode::one_shard ? made.one_shard : made.distributed);
    mixed_up.clear(made.op, actual);
    mixed_up.clear(made.op, expected);
    if (actual != expected)
      return mismatch{made.line, made.text, to_text(expected), to_text(actual)};
  }
  return std::nullopt;
}

} // namespace lockstep::recordings
