// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include <convert/export.hpp>
#include <convert/job.hpp>

namespace convert {

/// Tells engines, on this host or others, that a job may be ready. Thread-safe; never holds the truth. A
/// queue should deliver each announcement at least once, to one of those who wait; if it loses, doubles,
/// delays or reorders them, jobs start later (the engine's sweep finds them), and nothing worse. Calls may
/// fail with `unavailable` and `io`.
class Queue {
 public:
  virtual ~Queue() = default;

  /// Says that a job is ready, in `delay` from now. Never waits for a reader.
  virtual Result<void> announce(JobId id, std::chrono::milliseconds delay) = 0;

  /// The next announcement, or nothing after `wait`, or earlier after `wake`.
  virtual Result<std::optional<JobId>> next(std::chrono::milliseconds wait) = 0;

  /// Makes every `next` of this process that waits now return. For an orderly stop.
  virtual void wake() = 0;
};

/// Inside one process, in the order of their times. Unbounded but small: the same job is held once.
CONVERT_API std::shared_ptr<Queue> memory_queue();

/// Opens a backend by URI: "memory:". Errors: `unsupported` (the message lists the schemes this build has).
CONVERT_API Result<std::shared_ptr<Queue>> open_queue(std::string_view uri);

}  // namespace convert
