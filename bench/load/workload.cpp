#include "bench/load/workload.hpp"

#include "bench/support/must.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <stdexcept>

namespace lockstep::bench {

namespace {

constexpr std::array<const char*, 3> states{"waiting", "running", "stopped"};
constexpr std::array<const char*, 3> actions{"start", "stop", "reset"};
/// Instances that one message makes.
constexpr std::size_t begun_at_once = 5'000;

std::vector<transition> ring() {
  std::vector<transition> all;
  for (std::size_t i = 0; i < states.size(); ++i)
    all.push_back({states[i], actions[i], states[(i + 1) % states.size()]});
  return all;
}

} // namespace

std::vector<term> uuids(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<term> all;
  all.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto high = random();
    const auto low = random();
    char text[37];
    std::snprintf(text, sizeof text, "%08x-%04x-4%03x-a%03x-%012llx",
                  static_cast<unsigned>(high >> 32U), static_cast<unsigned>(high >> 16U & 0xFFFFU),
                  static_cast<unsigned>(high & 0xFFFU), static_cast<unsigned>(low >> 48U & 0xFFFU),
                  static_cast<unsigned long long>(low & 0xFFFF'FFFF'FFFFU));
    all.emplace_back(std::string_view{text, 36});
  }
  return all;
}

std::string ring_name() { return "Ring"; }

std::shared_ptr<const specification_catalog> ring_catalog(const specification_options& options) {
  specification_catalog catalog;
  catalog.emplace(ring_name(), std::make_shared<const specification>(
                                   must(specification::make(ring_name(), ring(), options))));
  return std::make_shared<const specification_catalog>(std::move(catalog));
}

implementation_model ring_model() {
  implementation_model model{ring_name(), false, {}};
  model.transitions.insert({"", std::string(initialisation_action), states.front()});
  for (auto& step : ring())
    model.transitions.insert(std::move(step));
  return model;
}

step_report ring_step(const term& identifier, std::size_t state) {
  step_report report;
  report.identifier = identifier;
  report.action = actions[state];
  report.to = states[(state + 1) % states.size()];
  return report;
}

step_report workload::next_step(std::size_t instance) {
  auto& state = states_[instance];
  auto report = ring_step(identifiers_[instance], state);
  state = static_cast<std::uint8_t>((state + 1U) % states.size());
  return report;
}

void workload::begin(const instance_manager& manager) {
  std::ranges::fill(states_, std::uint8_t{0});
  for (std::size_t first = 0; first < size(); first += begun_at_once) {
    std::vector<step_report> steps;
    for (auto i = first; i < std::min(size(), first + begun_at_once); ++i) {
      steps.push_back(next_step(i));
      steps.back().initialise_as = ring_name();
    }
    for (const auto& answer : must(manager.steps(std::move(steps))))
      if (answer.error)
        throw std::runtime_error{answer.error->message};
  }
}

} // namespace lockstep::bench
