#pragma once

#include "actors/admission.hpp"
#include "actors/errors.hpp"
#include "actors/list_answers.hpp"
#include "actors/types.hpp"
#include "model/failure.hpp"

#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
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
  /// @param slot Takes the answer in place of the requester. Null: the promise does.
  reply(caf::typed_response_promise<T> promise, ticket place,
        std::shared_ptr<answer_slot> slot = nullptr) noexcept
      : promise_(std::move(promise)), slot_(std::move(slot)), place_(std::move(place)) {
    assert(!slot_ || !promise_.source()); // who would else hear of a broken promise
  }

  /// Once.
  void deliver(result<T> answer) {
    settle(answer); // before, so that whoever has the answer finds it counted
    if constexpr (std::is_same_v<T, std::vector<step_answer>>)
      if (slot_)
        return slot_->put(std::move(answer));
    lockstep::deliver(promise_, std::move(answer));
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
  std::shared_ptr<answer_slot> slot_;
  /// Ends first, so that whoever hears of the end of the others finds it counted.
  ticket place_;
};

} // namespace lockstep
