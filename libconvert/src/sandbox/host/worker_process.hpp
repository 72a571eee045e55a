// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// How a worker ended, as its zygote reports it. Thread-safe.
class ExitStatus {
 public:
  void set(int status);
  /// The zygote has ended: the status will not be reported.
  void set_unknown();

  /// As from waitpid. Empty if it is not reported within `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience);
  bool unknown() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> status_;
  bool unknown_ = false;
};

/// A worker process as the host sees it. The destructor kills it.
struct Worker {
  Worker() = default;
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  pid_t pid = 0;
  base::Descriptor channel;
  base::Descriptor process;       ///< its pidfd
  std::filesystem::path scratch;  ///< its folder, removed when it has ended; may be empty
  std::shared_ptr<ExitStatus> exit_status = std::make_shared<ExitStatus>();
};

/// Sends SIGKILL by pidfd, so that it cannot reach another process with the same number.
void kill(const base::Descriptor& process);

/// Whether the process ends within `patience`.
bool has_ended(const base::Descriptor& process, std::chrono::milliseconds patience);

/// The proportional set size of a process in bytes, or its private memory where the kernel does not report
/// that. 0 if the process has ended.
std::uint64_t proportional_memory(pid_t process);

}  // namespace convert::sandbox
