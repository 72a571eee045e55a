// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include <convert/job.hpp>

namespace convert::engine {

/// Why a job that runs here has to stop.
enum class StopReason : std::uint8_t {
  none,
  lost,     ///< the claim is no longer right: nobody wants to hear of it
  released  ///< this engine stops: the job is given back
};

/// A job that was claimed by this engine, until all is said about it. Thread-safe.
class RunningJob {
 public:
  explicit RunningJob(Job job) : job_(std::move(job)), renewed_at_(Steady::now()) {}

  const Job& job() const noexcept { return job_; }
  std::stop_token stop_token() const { return stop_.get_token(); }
  StopReason stop_reason() const noexcept { return reason_; }

  /// `lost` is the last word; the rest is said once.
  void stop(StopReason reason);

  double progress() const noexcept { return progress_; }
  void progress(double fraction) noexcept { progress_ = fraction; }

  /// When the lease was last known to begin.
  std::chrono::steady_clock::time_point renewed_at() const noexcept { return renewed_at_; }
  void renewed_at(std::chrono::steady_clock::time_point when) noexcept { renewed_at_ = when; }

 private:
  using Steady = std::chrono::steady_clock;

  const Job job_;
  std::stop_source stop_;
  std::atomic<StopReason> reason_{StopReason::none};
  std::atomic<double> progress_{0};
  std::atomic<Steady::time_point> renewed_at_;
};

/// What this engine holds claims for. Thread-safe.
class ActiveClaims {
 public:
  std::shared_ptr<RunningJob> add(Job job);
  void remove(const Claim& claim);

  std::vector<std::shared_ptr<RunningJob>> all() const;
  /// Progress of the claim, if it is held here.
  std::optional<double> progress(const Claim& claim) const;

  /// Stops one, if it is here.
  void mark_lost(const Claim& claim);
  /// Stops every claim of that job up to that token: later ones are of those who were claimed since.
  void mark_lost_up_to(const Claim& claim);
  void release_all();

 private:
  using ClaimKey = std::pair<JobId, std::int64_t>;
  static ClaimKey key_of(const Claim& claim) { return {claim.id, claim.token}; }

  mutable std::mutex mutex_;
  std::map<ClaimKey, std::shared_ptr<RunningJob>> running_;
};

}  // namespace convert::engine
