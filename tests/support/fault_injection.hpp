// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include <convert/queue.hpp>

#include "support/faults.hpp"

namespace convert::test {

enum class QueueCall { announce, next, count };

/// What a ChaosQueue does to announcements: shares of them, 0 to 1.
struct QueueDisturbances {
  double lose = 0;     ///< accepted, and never delivered
  double twice = 0;    ///< delivered, and delivered again
  double reorder = 0;  ///< held back until another was delivered, if there is one
  double delay = 0;    ///< announced later, by 0 to `longest_delay`
  std::chrono::milliseconds longest_delay{1000};
};

/// A Queue that does on purpose what queues may do. Its calls can fail too.
class ChaosQueue : public Queue {
 public:
  ChaosQueue(std::shared_ptr<Queue> inner, std::uint64_t seed, QueueDisturbances chaos);

  FaultInjector<QueueCall>& faults() { return faults_; }
  /// How many announcements were lost, doubled, reordered and delayed, in all.
  std::uint64_t disturbances() const;

  Result<void> announce(JobId id, std::chrono::milliseconds delay) override;
  Result<std::optional<JobId>> next(std::chrono::milliseconds wait) override;
  void wake() override;

 private:
  bool disturb(double share);
  std::optional<JobId> take_waiting();
  void keep_waiting(JobId id);

  std::shared_ptr<Queue> inner_;
  FaultInjector<QueueCall> faults_;
  QueueDisturbances chaos_;
  mutable std::mutex mutex_;
  std::deque<JobId> waiting_;  // held back, or to be delivered again
  std::uint64_t tricks_ = 0;
};

}  // namespace convert::test
