// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "engine/engine_context.hpp"
#include "engine/job_threads.hpp"

namespace convert::engine {

/// Listens to the queue while a slot is free: what it announces is left to other engines otherwise.
class QueueListener {
 public:
  QueueListener(EngineContext& context, JobThreads& job_threads);
  ~QueueListener();
  QueueListener(const QueueListener&) = delete;
  QueueListener& operator=(const QueueListener&) = delete;

 private:
  void run(const std::stop_token& stop);
  bool receive_announcements();

  EngineContext& context_;
  JobThreads& job_threads_;
  bool failing_ = false;
  std::atomic<bool> ended_{false};
  std::jthread thread_;  // last: it uses the others
};

}  // namespace convert::engine
