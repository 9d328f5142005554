#include "model/drawing/difference_drawing.hpp"

#include "model/bisimulation/first_deviation.hpp"
#include "model/bisimulation/state_matching.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

constexpr std::uint8_t in_specified = 1;
constexpr std::uint8_t in_observed = 2;

drawing_mark mark_of(std::uint8_t systems) {
  if (systems == (in_specified | in_observed))
    return drawing_mark::common;
  return systems == in_specified ? drawing_mark::only_specified : drawing_mark::only_observed;
}

class difference {
public:
  difference(const named_system& specified, const named_system& observed, const label_table& labels,
             std::size_t limit)
      : classes_(classes_of_both(specified.system, observed.system)),
        matching_(match_states(specified, observed, classes_)),
        labels_(labels) {
    picture_.is_comparison = true;
    for (const auto& name : matching_.names)
      picture_.nodes.push_back({.name = name});
    node_systems_.resize(picture_.nodes.size());
    add(specified.system, matching_.lhs, classes_.lhs, in_specified);
    add(observed.system, matching_.rhs, classes_.rhs, in_observed);
    for (std::size_t i = 0; i < picture_.nodes.size(); ++i)
      picture_.nodes[i].mark = mark_of(node_systems_[i]);
    for (std::size_t i = 0; i < picture_.edges.size(); ++i)
      picture_.edges[i].mark = mark_of(edge_systems_[i]);
    const bool is_large = picture_.nodes.size() > limit || picture_.edges.size() > limit;
    if (!is_large
        && classes_.lhs[specified.system.initial] != classes_.rhs[observed.system.initial])
      mark_deviation(specified.system, observed.system);
  }

  [[nodiscard]] drawing take() && { return std::move(picture_); }

private:
  void add(const lts& system, const std::vector<state_matching::number>& number_of,
           const std::vector<lts::state>& class_of, std::uint8_t one) {
    const std::size_t initial = number_of[system.initial];
    if (picture_.initial.empty() || picture_.initial.front() != initial)
      picture_.initial.push_back(initial);
    for (const auto number : number_of) {
      if (number != state_matching::none)
        node_systems_[number] |= one;
    }
    for (const auto& [from, action, to] : system.edges) {
      const bool is_inert = action == lts::tau && class_of[from] == class_of[to];
      if (number_of[from] == state_matching::none || (is_inert && !matching_.by_name))
        continue;
      const lts::edge drawn{number_of[from], action, number_of[to]};
      const auto [known, is_new] = position_.try_emplace(drawn, picture_.edges.size());
      if (is_new) {
        picture_.nodes[drawn.from].is_terminal = false;
        picture_.edges.push_back({.from = drawn.from,
                                  .to = drawn.to,
                                  .action = labels_.name(action),
                                  .is_internal = action == lts::tau});
        edge_systems_.push_back(0);
      }
      edge_systems_[known->second] |= one;
    }
  }

  void mark_deviation(const lts& specified, const lts& observed) {
    auto found = first_deviation(specified, observed);
    if (!found)
      found = nearest_deviation(specified, observed);
    if (found)
      picture_.edges[position_.at(drawn(*found))].mark = drawing_mark::deviating;
  }

  /// A step of the observed system as an edge between nodes.
  [[nodiscard]] lts::edge drawn(const lts::edge& step) const {
    return {matching_.rhs[step.from], step.action, matching_.rhs[step.to]};
  }

  [[nodiscard]] std::optional<lts::edge> nearest_deviation(const lts& specified,
                                                           const lts& observed) const {
    // Between classes: whatever a state does, those of its class can do.
    std::set<lts::edge> allowed;
    for (const auto& [from, action, to] : specified.edges)
      allowed.insert({classes_.lhs[from], action, classes_.lhs[to]});
    // By node: what the specified system may be in. The initial states count as one.
    std::vector<std::set<lts::state>> specified_classes(picture_.nodes.size());
    for (lts::state state = 0; state < specified.state_count; ++state) {
      if (const auto node = matching_.lhs[state]; node != state_matching::none)
        specified_classes[node].insert(classes_.lhs[state]);
    }
    specified_classes[matching_.rhs[observed.initial]].insert(classes_.lhs[specified.initial]);
    return nearest_step(observed, [&](const lts::edge& step) {
      const auto edge = drawn(step);
      const auto known = position_.find(edge);
      const bool is_internal = step.action == lts::tau;
      if (known == position_.end() || (edge_systems_[known->second] & in_specified) != 0
          || (is_internal && edge.from == edge.to))
        return false;
      const auto target = classes_.rhs[step.to];
      const auto& sources = specified_classes[edge.from];
      return !sources.empty() && std::ranges::none_of(sources, [&](auto source) {
        return (is_internal && source == target) || allowed.contains({source, step.action, target});
      });
    });
  }

  joint_classes classes_;
  state_matching matching_;
  const label_table& labels_;
  drawing picture_;
  /// Where a step is among the picture's edges.
  std::map<lts::edge, std::size_t> position_;
  /// By node and by edge: which systems have it.
  std::vector<std::uint8_t> node_systems_;
  std::vector<std::uint8_t> edge_systems_;
};

} // namespace

drawing drawing_of_difference(const named_system& specified, const named_system& observed,
                              const label_table& labels, std::size_t limit) {
  return difference(specified, observed, labels, limit).take();
}

} // namespace lockstep
