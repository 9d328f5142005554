#include "actors/naming/name_table.hpp"

#include <utility>

namespace lockstep {

caf::strong_actor_ptr name_table::lookup(const term& name) const {
  auto current = snapshot();
  auto found = current->find(name);
  return found == current->end() ? nullptr : found->second;
}

std::shared_ptr<const name_table::names> name_table::snapshot() const {
  std::lock_guard guard{mutex_};
  return names_;
}

registry_actor name_table::registry() const {
  std::lock_guard guard{mutex_};
  return registry_;
}

void name_table::take_over(registry_actor registry) {
  auto none = std::make_shared<const names>();
  std::lock_guard guard{mutex_};
  registry_ = std::move(registry);
  names_ = std::move(none);
}

void name_table::publish(std::shared_ptr<const names> next) {
  std::lock_guard guard{mutex_};
  names_ = std::move(next);
}

} // namespace lockstep
