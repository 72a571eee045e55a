// SPDX-License-Identifier: MIT
#include "engine/engine_threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "engine/housekeeping.hpp"

namespace convert::engine {

PeriodicThread::PeriodicThread(std::chrono::milliseconds interval, Action action)
    : interval_(interval),
      action_(std::move(action)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PeriodicThread::run(const std::stop_token& stop) {
  // Measured from start to start: a slow action does not delay the next one.
  auto due = std::chrono::steady_clock::now() + interval_;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      stop_requested_.wait_until(lock, stop, due, []() { return false; });
    }
    if (stop.stop_requested()) return;
    due = std::chrono::steady_clock::now() + interval_;
    action_(stop);
  }
}

Heartbeat::Heartbeat(EngineContext& context)
    : context_(context),
      thread_(context.options.heartbeat_interval, [this](const std::stop_token&) { renew_leases(); }) {}

void Heartbeat::renew_leases() {
  const auto running = context_.claims.all();
  if (running.empty()) return;
  std::vector<ClaimHeartbeat> heartbeats;
  heartbeats.reserve(running.size());
  for (const auto& one : running) heartbeats.push_back({one->job().claim(), one->progress()});

  CONVERT_FAULT_POINT("engine.before_heartbeat");
  const auto started = std::chrono::steady_clock::now();
  const auto lost = context_.store().heartbeat(heartbeats, context_.options.lease_duration);
  CONVERT_FAULT_POINT("engine.heartbeat");
  if (!lost) {
    // Logs once, not every second until the store is back.
    if (!failing_) context_.log.warning(0, fmt::format("Leases cannot be renewed: {}", lost.error().message));
    failing_ = true;
    return;
  }
  failing_ = false;
  for (const auto& one : running) one->renewed_at(started);
  for (const Claim& claim : *lost) context_.claims.mark_lost(claim);
}

CancellationPoller::CancellationPoller(EngineContext& context)
    : context_(context), thread_(context.options.poll_interval, [this](const std::stop_token&) { poll(); }) {}

void CancellationPoller::poll() {
  std::vector<Claim> running;
  for (const auto& one : context_.claims.all()) running.push_back(one->job().claim());
  std::vector<Claim> ran_before;
  std::copy_if(running.begin(), running.end(), std::back_inserter(ran_before), [this](const Claim& claim) {
    return std::find(previous_claims_.begin(), previous_claims_.end(), claim) != previous_claims_.end();
  });
  previous_claims_ = std::move(running);
  if (ran_before.empty()) return;
  const auto lost = context_.store().lost_claims(ran_before);
  if (!lost) return;  // the heartbeat decides
  for (const Claim& claim : *lost) context_.claims.mark_lost(claim);
}

namespace {

constexpr std::string_view kCleanupRole = "cleanup";

/// Longer than an interval, and than a short failure of the store: the engine that cleans up keeps it, with
/// what it has seen of orphaned blobs.
std::chrono::milliseconds cleanup_lease(const EngineOptions& options) {
  constexpr std::chrono::milliseconds shortest = std::chrono::seconds(10);
  return std::max(3 * options.cleanup_interval, shortest);
}

/// Looking for orphans lists all blobs and looks each up in the JobStore, so it is done less often than the
/// rest where they live long.
std::chrono::milliseconds orphan_sweep_interval(const EngineOptions& options) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
  return std::max(options.cleanup_interval, std::min(options.retention.orphans / 6, longest));
}

}  // namespace

Cleanup::Cleanup(EngineContext& context) : context_(context) {
  thread_.emplace(context.options.cleanup_interval, [this](const std::stop_token& stop) { clean_up(stop); });
}

Cleanup::~Cleanup() {
  thread_.reset();
  if (!elected_) return;
  // A failure does not matter: the lease ends.
  (void)context_.store().elect(kCleanupRole, context_.options.worker_name, std::chrono::milliseconds(0));
}

bool Cleanup::elect() {
  const auto elected =
      context_.store().elect(kCleanupRole, context_.options.worker_name, cleanup_lease(context_.options));
  if (!elected) {
    context_.log.warning(
        0, fmt::format("Retention and the deletion of orphaned blobs wait: {}", elected.error().message));
  }
  elected_ = elected && *elected;
  return elected_;
}

void Cleanup::clean_up(const std::stop_token& stop) {
  if (!elect()) return;
  if (auto retired = apply_retention(context_, stop); !retired) {
    context_.log.warning(
        0, fmt::format("Retention failed and is tried again later: {}", retired.error().message));
  }
  if (std::chrono::steady_clock::now() >= next_orphan_sweep_) {
    next_orphan_sweep_ = std::chrono::steady_clock::now() + orphan_sweep_interval(context_.options);
    if (auto removed = remove_orphans(context_, stop); !removed) {
      context_.log.warning(0, fmt::format("Orphaned blobs cannot be deleted now and are deleted later: {}",
                                          removed.error().message));
      next_orphan_sweep_ = {};
    }
  }
  if (stop.stop_requested()) return;
  if (auto removed = remove_unfinished(context_); !removed) {
    context_.log.warning(0, fmt::format("Unfinished uploads cannot be deleted now and are deleted later: {}",
                                        removed.error().message));
  }
}

EngineThreads::EngineThreads(EngineContext& context)
    : context_(context),
      heartbeat_(context),
      cancellation_poller_(context),
      job_threads_(context),
      queue_listener_(context, job_threads_),
      sweep_(context.options.sweep_interval, [this](const std::stop_token&) { sweep(); }),
      cleanup_(context) {
  job_threads_.notify_work();  // jobs that were left over, or submitted before
}

EngineThreads::~EngineThreads() {
  job_threads_.close();
  context_.claims.release_all();
}

void EngineThreads::close(std::chrono::milliseconds grace) {
  job_threads_.close();
  job_threads_.wait_until_idle(grace);
}

void EngineThreads::sweep() {
  if (auto expired = expire_leases(context_); !expired) {
    context_.log.warning(0, fmt::format("Expired leases cannot be looked up: {}", expired.error().message));
  }
  job_threads_.notify_work();
}

}  // namespace convert::engine
