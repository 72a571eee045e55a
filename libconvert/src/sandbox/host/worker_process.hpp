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

/// How a worker ended, as its zygote tells it. Thread-safe.
class ExitStatus {
 public:
  void set(int status);
  /// The zygote has died: nobody will tell.
  void set_unknown();

  /// As from waitpid; nothing if it isn't told within `patience`, or never will be.
  std::optional<int> wait(std::chrono::milliseconds patience);
  bool unknown() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> status_;
  bool unknown_ = false;
};

/// A worker process, from the host's side. Killed by the destructor, if it hasn't ended.
struct Worker {
  Worker() = default;
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  pid_t pid = 0;
  base::Descriptor channel;
  base::Descriptor process;       ///< its pidfd
  std::filesystem::path scratch;  ///< its folder, removed when its zygote tells that it ended; may be empty
  std::shared_ptr<ExitStatus> exit_status = std::make_shared<ExitStatus>();
};

/// SIGKILL, by pidfd: never to another process that got the same number.
void kill(const base::Descriptor& process);

/// Whether the process has ended, waiting for it for so long.
bool has_ended(const base::Descriptor& process, std::chrono::milliseconds patience);

/// The memory of a process in bytes, what it shares with others in proportion. Where the kernel does not tell
/// that, what it shares with none. 0 if the process has ended.
std::uint64_t proportional_memory(pid_t process);

}  // namespace convert::sandbox
