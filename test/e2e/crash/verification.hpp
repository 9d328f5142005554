#pragma once

#include "test/e2e/crash/conversation.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace lockstep::crash {

/// Holds what a node has against what it said to one thread, and repeats requests: those with a
/// first answer must get it once more and change nothing, the others are done now if they were not
/// before.
class verification {
public:
  explicit verification(conversation& with) : with_(with), own_(with.own()) {}

  /// @param all Otherwise, of what nothing was asked about since the last time, only some.
  void verify(bool all);

private:
  /// @returns whether it could be looked at and is as it must be.
  bool hold(record& known);
  /// The same for all that are not settled, until one is wrong.
  bool hold_open();
  void hold_nobodies();
  void hold_declarations();
  void repeat_some(record& known);
  void repeat_one(record& known, std::int64_t number);
  /// Does what is left of those that had no answer.
  void finish_clearances();
  void repeat(clearance& known);
  /// Calls `visit` with each instance of a specification.
  template <class F>
  void for_each_of(const std::string& specification, F visit);

  conversation& with_;
  journal& own_;
};

/// All instances of the node, each once: those that the journals know, and no others.
/// @returns what is wrong; empty if nothing is.
[[nodiscard]] std::string hold_listing(conversation& with, const std::deque<journal>& all);

} // namespace lockstep::crash
