#include "model/drawing/system_drawing.hpp"

#include <set>

namespace lockstep {

drawing drawing_of(const named_system& named, const label_table& labels) {
  drawing picture;
  picture.initial = {named.system.initial};
  picture.nodes.reserve(named.system.state_count);
  for (lts::state state = 0; state < named.system.state_count; ++state)
    picture.nodes.push_back({.name = named.name_of(state)});
  std::set<lts::edge> drawn;
  for (const auto& edge : named.system.edges) {
    if (!drawn.insert(edge).second)
      continue;
    picture.nodes[edge.from].is_terminal = false;
    picture.edges.push_back({.from = edge.from,
                             .to = edge.to,
                             .action = labels.name(edge.action),
                             .is_internal = edge.action == lts::tau});
  }
  return picture;
}

} // namespace lockstep
