// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace convert::conformance {

/// Runs `task(number)` in so many threads; how many answered false.
template <class Task>
int count_failures(int threads, Task task) {
  std::atomic<int> failures = 0;
  std::vector<std::thread> crew;
  for (int n = 0; n < threads; ++n) {
    crew.emplace_back([&, n] {
      if (!task(n)) ++failures;
    });
  }
  for (auto& thread : crew) thread.join();
  return failures;
}

}  // namespace convert::conformance
