#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

/// Where something of a picture comes from, if the picture compares two systems.
enum class drawing_mark : std::uint8_t {
  /// Both systems have it, or there is one system only.
  common,
  only_specified,
  only_observed,
  /// The step with which the observed system leaves what the specification allows.
  deviating,
};

/// A system, or the difference between two, as a picture shows it.
struct drawing {
  struct node {
    std::string name;
    drawing_mark mark = drawing_mark::common;
    /// Without a way out.
    bool is_terminal = true;
  };
  struct edge {
    std::size_t from;
    std::size_t to;
    std::string action;
    bool is_internal;
    drawing_mark mark = drawing_mark::common;
  };

  /// Edges and `initial` are positions in here.
  std::vector<node> nodes{};
  std::vector<edge> edges{};
  /// One, or two if the systems begin in states that are not the same.
  std::vector<std::size_t> initial{};
  /// Whether there are two systems, so that the picture has a legend.
  bool is_comparison = false;
};

} // namespace lockstep
