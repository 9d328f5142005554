#pragma once

#include "persistence/reports.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace lockstep {

/// The specifications that were declared since the node started, with their callbacks, which no
/// store can keep: a shard that is started again finds them here. Thread-safe.
class declared_specifications {
public:
  /// @param operation_id Of the declaration; a repetition of one changes nothing here either, so
  /// that it does not undo a later one. Empty: none.
  void add(std::shared_ptr<const specification> spec, const std::string& operation_id = {});

  /// The given ones with the declared ones over them.
  [[nodiscard]] std::shared_ptr<const specification_catalog>
  over(const specification_catalog& configured) const;

private:
  mutable std::mutex mutex_;
  specification_catalog specifications_;
  /// Of the declarations since the node started.
  std::set<std::string> operations_;
};

} // namespace lockstep
