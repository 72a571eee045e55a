// SPDX-License-Identifier: MIT
#include "engine/housekeeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "engine/blob_keys.hpp"

namespace convert::engine {
namespace {

using std::chrono::seconds;

constexpr std::size_t kJobsPerPage = 500;

/// The store's time minus `age`. Clamped to the epoch.
Result<Time> time_before_now(EngineContext& context, seconds age) {
  CONVERT_TRY_ASSIGN(const Time now, context.store().now());
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
  CONVERT_TRY_ASSIGN(const Time before, time_before_now(context, age));
  filter.finished_before = before;
  return for_each_ended_job(context, filter, stop,
                            [&](const Job& job) { return context.remove(job.id, before); });
}

Result<void> expire_outputs(EngineContext& context, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  CONVERT_TRY_ASSIGN(const Time before, time_before_now(context, age));
  filter.finished_before = before;
  filter.has_outputs = true;
  return for_each_ended_job(context, filter, stop, [&](const Job& job) {
    return apply(context, job, event::OutputsExpired{before});
  });
}

Result<void> expire_inputs(EngineContext& context, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  CONVERT_TRY_ASSIGN(const Time before, time_before_now(context, age));
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
      context.subscriptions.changed();
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
  CONVERT_TRY_ASSIGN(const Time changes_before, time_before_now(context, keep.changes));
  return context.store().trim_changes(changes_before);
}

namespace {

/// Large, because a Storage may scan all keys for each page.
constexpr std::size_t kBlobsPerPage = 10'000;

/// The blobs of a page that are at least `age` old, or may be. By the Storage's clock, which is not this
/// host's.
std::vector<Blob> older_than(std::vector<Blob> page, Time now, std::chrono::milliseconds age) {
  std::erase_if(page, [&](const Blob& blob) { return now - blob.time < age; });
  return page;
}

/// Removes the keys that a valid claim may still publish: outputs can be complete long before their job.
Result<void> exclude_running(EngineContext& context, std::vector<Key>& keys) {
  std::vector<JobId> ids;
  for (const Key& key : keys) {
    if (const auto claim = parse_output_key(key)) ids.push_back(claim->id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.empty()) return {};
  CONVERT_TRY_ASSIGN(const auto jobs, context.store().find_many(ids));
  std::unordered_map<JobId, std::int64_t> running;
  for (const Job& job : jobs) {
    if (job.state == JobState::running) running.emplace(job.id, job.token);
  }
  std::erase_if(keys, [&](const Key& key) {
    const auto claim = parse_output_key(key);
    if (!claim) return false;
    const auto found = running.find(claim->id);
    return found != running.end() && found->second == claim->token;
  });
  return {};
}

/// Leaves only keys of blobs that have been without a job long enough where their age is unknown.
void exclude_recently_seen(EngineContext& context, const std::vector<Blob>& blobs, std::vector<Key>& keys) {
  std::unordered_set<std::string_view> unknown_age;
  for (const Blob& blob : blobs) {
    if (blob.time_may_be_early) unknown_age.insert(blob.key);
  }
  std::erase_if(keys, [&](const Key& key) {
    return unknown_age.contains(key) &&
           !context.orphan_marks.seen_for(key, context.options.retention.orphans);
  });
}

std::vector<Key> keys_of_blobs(const std::vector<Blob>& blobs) {
  std::vector<Key> keys;
  keys.reserve(blobs.size());
  for (const Blob& blob : blobs) keys.push_back(blob.key);
  return keys;
}

Result<std::vector<Key>> find_orphans(EngineContext& context, const std::vector<Blob>& blobs) {
  if (blobs.empty()) return std::vector<Key>();
  CONVERT_TRY_ASSIGN(auto candidates, context.store().unreferenced(keys_of_blobs(blobs)));
  CONVERT_TRY(exclude_running(context, candidates));
  exclude_recently_seen(context, blobs, candidates);
  // Checked again: a job may have published them meanwhile. Still unreferenced: safe to delete.
  return candidates.empty() ? candidates : context.store().unreferenced(candidates);
}

Result<void> remove_orphans_among(EngineContext& context, const std::vector<Blob>& blobs,
                                  const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(auto orphans, find_orphans(context, blobs));
  for (const Key& key : orphans) {
    if (stop.stop_requested()) return {};
    CONVERT_FAULT_POINT("engine.orphan");
    CONVERT_TRY(context.storage().remove(key));
    context.log.info(0, fmt::format("Deleted the orphaned blob {}.", key));
  }
  return {};
}

Result<void> remove_orphans_below(EngineContext& context, std::string_view prefix, Time now,
                                  const std::stop_token& stop) {
  Key after;
  while (!stop.stop_requested()) {
    CONVERT_TRY_ASSIGN(auto page, context.storage().list(prefix, after, kBlobsPerPage));
    const bool last = page.size() < kBlobsPerPage;
    if (!last) after = page.back().key;
    const auto old = older_than(std::move(page), now, context.options.retention.orphans);
    CONVERT_TRY(remove_orphans_among(context, old, stop));
    if (last) break;
  }
  return {};
}

}  // namespace

Result<void> remove_orphans(EngineContext& context, const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(const Time now, context.storage().now());
  CONVERT_TRY(remove_orphans_below(context, kInputPrefix, now, stop));
  CONVERT_TRY(remove_orphans_below(context, kOutputPrefix, now, stop));
  if (!stop.stop_requested()) context.orphan_marks.end_sweep();
  return {};
}

Result<void> remove_unfinished(EngineContext& context) {
  CONVERT_TRY_ASSIGN(const auto removed,
                     context.storage().remove_unfinished(context.options.retention.unfinished));
  if (removed > 0) context.log.info(0, fmt::format("Deleted {} unfinished uploads.", removed));
  return {};
}

}  // namespace convert::engine
