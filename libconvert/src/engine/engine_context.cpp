// SPDX-License-Identifier: MIT
#include "engine/engine_context.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "engine/crypto.hpp"

namespace convert::engine {
namespace {

/// Bounds of all intervals: a thread must not spin, and `now() + interval` must not overflow.
constexpr std::chrono::milliseconds kMinInterval{1};
constexpr std::chrono::milliseconds kMaxInterval = std::chrono::hours(24 * 365);

/// Shows an operator where a job runs. The random part makes the name unique.
std::string default_worker_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return fmt::format("{:.64}-{}-{}", host.data(), ::getpid(), random_hex(4));
}

}  // namespace

EngineOptions with_defaults(EngineOptions options) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  if (!options.storage) options.storage = memory_storage();
  if (!options.store) options.store = memory_job_store();
  if (!options.queue) options.queue = memory_queue();
  if (options.worker_name.empty()) options.worker_name = default_worker_name();
  // More than the CPU cores: a job that waits for a flush leaves its core to another one.
  if (options.max_running_jobs == 0) options.max_running_jobs = std::max(cores + 1, cores + cores / 2);
  if (options.threads == 0) options.threads = cores;
  // Three chances to renew a lease before it expires.
  options.heartbeat_interval = std::min(options.heartbeat_interval, options.lease_duration / 3);
  for (auto* interval : {&options.heartbeat_interval, &options.sweep_interval, &options.cleanup_interval,
                         &options.poll_interval}) {
    *interval = std::clamp(*interval, kMinInterval, kMaxInterval);
  }
  return options;
}

EngineContext::EngineContext(EngineOptions complete)
    : options(std::move(complete)),
      log(options.log),
      thread_budget(options.threads),
      execution_(options.execution),
      subscriptions(options.store, options.executor, options.poll_interval, options.heartbeat_interval, log) {
}

std::shared_ptr<Execution> EngineContext::execution() const {
  const std::scoped_lock lock(mutex_);
  return execution_;
}

void EngineContext::execution(std::shared_ptr<Execution> execution) {
  const std::scoped_lock lock(mutex_);
  execution_ = std::move(execution);
}

std::span<const Format> EngineContext::formats() const {
  const auto now = execution();
  return now ? now->formats() : options.formats;
}

namespace {

/// How long a job must wait. If the store's clock is unknown it is announced at once; the claim, or a later
/// sweep, decides.
std::chrono::milliseconds announcement_delay(JobStore& store, const Job& job) {
  using std::chrono::milliseconds;
  if (job.not_before <= job.created) return milliseconds(0);
  const auto now = store.now();
  return now ? std::max(milliseconds(0), job.not_before - *now) : milliseconds(0);
}

}  // namespace

void EngineContext::announce(const Job& job) const {
  CONVERT_FAULT_POINT("engine.before_announce");
  const auto delay = announcement_delay(store(), job);
  if (auto announced = options.queue->announce(job.id, delay); !announced) {
    log.warning(job.id, fmt::format("The job could not be announced and starts with the next sweep: {}",
                                    announced.error().message));
  }
  CONVERT_FAULT_POINT("engine.announced");
}

void EngineContext::remove_blobs(JobId job, std::span<const Key> keys) const {
  for (const Key& key : keys) {
    CONVERT_FAULT_POINT("engine.before_drop");
    if (auto removed = storage().remove(key); !removed) {
      log.warning(job, fmt::format("The blob {} could not be deleted and is deleted later: {}", key,
                                   removed.error().message));
    }
  }
}

void EngineContext::remove_blobs_later(JobId job, std::vector<Key> keys) {
  if (keys.empty()) return;
  removals_.post([this, job, keys = std::move(keys)]() { remove_blobs(job, keys); });
}

Result<Job> EngineContext::apply(JobId id, const Event& event) {
  CONVERT_TRY_ASSIGN(auto done, store().apply(id, event));
  if (done.changed) subscriptions.changed();
  CONVERT_FAULT_POINT("engine.applied");
  remove_blobs(id, done.dropped_keys);
  return std::move(done.job);
}

Result<void> EngineContext::remove(JobId id, std::optional<Time> finished_before) {
  CONVERT_FAULT_POINT("engine.before_remove");
  CONVERT_TRY_ASSIGN(auto job, store().remove(id, finished_before));
  CONVERT_FAULT_POINT("engine.record_removed");
  claims.mark_lost_up_to(job.claim());
  subscriptions.changed();
  std::vector<Key> keys;
  for (const JobInput& input : job.request.inputs) keys.push_back(input.key);
  for (const JobOutput& output : job.outputs) keys.push_back(output.key);
  remove_blobs(id, keys);
  return {};
}

}  // namespace convert::engine
