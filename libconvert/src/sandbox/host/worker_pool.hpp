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

/// Keeps workers ahead of need. Thread-safe.
class WorkerPool : private ZygoteListener {
 public:
  /// `ready`: how many.
  WorkerPool(ZygoteOptions options, unsigned ready);
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts the zygote; what it said first.
  Result<Hello> start();

  /// A worker that waits for its work. Waits for one if it has to, until `call` has to end. Errors: those of
  /// `call.check()`, `unavailable` (there is none to be had).
  Result<std::unique_ptr<Worker>> acquire(const ConvertOptions& call);

  /// Has others forked for those that were taken: to be called when a worker that was taken has its work,
  /// which would otherwise wait for the fork.
  void refill();

  /// Whether there is a zygote. Errors: why not.
  Result<void> ready() const;

  /// Fills in what the pool knows: ready, zygotes, memory_bytes.
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
  std::map<pid_t, LiveWorker> alive_;  // of the zygote that is up
  std::optional<Hello> hello_;
  std::optional<Error> failure_;  // why there is no zygote
  int start_failures_ = 0;        // one after the other
  unsigned waiting_calls_ = 0;    // calls without a worker
  unsigned requested_ = 0;        // workers that were asked for
  std::uint64_t zygotes_started_ = 0;
  pid_t zygote_pid_ = 0;
  ZygoteConnection zygote_connection_;  // last: its thread uses all of the above
};

}  // namespace convert::sandbox
