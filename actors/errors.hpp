#pragma once

#include "actors/types.hpp"
#include "model/failure.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <type_traits>
#include <utility>

namespace lockstep {

/// A failure as CAF's error: the code as its code, message and context as its context.
[[nodiscard]] caf::error to_error(const failure& reason);

/// And back. What CAF itself reports (a timeout, an actor that has gone) becomes `unavailable`.
[[nodiscard]] failure to_failure(const caf::error& reason);

/// Did the request never get to run to its end because its receiver has gone? It then had no
/// effect, since a shard commits and answers in one go.
[[nodiscard]] bool receiver_has_gone(const caf::error& reason);

/// Answers a request, with the error if there is one. @param answer Of type `result<T>`; once.
template <class T, class Answer>
void deliver(caf::typed_response_promise<T>& promise, Answer&& answer) {
  static_assert(std::is_same_v<std::remove_cvref_t<Answer>, result<T>>);
  if (!answer)
    promise.deliver(to_error(answer.error()));
  else if constexpr (std::is_void_v<T>)
    promise.deliver();
  else
    promise.deliver(*std::forward<Answer>(answer));
}

} // namespace lockstep
