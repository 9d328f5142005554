#include "persistence/instance_store.hpp"

#include <utility>

namespace lockstep {

result<instance> whole_instance(instance_store& store, instance_head head) {
  return store.history(head.identifier).map([&](std::vector<step> steps) {
    return instance{std::move(head.specification), std::move(head.identifier), std::move(head.meta),
                    std::move(head.current_state), std::move(steps)};
  });
}

} // namespace lockstep
