#pragma once

/// How answers are compared, and the rules by which Lockstep may differ from the reference. Beside
/// these, every answer and every reported error must be the same:
///
/// - *sets*: the order of `all_instances`, of models and of their transitions does not count.
/// - *error context*: of an error, type and reason count.
/// - *empty aggregate*: where the reference's distributed manager answers plain ok for no instances
///   or models at all, Lockstep answers an empty list.
/// - *colliding identifiers*: the reference stores an instance under the 27-bit hash of its
///   identifier and takes two identifiers of the same hash for one; Lockstep compares them in full.
///   From the call on that first uses the second one of them, nothing that the recording says of
///   these identifiers is compared; nor are what models of their specifications learned, and
///   whether a model was missing, which both may follow from the mix-up.
///
/// What else Lockstep does differently on purpose (late instances, refused initialisations, learned
/// models that survive a restart) does not show in recordings with the default error policy, no
/// elapsed timeouts and `keep_learned_models` off, and needs no rule.

#include "test/conformance/trace.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lockstep::recordings {

/// What the recording expects, in the form in which it is compared.
[[nodiscard]] outcome comparable_recording(operation op, outcome recorded);

/// What Lockstep did, in the form in which it is compared.
[[nodiscard]] outcome comparable_answer(operation op, outcome answered);

/// The rule of colliding identifiers.
class collisions {
public:
  /// Every call of a sequence, in order, before its answers are compared.
  void note(const call& made);

  /// Is the call about an identifier that the reference mixes up?
  [[nodiscard]] bool spoil(const call& made) const;

  /// Takes out of a comparable outcome what cannot be compared any more.
  void clear(operation op, outcome& comparable) const;

private:
  /// The identifiers used so far by their hash, each with the specifications it was used for.
  std::map<std::uint32_t, std::map<term, std::set<std::string>>> used_;
  std::set<term> identifiers_;
  std::set<std::string> specifications_;
};

} // namespace lockstep::recordings
