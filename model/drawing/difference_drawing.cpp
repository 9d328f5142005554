#include "model/drawing/difference_drawing.hpp"

#include "model/bisimulation/first_deviation.hpp"
#include "model/bisimulation/state_matching.hpp"

#include <cstdint>
#include <map>
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
  difference(const named_system& specified, const named_system& observed, const label_table& labels)
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
    if (classes_.lhs[specified.system.initial] != classes_.rhs[observed.system.initial])
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
        is_inert_.push_back(is_inert);
      }
      edge_systems_[known->second] |= one;
    }
  }

  void mark_deviation(const lts& specified, const lts& observed) {
    if (const auto found = first_deviation(specified, observed)) {
      const lts::edge drawn{matching_.rhs[found->from], found->action, matching_.rhs[found->to]};
      picture_.edges[position_.at(drawn)].mark = drawing_mark::deviating;
    } else {
      mark_nearest(matching_.rhs[observed.initial]);
    }
  }

  /// Marks the nearest step that only the observed system has and that changes something.
  void mark_nearest(std::size_t initial) {
    std::vector<std::vector<std::size_t>> out(picture_.nodes.size());
    for (std::size_t i = 0; i < picture_.edges.size(); ++i) {
      if ((edge_systems_[i] & in_observed) != 0)
        out[picture_.edges[i].from].push_back(i);
    }
    std::vector<bool> is_reached(picture_.nodes.size());
    std::vector<std::size_t> reached{initial};
    is_reached[initial] = true;
    for (std::size_t i = 0; i < reached.size(); ++i) { // grows meanwhile
      for (const auto number : out[reached[i]]) {
        auto& edge = picture_.edges[number];
        if (edge.mark == drawing_mark::only_observed && !is_inert_[number]) {
          edge.mark = drawing_mark::deviating;
          return;
        }
        if (!is_reached[edge.to]) {
          is_reached[edge.to] = true;
          reached.push_back(edge.to);
        }
      }
    }
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
  /// By edge: an internal step that changes nothing.
  std::vector<bool> is_inert_;
};

} // namespace

drawing drawing_of_difference(const named_system& specified, const named_system& observed,
                              const label_table& labels) {
  return difference(specified, observed, labels).take();
}

} // namespace lockstep
