// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>

namespace convert::engine {

/// Shares threads out among the jobs that run, evenly: each gets at least one, a lone one gets all. A job's
/// share changes as others start and end. Thread-safe.
class ThreadBudget {
 public:
  explicit ThreadBudget(unsigned threads) : threads_(threads) {}

  /// How many each of those that run may have now.
  unsigned per_job() const noexcept {
    return std::max(1U, threads_ / std::max(1U, running_.load(std::memory_order_relaxed)));
  }

  /// One job's place among them, for as long as it lives.
  class Share {
   public:
    explicit Share(ThreadBudget& budget) : budget_(budget) { ++budget_.running_; }
    ~Share() { --budget_.running_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    ThreadBudget& budget_;
  };

 private:
  const unsigned threads_;
  std::atomic<unsigned> running_{0};
};

}  // namespace convert::engine
