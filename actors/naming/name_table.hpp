#pragma once

#include "actors/interfaces.hpp"
#include "model/term/term.hpp"

#include <caf/actor_control_block.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace lockstep {

/// The registry's names as everybody may read them: without a message, from any thread.
///
/// One registry writes, by publishing snapshots; a reader never sees half a change. A name whose
/// holder has ended is gone once the registry has handled that.
class name_table {
public:
  using names = std::map<term, caf::strong_actor_ptr>;

  /// The holder of a name; null if there is none.
  [[nodiscard]] caf::strong_actor_ptr lookup(const term& name) const;
  [[nodiscard]] std::shared_ptr<const names> snapshot() const;

  /// The registry in charge, for requests; null until it has started.
  [[nodiscard]] registry_actor registry() const;

  // -- for the registry alone
  // -----------------------------------------------------------------------

  /// A registry begins, with no names.
  void take_over(registry_actor registry);
  void publish(std::shared_ptr<const names> next);

private:
  mutable std::mutex mutex_; // held for the copy of a pointer only
  std::shared_ptr<const names> names_ = std::make_shared<const names>();
  registry_actor registry_;
};

} // namespace lockstep
