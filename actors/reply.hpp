#pragma once

#include "actors/admission.hpp"
#include "actors/errors.hpp"
#include "actors/types.hpp"
#include "model/failure.hpp"

#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

/// How many of the requests of a list had expired, of those that were answered.
template <class T>
std::size_t expired_in(const T&) {
  return 0;
}

inline std::size_t expired_in(const std::vector<step_answer>& answers) {
  return static_cast<std::size_t>(std::ranges::count_if(answers, [](const step_answer& one) {
    return one.error && one.error->code == ec::request_expired;
  }));
}

/// What a shard owes to a requester: an answer and then the end of the request's place in the
/// queue.
template <class T>
class reply {
public:
  reply(caf::typed_response_promise<T> promise, ticket place) noexcept
      : promise_(std::move(promise)), place_(std::move(place)) {}

  /// Once.
  void deliver(const result<T>& answer) {
    settle(answer); // before, so that whoever has the answer finds it counted
    lockstep::deliver(promise_, answer);
  }

private:
  void settle(const result<T>& answer) noexcept {
    if (!answer && answer.error().code == ec::request_expired)
      place_.expire();
    else if (!answer
             && (answer.error().code == ec::unavailable || answer.error().code == ec::overloaded))
      place_.refuse();
    else if constexpr (std::is_void_v<T>)
      place_.complete();
    else
      place_.complete(answer ? expired_in(*answer) : 0);
  }

  caf::typed_response_promise<T> promise_;
  ticket place_;
};

} // namespace lockstep
