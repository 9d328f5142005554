#pragma once

#include "persistence/reports.hpp"

#include <memory>
#include <mutex>

namespace lockstep {

/// The specifications that were declared since the node started, with their callbacks, which no
/// store can keep: a shard that is started again finds them here. Thread-safe.
class declared_specifications {
public:
  void add(std::shared_ptr<const specification> spec);

  /// The given ones with the declared ones over them.
  [[nodiscard]] std::shared_ptr<const specification_catalog>
  over(const specification_catalog& configured) const;

private:
  mutable std::mutex mutex_;
  specification_catalog specifications_;
};

} // namespace lockstep
