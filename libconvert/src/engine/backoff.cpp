// SPDX-License-Identifier: MIT
#include <convert/life_cycle.hpp>

#include <algorithm>
#include <cmath>

namespace convert {

std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, double random) noexcept {
  constexpr double limit = 1e15;  // far beyond any wait, and still a number of milliseconds
  const auto growth = std::min(std::pow(std::max(policy.factor, 1.0), std::max(failures, 1) - 1), limit);
  const auto wait = std::min(static_cast<double>(policy.initial_delay.count()) * growth,
                             static_cast<double>(policy.max_delay.count()));
  const auto spread = 1 + std::clamp(policy.jitter, 0.0, 1.0) * (2 * std::clamp(random, 0.0, 1.0) - 1);
  return std::chrono::milliseconds(std::llround(std::clamp(wait * spread, 0.0, limit)));
}

}  // namespace convert
