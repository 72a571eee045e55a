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

/// Why a job that runs here must stop.
enum class StopReason : std::uint8_t {
  none,
  lost,     ///< the claim is no longer valid: the result is discarded
  released  ///< this engine stops: the job is released
};

/// A job that this engine has claimed and whose result is not recorded yet. Thread-safe.
class RunningJob {
 public:
  explicit RunningJob(Job job) : job_(std::move(job)), renewed_at_(Steady::now()) {}

  const Job& job() const noexcept { return job_; }
  std::stop_token stop_token() const { return stop_.get_token(); }
  StopReason stop_reason() const noexcept { return reason_; }

  /// The first reason counts, but `lost` overrides it.
  void stop(StopReason reason);

  double progress() const noexcept { return progress_; }
  void progress(double fraction) noexcept { progress_ = fraction; }

  /// When the lease was last renewed.
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

/// The jobs that this engine has claimed. Thread-safe.
class ActiveClaims {
 public:
  std::shared_ptr<RunningJob> add(Job job);
  void remove(const Claim& claim);

  std::vector<std::shared_ptr<RunningJob>> all() const;
  /// The progress of the claim, if this engine holds it.
  std::optional<double> progress(const Claim& claim) const;

  /// Stops the job of this claim, if this engine holds it.
  void mark_lost(const Claim& claim);
  /// Stops all claims of that job up to that token. Higher tokens are newer claims.
  void mark_lost_up_to(const Claim& claim);
  /// Stops all jobs so that they are released.
  void release_all();

 private:
  using ClaimKey = std::pair<JobId, std::int64_t>;
  static ClaimKey key_of(const Claim& claim) { return {claim.id, claim.token}; }

  mutable std::mutex mutex_;
  std::map<ClaimKey, std::shared_ptr<RunningJob>> running_;
};

}  // namespace convert::engine
