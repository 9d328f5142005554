#pragma once

#include "actors/error_reports.hpp"
#include "actors/reply.hpp"
#include "persistence/ledger.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace lockstep {

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
  reply<T> to;
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
