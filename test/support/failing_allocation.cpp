#include "test/support/failing_allocation.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local std::uint64_t allocations_until_failure = 0; // 0: none will fail

} // namespace

void* operator new(std::size_t size) {
  if (allocations_until_failure > 0 && --allocations_until_failure == 0)
    throw std::bad_alloc{};
  if (void* memory = std::malloc(size == 0 ? 1 : size))
    return memory;
  throw std::bad_alloc{};
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lockstep::test {

failing_allocation::failing_allocation(std::uint64_t nth) noexcept {
  allocations_until_failure = nth;
}

failing_allocation::~failing_allocation() { allocations_until_failure = 0; }

bool failing_allocation::happened() const noexcept { return allocations_until_failure == 0; }

} // namespace lockstep::test
