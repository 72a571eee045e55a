// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>

namespace convert::engine {

/// Shares threads out among the jobs that run, evenly: each gets at least one, a lone one gets all. A job's
/// share changes as others start and end. Thread-safe.
class ThreadShares {
 public:
  explicit ThreadShares(unsigned threads) : threads_(threads) {}

  /// How many each of those that run may have now.
  unsigned each() const noexcept {
    return std::max(1U, threads_ / std::max(1U, running_.load(std::memory_order_relaxed)));
  }

  /// One job's place among them, for as long as it lives.
  class Place {
   public:
    explicit Place(ThreadShares& shares) : shares_(shares) { ++shares_.running_; }
    ~Place() { --shares_.running_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    ThreadShares& shares_;
  };

 private:
  const unsigned threads_;
  std::atomic<unsigned> running_{0};
};

}  // namespace convert::engine
