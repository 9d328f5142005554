#pragma once

#include "actors/error_reports.hpp"
#include "actors/errors.hpp"
#include "actors/types.hpp"
#include "persistence/ledger.hpp"

#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

/// An outcome in the form that a handler returns.
template <class T>
caf::result<T> to_caf(result<T> outcome) {
  if (!outcome)
    return to_error(outcome.error());
  if constexpr (std::is_void_v<T>)
    return caf::unit;
  else
    return std::move(*outcome);
}

template <class T>
void deliver(caf::typed_response_promise<T>& promise, const result<T>& answer) {
  if (!answer)
    promise.deliver(to_error(answer.error()));
  else if constexpr (std::is_void_v<T>)
    promise.deliver();
  else
    promise.deliver(*answer);
}

/// An error that a call brought about.
struct call_report {
  report about;
  /// Which step of a list it concerns.
  std::size_t index = 0;
};

/// A failed callback makes a call fail that would have succeeded.
template <class T>
void fail_call(result<T>& answer, std::size_t, const failure& reason) {
  if (answer)
    answer = tl::unexpected(reason);
}

inline void fail_call(result<std::vector<step_answer>>& answer, std::size_t index,
                      const failure& reason) {
  if (answer && !(*answer)[index].error)
    (*answer)[index].error = reason;
}

/// An answer that waits for its commit, with what the error policies are to hear then.
template <class T>
struct held_answer {
  caf::typed_response_promise<T> promise;
  result<T> answer;
  std::vector<call_report> reports;
  caller who;
};

/// Tells the policies, then answers.
template <class T>
result<T> settle(result<T> answer, const std::vector<call_report>& reports, const caller& who,
                 const ledger& books, const report_sink& log) {
  for (const auto& [about, index] : reports)
    if (auto told = tell(about.error, books.policy_of(about), who, log); !told)
      fail_call(answer, index, told.error());
  return answer;
}

} // namespace lockstep
