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
  /// Done, as its answer says.
  acknowledged,
  /// Not done, as its answer says.
  refused,
  /// Its answer did not come: done or not.
  unanswered,
};

enum class call { initialisation, step, mock, deletion };

/// One request about an instance.
struct sent {
  crash::call call = crash::call::step;
  /// A different number for each request, in microseconds since 1970. A step has it as its time, an
  /// initialisation and a mock also as the instance's meta, so that a store tells which request
  /// something comes from.
  std::int64_t at = 0;
  /// Of an initialisation or a mock.
  std::string specification{};
  /// Of a step.
  std::string action{};
  /// Where it leads.
  std::string to{};
  /// Empty: none.
  std::string operation_id{};
  /// A step that deviates: its answer is an error without a receipt, and it is recorded all the
  /// same.
  bool deviates = false;
  crash::fate fate = crash::fate::unanswered;
  /// Of a step or an initialisation: which step of its instance it must become.
  std::uint64_t number = 0;
  /// Of a deletion: whether there must be an instance.
  bool existed = false;
};

/// One instance, which one thread of the client sends requests about, one after the other.
struct record {
  term identifier;
  std::vector<sent> requests;
  /// Nothing was asked since it was held against a store.
  bool settled = false;
};

/// An instance as it must be.
struct expectation {
  /// The initialisation or the mock that it begins with.
  const sent* beginning = nullptr;
  /// An initialisation is the first of them.
  std::vector<const sent*> steps{};
  std::string state{};
};

/// What the requests come to that were not refused; those without an answer are taken to be done.
/// @returns nothing if there is no instance. Points into the record.
[[nodiscard]] std::optional<expectation> expected(const record& known);

/// Puts a request behind the others, as it is about to be sent.
sent& ask_for(record& known, sent request);

/// Holds what a store has of an instance against its record. What had no answer is settled by it:
/// from now on, what is there was acknowledged, and what is not was refused.
/// @param stored Nothing: the store does not know the instance.
/// @returns what is wrong; empty if nothing is.
[[nodiscard]] std::string settle(record& known, const std::optional<instance>& stored);

/// The verdict that a step must get.
[[nodiscard]] verdict outcome_of(const sent& request);

[[nodiscard]] initialisation initialisation_of(const record& about, const sent& request);
[[nodiscard]] step_report report_of(const record& about, const sent& request);

} // namespace lockstep::crash
