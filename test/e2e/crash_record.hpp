#pragma once

#include "model/workflow/instance.hpp"
#include "model/workflow/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a client knows of the requests that it sent about one instance.
namespace lockstep::crash {

/// What became of a request.
enum class fate {
  /// Recorded, as its answer says.
  acknowledged,
  /// Not recorded, as its answer says.
  refused,
  /// Its answer did not come: recorded or not.
  unanswered,
};

/// One step that the client asked for. `at` is a different number for each, so that a step in a
/// store tells which request it comes from.
struct sent_step {
  std::int64_t at = 0;
  step_report report;
  crash::fate fate = crash::fate::unanswered;
  /// Its first answer.
  std::optional<receipt> answer;
  /// It deviates, so its answer is an error without a receipt, and it is recorded all the same.
  bool deviates = false;
};

/// One instance, which one thread of the client sends requests about, one after the other.
struct record {
  term identifier;
  /// The first one is the initialisation.
  std::vector<sent_step> steps;
  /// Whether its deletion was asked for, and what became of that.
  std::optional<fate> deletion;
  /// Nothing was asked since it was held against a store.
  bool settled = false;
};

/// Holds what a store has of an instance against its record. What had no answer is settled by it:
/// from now on, what is there was acknowledged, and what is not was refused.
/// @param stored Nothing: the store does not know the instance.
/// @returns what is wrong; empty if nothing is.
[[nodiscard]] std::string settle(record& known, const std::optional<instance>& stored);

} // namespace lockstep::crash
