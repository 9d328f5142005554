#pragma once

#include "test/e2e/crash/conversation.hpp"

#include <string>

namespace lockstep::crash {

/// What one thread asks a node for, as its journal's random numbers say.
class load {
public:
  explicit load(conversation& with) : with_(with), own_(with.own()) {}

  /// Sends requests until one has no answer. @param answered Called after each answer.
  template <class F>
  void work(F answered) {
    while (ask())
      answered();
  }

private:
  bool ask();
  bool make_new();
  bool make(record& about);
  bool mock(record& about);
  bool remove(record& about);
  bool one_step(record& about);
  bool many_steps(record& about);
  bool refused_initialisation(const record& about);
  bool step_of_nobody();
  /// One that would be right, but for its deadline.
  bool expired_step(const record& about);
  bool declare();
  bool clear();

  /// A request with a number, and every other time with an operation id.
  sent new_request(call what);
  [[nodiscard]] sent next_step(const record& about);
  /// Of those that are configured, or declared and adopted.
  std::string any_specification();

  conversation& with_;
  journal& own_;
};

} // namespace lockstep::crash
