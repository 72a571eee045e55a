// SPDX-License-Identifier: MIT
#include "unit/sqlite/failing_allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

constexpr int kUnlimited = -1;
thread_local int left = kUnlimited;

}  // namespace

void* operator new(std::size_t size) {
  if (left == 0) throw std::bad_alloc();
  if (left != kUnlimited) --left;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace convert::test {

void fail_allocations_after(int allocations) { left = allocations; }

}  // namespace convert::test
