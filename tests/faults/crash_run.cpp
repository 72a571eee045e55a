// SPDX-License-Identifier: MIT
#include "faults/crash_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convert::test {
namespace {

double as_seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

std::chrono::milliseconds Durations::median() const {
  if (times_.empty()) return {};
  auto sorted = times_;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

std::chrono::milliseconds Durations::worst() const {
  return times_.empty() ? std::chrono::milliseconds(0) : *std::max_element(times_.begin(), times_.end());
}

std::string Durations::text() const {
  if (empty()) return "none measured";
  return fmt::format("median {:.2f} s, worst {:.2f} s of {}", as_seconds(median()), as_seconds(worst()),
                     times_.size());
}

}  // namespace convert::test
