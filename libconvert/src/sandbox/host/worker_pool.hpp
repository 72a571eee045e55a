// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <convert/options.hpp>
#include <convert/sandbox.hpp>

#include "sandbox/host/zygote_connection.hpp"

namespace convert::sandbox {

/// Keeps idle workers ready for calls. Thread-safe.
class WorkerPool : private ZygoteListener {
 public:
  /// `ready`: the number of idle workers to keep.
  WorkerPool(ZygoteOptions options, unsigned ready);
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts the zygote and returns its first message.
  Result<Hello> start();

  /// Returns an idle worker. Waits for one until `call` must end. Errors: those of
  /// `call.check_cancellation()`, `unavailable` (no worker).
  Result<std::unique_ptr<Worker>> acquire(const ConvertOptions& call);

  /// Requests workers in place of those that were taken. Call it after the taken worker has its request, so
  /// that the call does not wait for a fork.
  void refill();

  /// Succeeds if a zygote runs. Errors: why there is none.
  Result<void> ready() const;

  /// Sets the idle workers, the number of zygotes started and the memory.
  void add_statistics(SandboxStatistics& statistics) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct LiveWorker {
    std::shared_ptr<ExitStatus> exit_status;
    std::filesystem::path scratch;
    Clock::time_point since;
  };

  void on_zygote_ready(const Hello& hello, pid_t pid) override;
  void on_worker_ready(std::unique_ptr<Worker> worker) override;
  void on_worker_exited(pid_t pid, int status) override;
  void on_worker_missing() override;
  void on_zygote_lost(const Error& why) override;

  bool zygote_keeps_failing() const;
  std::unique_ptr<Worker> take_ready();
  Error no_worker_error();
  std::unique_ptr<Worker> wait_for_worker(const std::stop_token& stop, Clock::time_point until);

  const unsigned min_ready_;
  const std::chrono::milliseconds acquire_timeout_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::unique_ptr<Worker>> ready_;
  std::map<pid_t, LiveWorker> alive_;  // of the running zygote
  std::optional<Hello> hello_;
  std::optional<Error> failure_;  // why no zygote runs
  int start_failures_ = 0;        // consecutive
  unsigned waiting_calls_ = 0;    // calls that wait for a worker
  unsigned requested_ = 0;        // workers requested from the zygote
  std::uint64_t zygotes_started_ = 0;
  pid_t zygote_pid_ = 0;
  ZygoteConnection zygote_connection_;  // last: its thread uses all of the above
};

}  // namespace convert::sandbox
