// SPDX-License-Identifier: MIT
#include "engine/housekeeping.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "engine/blob_keys.hpp"

namespace convert::engine {
namespace {

using std::chrono::seconds;

constexpr std::size_t kJobsPerPage = 500;

/// The store's time minus `age`. Clamped to the epoch.
Time time_before_now(EngineContext& context, seconds age) {
  const Time now = context.store().now();
  return age < std::chrono::floor<seconds>(now.time_since_epoch()) ? now - age : Time();
}

bool is_superseded(const Error& error) {
  return error.code == Errc::not_found || error.code == Errc::conflict;
}

/// Calls `step` for every ended job that matches the filter, until one fails. A job may have started again
/// meanwhile, so the step passes its condition to the store.
template <class Step>
Result<void> for_each_ended_job(EngineContext& context, JobFilter filter, const std::stop_token& stop,
                                Step step) {
  filter.states = {JobState::succeeded, JobState::failed, JobState::cancelled};
  filter.max = kJobsPerPage;
  while (!stop.stop_requested()) {
    CONVERT_TRY_ASSIGN(auto jobs, context.store().list(filter));
    for (const Job& job : jobs) {
      // Another engine may have done it first.
      if (auto done = step(job); !done && !is_superseded(done.error())) return done;
      filter.after = job.id;
    }
    if (jobs.size() < kJobsPerPage) break;
  }
  return {};
}

Result<void> apply(EngineContext& context, const Job& job, const Event& event) {
  CONVERT_TRY(context.apply(job.id, event));
  return {};
}

Result<void> expire_records(EngineContext& context, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  const Time before = time_before_now(context, age);
  filter.finished_before = before;
  return for_each_ended_job(context, filter, stop,
                            [&](const Job& job) { return context.remove(job.id, before); });
}

Result<void> expire_outputs(EngineContext& context, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  const Time before = time_before_now(context, age);
  filter.finished_before = before;
  filter.has_outputs = true;
  return for_each_ended_job(context, filter, stop, [&](const Job& job) {
    return apply(context, job, event::OutputsExpired{before});
  });
}

Result<void> expire_inputs(EngineContext& context, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  const Time before = time_before_now(context, age);
  filter.finished_before = before;
  filter.has_inputs = true;
  return for_each_ended_job(context, filter, stop, [&](const Job& job) {
    return apply(context, job, event::InputsExpired{before});
  });
}

}  // namespace

Result<void> expire_leases(EngineContext& context) {
  for (;;) {
    CONVERT_TRY_ASSIGN(auto interrupted, context.store().expire_leases(kJobsPerPage));
    CONVERT_FAULT_POINT("engine.expired");
    for (const Job& job : interrupted) {
      context.log.warning(
          job.id, fmt::format("The lease of its worker expired (interruption {}).", job.interruptions));
      context.subscriptions.changed(job.revision);
      context.claims.mark_lost(job.claim());  // it may run here, if this host was suspended
      if (job.state == JobState::queued) context.announce(job);
    }
    if (interrupted.size() < kJobsPerPage) return {};
  }
}

Result<void> apply_retention(EngineContext& context, const std::stop_token& stop) {
  const Retention& keep = context.options.retention;
  if (keep.records) {
    CONVERT_TRY(expire_records(context, *keep.records, stop));
  }
  if (keep.outputs) {
    CONVERT_TRY(expire_outputs(context, *keep.outputs, stop));
  }
  if (keep.inputs) {
    CONVERT_TRY(expire_inputs(context, *keep.inputs, stop));
  }
  CONVERT_FAULT_POINT("engine.retired");
  return context.store().trim_changes(time_before_now(context, keep.changes));
}

namespace {

/// Large, because a Storage may scan all keys for each page.
constexpr std::size_t kBlobsPerPage = 10'000;

/// The blobs of a page that are at least `age` old, by this host's clock (the Storage's is unknown).
std::vector<Key> older_than(const std::vector<Blob>& page, std::chrono::milliseconds age) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::vector<Key> keys;
  for (const Blob& blob : page) {
    if (now - blob.time >= age) keys.push_back(blob.key);
  }
  return keys;
}

/// Whether a valid claim may still publish the blob: outputs can be complete long before their job.
Result<bool> is_being_written(EngineContext& context, const Key& key) {
  const auto claim = parse_output_key(key);
  if (!claim) return false;
  auto job = context.store().find(claim->id);
  if (job) return job->state == JobState::running && job->token == claim->token;
  if (job.error().code == Errc::not_found) return false;
  return std::move(job).error();
}

Result<std::vector<Key>> find_orphans(EngineContext& context, const std::vector<Key>& keys) {
  if (keys.empty()) return keys;
  CONVERT_TRY_ASSIGN(auto unreferenced, context.store().unreferenced(keys));
  std::vector<Key> candidates;
  for (const Key& key : unreferenced) {
    CONVERT_TRY_ASSIGN(auto being_written, is_being_written(context, key));
    if (!being_written) candidates.push_back(key);
  }
  // Checked again: a job may have published them meanwhile. Still unreferenced: safe to delete.
  return candidates.empty() ? candidates : context.store().unreferenced(candidates);
}

Result<void> remove_orphans_among(EngineContext& context, const std::vector<Key>& keys,
                                  const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(auto orphans, find_orphans(context, keys));
  for (const Key& key : orphans) {
    if (stop.stop_requested()) return {};
    CONVERT_FAULT_POINT("engine.orphan");
    CONVERT_TRY(context.storage().remove(key));
    context.log.info(0, fmt::format("Deleted the orphaned blob {}.", key));
  }
  return {};
}

Result<void> remove_orphans_below(EngineContext& context, std::string_view prefix,
                                  const std::stop_token& stop) {
  Key after;
  while (!stop.stop_requested()) {
    CONVERT_TRY_ASSIGN(auto page, context.storage().list(prefix, after, kBlobsPerPage));
    const auto old = older_than(page, context.options.retention.orphans);
    CONVERT_TRY(remove_orphans_among(context, old, stop));
    if (page.size() < kBlobsPerPage) break;
    after = page.back().key;
  }
  return {};
}

}  // namespace

Result<void> remove_orphans(EngineContext& context, const std::stop_token& stop) {
  CONVERT_TRY(remove_orphans_below(context, kInputPrefix, stop));
  return remove_orphans_below(context, kOutputPrefix, stop);
}

}  // namespace convert::engine
