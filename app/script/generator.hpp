#pragma once

#include "app/script/script.hpp"
#include "model/workflow/request.hpp"
#include "model/workflow/specification.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace lockstep {

/// Makes up instances of a specification for demonstrations and tests, the same ones for the same
/// seed on every machine. Each walks at random from the initial state to a terminal one; of a
/// hundred, `deviating_percent` take a made-up step on the way and `late_percent` stop half-way.
class instance_generator {
public:
  /// @param spec Must outlive the generator.
  instance_generator(const specification& spec, script::generate wanted);

  /// The steps of the next instance, in order; the first one initialises it. Empty after the last.
  [[nodiscard]] std::vector<step_report> next();

private:
  /// At most, for workflows that go round in circles.
  static constexpr std::size_t max_steps = 50;

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  const specification& spec_;
  script::generate wanted_;
  std::uint64_t made_ = 0;
  std::mt19937_64 random_;
};

} // namespace lockstep
