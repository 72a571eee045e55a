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
class Running {
 public:
  explicit Running(Job job) : job_(std::move(job)), renewed_(Steady::now()) {}

  const Job& job() const noexcept { return job_; }
  std::stop_token stop_token() const { return stop_.get_token(); }
  StopReason stop_reason() const noexcept { return reason_; }

  /// `lost` is the last word; the rest is said once.
  void stop(StopReason reason);

  double progress() const noexcept { return progress_; }
  void progress(double fraction) noexcept { progress_ = fraction; }

  /// When the lease was last known to begin.
  std::chrono::steady_clock::time_point renewed() const noexcept { return renewed_; }
  void renewed(std::chrono::steady_clock::time_point when) noexcept { renewed_ = when; }

 private:
  using Steady = std::chrono::steady_clock;

  const Job job_;
  std::stop_source stop_;
  std::atomic<StopReason> reason_{StopReason::none};
  std::atomic<double> progress_{0};
  std::atomic<Steady::time_point> renewed_;
};

/// What this engine holds claims for. Thread-safe.
class Claims {
 public:
  std::shared_ptr<Running> add(Job job);
  void remove(const Claim& claim);

  std::vector<std::shared_ptr<Running>> all() const;
  /// Progress of the claim, if it is held here.
  std::optional<double> progress(const Claim& claim) const;

  /// Stops one, if it is here.
  void lost(const Claim& claim);
  /// Stops every claim of that job up to that token: later ones are of those who were claimed since.
  void lost_up_to(const Claim& claim);
  void release_all();

 private:
  using Number = std::pair<JobId, std::int64_t>;
  static Number number(const Claim& claim) { return {claim.id, claim.token}; }

  mutable std::mutex mutex_;
  std::map<Number, std::shared_ptr<Running>> running_;
};

}  // namespace convert::engine
