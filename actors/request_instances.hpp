#pragma once

/// Whom a request to a shard is about.

#include "actors/types.hpp"
#include "model/term/term.hpp"
#include "model/workflow/request.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace lockstep {

/// Is one of the instances that a request is about such?
template <class F>
bool any_instance(const term& identifier, F such) {
  return such(identifier);
}

template <class F>
bool any_instance(const initialisation& request, F such) {
  return such(request.identifier);
}

template <class F>
bool any_instance(const step_report& report, F such) {
  return such(report.identifier);
}

template <class F>
bool any_instance(const local_steps& steps, F such) {
  return std::ranges::any_of(steps.own,
                             [&](const step_report* one) { return such(one->identifier); });
}

template <class T, class F>
bool any_instance(const std::vector<T>& list, F such) {
  return std::ranges::any_of(list, [&](const T& one) { return any_instance(one, such); });
}

template <class Request>
std::vector<term> instances_of(const Request& request) {
  std::set<term> all;
  (void)any_instance(request, [&](const term& one) {
    all.insert(one);
    return false;
  });
  return {all.begin(), all.end()};
}

/// The instance that a request is about; null if it is about none or several.
template <class Request>
const term* only_instance(const Request& request) {
  const term* only = nullptr;
  const auto several = any_instance(request, [&](const term& one) {
    const auto* before = std::exchange(only, &one);
    return before != nullptr && *before != one;
  });
  return several ? nullptr : only;
}

} // namespace lockstep
