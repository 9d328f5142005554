#pragma once

#include "actors/node.hpp"
#include "model/workflow/request.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lockstep::bench {

/// So many different texts of the form of a UUID, 36 bytes each; always the same ones.
[[nodiscard]] std::vector<term> uuids(std::size_t count, std::uint64_t seed = 1);

/// The specification of all instances, a ring of three states, and its model, which does not learn.
[[nodiscard]] std::string ring_name();
[[nodiscard]] std::shared_ptr<const specification_catalog>
ring_catalog(const specification_options& options = {});
[[nodiscard]] implementation_model ring_model();

/// The step that leads away from a state of the ring, 0 to 2.
[[nodiscard]] step_report ring_step(const term& identifier, std::size_t state);

/// Instances that go round the ring, and where they are. An instance belongs to one thread or actor
/// at a time.
class workload {
public:
  explicit workload(std::size_t instances)
      : identifiers_(uuids(instances)), states_(instances, 0) {}

  [[nodiscard]] std::size_t size() const noexcept { return identifiers_.size(); }
  [[nodiscard]] const term& identifier(std::size_t instance) const {
    return identifiers_[instance];
  }
  [[nodiscard]] step_report next_step(std::size_t instance);

  /// Makes all instances on a node, which has none of them.
  void begin(const instance_manager& manager);

private:
  std::vector<term> identifiers_;
  std::vector<std::uint8_t> states_;
};

/// The instances of one client of several, one after the other, for ever.
class share {
public:
  share(workload& work, std::size_t client, std::size_t clients)
      : work_(&work), first_(client), clients_(clients), at_(client) {}

  /// The instance whose turn it is.
  std::size_t next() {
    const auto instance = at_;
    at_ += clients_;
    if (at_ >= work_->size())
      at_ = first_;
    return instance;
  }

  [[nodiscard]] workload& all() const noexcept { return *work_; }

private:
  workload* work_;
  std::size_t first_;
  std::size_t clients_;
  std::size_t at_;
};

} // namespace lockstep::bench
