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

#include "sandbox/zygote_link.hpp"

namespace convert::sandbox {

/// Keeps workers ahead of need. Thread-safe.
class Pool : private ZygoteListener {
 public:
  /// `ready`: how many.
  Pool(ZygotePlace place, unsigned ready);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Starts the zygote; what it said first.
  Result<Hello> start();

  /// A worker that waits for its work. Waits for one if it has to, until `call` has to end. Errors: those of
  /// `call.check()`, `unavailable` (there is none to be had).
  Result<std::unique_ptr<Worker>> acquire(const ConvertOptions& call);

  /// Has others forked for those that were taken: to be called when a worker that was taken has its work,
  /// which would otherwise wait for the fork.
  void top_up();

  /// Whether there is a zygote. Errors: why not.
  Result<void> ready() const;

  /// Fills in what the pool knows: ready, zygotes, memory_bytes.
  void count(SandboxStatistics& statistics) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Alive {
    std::shared_ptr<Ending> ending;
    std::filesystem::path scratch;
    Clock::time_point since;
  };

  void zygote_is_up(const Hello& hello, pid_t pid) override;
  void worker_is_ready(std::unique_ptr<Worker> worker) override;
  void worker_has_ended(pid_t pid, int status) override;
  void worker_is_missing() override;
  void zygote_is_down(const Error& why) override;

  bool is_hopeless() const;
  std::unique_ptr<Worker> take();
  Error none();
  std::unique_ptr<Worker> wait_for_one(const std::stop_token& stop, Clock::time_point until);

  const unsigned wanted_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::unique_ptr<Worker>> ready_;
  std::map<pid_t, Alive> alive_;  // of the zygote that is up
  std::optional<Hello> hello_;
  std::optional<Error> failure_;  // why there is no zygote
  int failures_ = 0;              // one after the other
  unsigned waiting_ = 0;          // calls without a worker
  unsigned owed_ = 0;             // workers that were asked for
  std::uint64_t zygotes_ = 0;
  pid_t zygote_ = 0;
  ZygoteLink link_;  // last: its thread uses all of the above
};

}  // namespace convert::sandbox
