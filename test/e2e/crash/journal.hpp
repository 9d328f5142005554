#pragma once

#include "test/e2e/crash/record.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lockstep::crash {

/// Of all threads.
struct counts {
  std::atomic<std::uint64_t> acknowledged = 0;
  /// As they must be.
  std::atomic<std::uint64_t> refused = 0;
  /// For the time being.
  std::atomic<std::uint64_t> overloaded = 0;
  std::atomic<std::uint64_t> unanswered = 0;
  std::atomic<std::uint64_t> repeated = 0;
  // What of the acknowledged ones the node does seldom.
  std::atomic<std::uint64_t> mocks = 0;
  std::atomic<std::uint64_t> declarations = 0;
  std::atomic<std::uint64_t> clearances = 0;
  /// Deletions that were repeated when there was another instance of that identifier.
  std::atomic<std::uint64_t> spared = 0;
};

/// A specification that is declared while the node runs, again and again: each version has its
/// number as prune_timeout.
struct declaration {
  struct version {
    std::int64_t number = 0;
    crash::fate fate = crash::fate::unanswered;
  };
  std::string name;
  std::vector<version> versions;
  /// The implementation model, without which no instance of it is asked for.
  crash::fate adoption = crash::fate::refused;
};

/// All instances of a specification were to be deleted.
struct clearance {
  std::string specification;
  std::string operation_id;
  crash::fate fate = crash::fate::unanswered;
  /// How many there must have been.
  std::uint64_t count = 0;
  /// Its first answer, which is less if the node was killed in the middle of it.
  std::uint64_t answer = 0;
};

/// What one thread of the client has asked for, about instances and specifications of its own.
struct journal {
  journal(std::size_t thread, std::uint64_t seed) : number(thread), random(seed) {}

  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random);
  }
  void wrong(const std::string& what) { problems.push_back(what); }

  std::size_t number;
  std::mt19937_64 random;
  std::deque<record> records;
  /// Identifiers that no instance ever had.
  std::vector<term> nobodies;
  std::vector<declaration> declarations;
  std::vector<clearance> clearances;
  /// What the node did wrong.
  std::vector<std::string> problems;
};

} // namespace lockstep::crash
