#pragma once

#include <cstdint>

namespace lockstep::test {

/// Lets the nth `new` of this thread fail, as if there was no memory left, and those before and
/// after it succeed; n is at least 1. Until its end; one at a time. SQLite's memory is not
/// concerned.
class failing_allocation {
public:
  explicit failing_allocation(std::uint64_t nth) noexcept;
  ~failing_allocation();
  failing_allocation(const failing_allocation&) = delete;
  failing_allocation& operator=(const failing_allocation&) = delete;

  [[nodiscard]] bool happened() const noexcept;
};

} // namespace lockstep::test
