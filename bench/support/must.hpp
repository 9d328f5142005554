#pragma once

#include "model/failure.hpp"

#include <stdexcept>
#include <type_traits>
#include <utility>

namespace lockstep::bench {

/// The value of an outcome; a benchmark has nothing better to do with an error than to end.
template <class T>
T must(result<T> outcome) {
  if (!outcome)
    throw std::runtime_error{outcome.error().message};
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

} // namespace lockstep::bench
