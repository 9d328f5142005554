#pragma once

#include "model/failure.hpp"

#include <catch2/catch_test_macros.hpp>

#include <utility>

namespace lockstep::test {

/// The value; if there is none, the test fails with the error's message.
template <class T>
T must(result<T> answer) {
  if (!answer)
    FAIL(to_string(answer.error().code) << ": " << answer.error().message);
  if constexpr (!std::is_void_v<T>)
    return std::move(*answer);
}

/// The error; if there is none, the test fails.
template <class T>
failure error_of(result<T> answer) {
  if (answer)
    FAIL("there is no error");
  return std::move(answer.error());
}

/// The error's code; if there is no error, the test fails.
template <class T>
ec error_code_of(result<T> answer) {
  return error_of(std::move(answer)).code;
}

} // namespace lockstep::test

template <>
struct Catch::StringMaker<lockstep::ec> {
  static std::string convert(lockstep::ec code) { return std::string(lockstep::to_string(code)); }
};
