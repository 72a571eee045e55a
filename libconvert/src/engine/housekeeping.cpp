// SPDX-License-Identifier: MIT
#include "engine/housekeeping.hpp"

#include <fmt/format.h>

#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

using std::chrono::seconds;

constexpr std::size_t kPage = 500;

/// The time of the store's clock so long ago. Longer than there has been time: the begin of it.
Time before_now(Core& core, seconds age) {
  const Time now = core.store().now();
  return age < std::chrono::floor<seconds>(now.time_since_epoch()) ? now - age : Time();
}

bool is_over(const Error& error) { return error.code == Errc::not_found || error.code == Errc::conflict; }

/// Calls `step` with every ended job that fits the filter, until one fails. It may have begun again
/// meanwhile: the step says to the store what it relies on.
template <class Step>
Result<void> for_each(Core& core, JobFilter filter, const std::stop_token& stop, Step step) {
  filter.states = {JobState::succeeded, JobState::failed, JobState::cancelled};
  filter.max = kPage;
  while (!stop.stop_requested()) {
    auto jobs = core.store().list(filter);
    if (!jobs) return std::move(jobs).error();
    for (const Job& job : *jobs) {
      // That somebody else was there first is as good.
      if (auto done = step(job); !done && !is_over(done.error())) return done;
      filter.after = job.id;
    }
    if (jobs->size() < kPage) break;
  }
  return {};
}

Result<void> apply(Core& core, const Job& job, const Event& event) {
  auto done = core.apply(job.id, event);
  if (!done) return std::move(done).error();
  return {};
}

Result<void> retire_records(Core& core, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  const Time before = before_now(core, age);
  filter.finished_before = before;
  return for_each(core, filter, stop, [&](const Job& job) { return core.remove(job.id, before); });
}

Result<void> retire_outputs(Core& core, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  const Time before = before_now(core, age);
  filter.finished_before = before;
  filter.has_outputs = true;
  return for_each(core, filter, stop,
                  [&](const Job& job) { return apply(core, job, event::OutputsExpired{before}); });
}

Result<void> retire_inputs(Core& core, seconds age, const std::stop_token& stop) {
  JobFilter filter;
  const Time before = before_now(core, age);
  filter.finished_before = before;
  filter.has_inputs = true;
  return for_each(core, filter, stop,
                  [&](const Job& job) { return apply(core, job, event::InputsExpired{before}); });
}

}  // namespace

Result<void> expire_leases(Core& core) {
  for (;;) {
    auto interrupted = core.store().expire(kPage);
    if (!interrupted) return std::move(interrupted).error();
    CONVERT_FAULT_POINT("engine.expired");
    for (const Job& job : *interrupted) {
      core.log.warning(job.id,
                       fmt::format("The lease of its worker ran out (interruption {}).", job.interruptions));
      core.watchers.changed(job.revision);
      core.claims.lost(job.claim());  // it may be our own, if this host slept
      if (job.state == JobState::queued) core.announce(job);
    }
    if (interrupted->size() < kPage) return {};
  }
}

Result<void> retire(Core& core, const std::stop_token& stop) {
  const Retention& keep = core.options.retention;
  if (keep.records) {
    if (auto done = retire_records(core, *keep.records, stop); !done) return done;
  }
  if (keep.outputs) {
    if (auto done = retire_outputs(core, *keep.outputs, stop); !done) return done;
  }
  if (keep.inputs) {
    if (auto done = retire_inputs(core, *keep.inputs, stop); !done) return done;
  }
  CONVERT_FAULT_POINT("engine.retired");
  return core.store().trim_changes(before_now(core, keep.changes));
}

}  // namespace convert::engine
