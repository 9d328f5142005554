#pragma once

#include "model/term/term.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace lockstep {

/// What went wrong. Part of the network protocol and of the stores: append only, never renumber.
enum class ec : std::uint8_t {
  /// `init_instance` for an identifier that an instance already has.
  instance_identifier_already_in_use = 1,
  /// No instance has this identifier.
  instance_identifier_not_found,
  /// The specification has no implementation model.
  impl_model_not_found,
  /// An unknown step; the implementation stays branching bisimilar to its specification.
  deviation_still_equivalent,
  /// An unknown step after which the implementation no longer is what the specification says.
  deviation_not_equivalent,
  /// The instance took longer for its next step than its specification allows.
  transition_timeout,
  /// No specification has this name.
  unknown_specification,
  /// A specification that cannot be used, such as one without an initial state.
  invalid_specification,
  /// A `.spex` file that cannot be read as one.
  invalid_spex_file,
  /// Text, JSON or bytes that are no term.
  invalid_term,
  /// An option, a configuration file or a command line that cannot be used.
  invalid_configuration,
  /// Input data that cannot be read.
  invalid_input,
  /// An argument of a call that cannot be used, such as an empty state name.
  invalid_argument,
  /// The store could not do what it was asked; the message is the engine's.
  store_failure,
  /// The store was written by a newer version of Lockstep.
  store_too_new,
  /// A name in the registry that a live actor holds already.
  already_registered,
  /// No answer: the actor in charge is not there or too slow, or only the disk knows whether a
  /// change
  /// was made. Repeat the call, with the same operation id.
  unavailable,
  /// An expectation of a script did not hold.
  expectation_failed,
  /// The error policy's callback threw; the step that it was told about is recorded all the same.
  callback_failed,
  /// Handling the instance crashed its shard too often; nothing is done for it until it is
  /// released.
  instance_quarantined,
  /// The shard in charge has as many requests pending as it takes; nothing was done. The context
  /// says after how many milliseconds to try again (`retry_after_ms`).
  overloaded,
  /// The request's deadline passed before its turn came; nothing was done.
  request_expired,
  /// The actor, or the name, is not in the registry.
  not_registered,
  /// The supervisor has as many children as it may have.
  max_children,
  /// The supervisor has no child of that id.
  child_not_found,
  /// The child was started again more often than its own budget allows; it stays stopped until it
  /// is restarted by hand.
  child_parked,
  /// No worker has this key, and the call does not start one.
  not_started,
  /// A child, or a keyed shard, of that id or key is there; the context has its name.
  already_started,
  /// The key map of keyed shards could not be written at their start; nothing was started.
  key_map_population_failed,
  /// A shard of the schema did not start; all of them were stopped.
  failed_to_start_initial_child,
  /// A keyed shard was started, but could not be written to the key map; it was stopped again.
  key_map_update_failed,
  /// No keyed shard is in charge of that key.
  shard_not_found,
  /// A slot of a cell that is reserved or written already.
  occupied,
  /// A slot of a cell at or below the write watermark.
  below_watermark,
  /// A slot of a cell that nobody reserved.
  not_reserved,
  /// A read's deadline passed before its answer was certain; the context has the height that blocks
  /// it.
  read_blocked,
  /// A read below the oldest height whose versions are still kept.
  version_collected,
};

/// The last code, for those who go through them or check a number from outside.
inline constexpr ec last_ec = ec::version_collected;

/// The code's name as it is written in logs, JSON and scripts, e.g. `store_failure`.
[[nodiscard]] std::string_view to_string(ec code) noexcept;

/// The code with that name, if there is one.
[[nodiscard]] std::optional<ec> parse_ec(std::string_view name) noexcept;

/// An error as a value: a code for programs, one sentence for people, context as data.
struct failure {
  ec code{};
  /// Says what is wrong, where, and what to do; no trailing full stop.
  std::string message;
  /// What the message talks about, by name, e.g. `identifier`, `shard`, `line`.
  std::map<std::string, term> context;

  friend bool operator==(const failure&, const failure&) = default;
};

/// A value, or why there is none.
template <class T>
using result = tl::expected<T, failure>;

/// Shorthand for returning an error from a function that returns a `result`.
[[nodiscard]] inline tl::unexpected<failure> fail(ec code, std::string message,
                                                  std::map<std::string, term> context = {}) {
  return tl::unexpected<failure>(failure{code, std::move(message), std::move(context)});
}

} // namespace lockstep
