#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// Asks for a new instance.
struct initialisation {
  std::string specification{};
  term identifier{};
  term meta = atom{"nil"};
  /// Empty: the specification's initial state.
  std::string initial_state{};
  /// When it happened; nothing: now.
  std::optional<timestamp> at{};
  /// Names this request, so that a repetition of it is recognised. Empty: not recognised.
  std::string operation_id{};
  /// Who asks, for the error policy. Empty: the actor that sends the request.
  std::string client{};
  /// After this nobody waits for the answer: the request is not executed, but refused as
  /// `request_expired`. Always on the clock of the shard, whatever `at` says; nothing: however
  /// late.
  std::optional<timestamp> deadline{};
};

/// Reports a step of an instance.
struct step_report {
  term identifier{};
  std::string action{};
  std::string to{};
  /// When it happened; nothing: now.
  std::optional<timestamp> at{};
  /// Names this request, so that a repetition of it is recognised. Empty: not recognised.
  std::string operation_id{};
  /// If not empty, an unknown instance is initialised first, in the initial state of this
  /// specification: for sources that tell steps but no beginnings.
  std::string initialise_as{};
  /// Who asks, for the error policy. Empty: the actor that sends the request.
  std::string client{};
  /// After this nobody waits for the answer: the request is not executed, but refused as
  /// `request_expired`. Always on the clock of the shard, whatever `at` says; nothing: however
  /// late.
  std::optional<timestamp> deadline{};
};

/// Confirms that a step is recorded.
struct receipt {
  /// From 1; an initialisation is the first step. 0: nothing was recorded, since the error policy
  /// swallows the error that stood in the way.
  std::uint64_t step_number = 0;
  /// The worse of the two if the request initialised the instance, too.
  verdict outcome = verdict::conforms;
  /// The request was a repetition: it changed nothing, this is the first answer.
  bool duplicate = false;

  friend bool operator==(const receipt&, const receipt&) = default;
};

} // namespace lockstep
