// SPDX-License-Identifier: MIT
#include "engine/housekeeping.hpp"

#include <fmt/format.h>

#include "base/fault_point.hpp"

namespace convert::engine {
namespace {

using std::chrono::seconds;

constexpr std::size_t kJobsPerPage = 500;

/// The time of the store's clock so long ago. Longer than there has been time: the begin of it.
Time time_before_now(EngineContext& context, seconds age) {
  const Time now = context.store().now();
  return age < std::chrono::floor<seconds>(now.time_since_epoch()) ? now - age : Time();
}

bool is_superseded(const Error& error) {
  return error.code == Errc::not_found || error.code == Errc::conflict;
}

/// Calls `step` with every ended job that fits the filter, until one fails. It may have begun again
/// meanwhile: the step says to the store what it relies on.
template <class Step>
Result<void> for_each_ended_job(EngineContext& context, JobFilter filter, const std::stop_token& stop,
                                Step step) {
  filter.states = {JobState::succeeded, JobState::failed, JobState::cancelled};
  filter.max = kJobsPerPage;
  while (!stop.stop_requested()) {
    auto jobs = context.store().list(filter);
    if (!jobs) return std::move(jobs).error();
    for (const Job& job : *jobs) {
      // That somebody else was there first is as good.
      if (auto done = step(job); !done && !is_superseded(done.error())) return done;
      filter.after = job.id;
    }
    if (jobs->size() < kJobsPerPage) break;
  }
  return {};
}

Result<void> apply(EngineContext& context, const Job& job, const Event& event) {
  auto done = context.apply(job.id, event);
  if (!done) return std::move(done).error();
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
    auto interrupted = context.store().expire_leases(kJobsPerPage);
    if (!interrupted) return std::move(interrupted).error();
    CONVERT_FAULT_POINT("engine.expired");
    for (const Job& job : *interrupted) {
      context.log.warning(
          job.id, fmt::format("The lease of its worker ran out (interruption {}).", job.interruptions));
      context.subscriptions.changed(job.revision);
      context.claims.mark_lost(job.claim());  // it may be our own, if this host slept
      if (job.state == JobState::queued) context.announce(job);
    }
    if (interrupted->size() < kJobsPerPage) return {};
  }
}

Result<void> apply_retention(EngineContext& context, const std::stop_token& stop) {
  const Retention& keep = context.options.retention;
  if (keep.records) {
    if (auto done = expire_records(context, *keep.records, stop); !done) return done;
  }
  if (keep.outputs) {
    if (auto done = expire_outputs(context, *keep.outputs, stop); !done) return done;
  }
  if (keep.inputs) {
    if (auto done = expire_inputs(context, *keep.inputs, stop); !done) return done;
  }
  CONVERT_FAULT_POINT("engine.retired");
  return context.store().trim_changes(time_before_now(context, keep.changes));
}

}  // namespace convert::engine
