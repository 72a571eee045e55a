// SPDX-License-Identifier: MIT
#include "engine/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/fault_point.hpp"

namespace convert::engine {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kInitialWait{5};
constexpr milliseconds kMaxWait{250};
constexpr milliseconds kMaxTimeWhileStopping{1'000};

/// Until when it is worth asking again: a lease that has run out is another's to take, and an engine that
/// stops can't wait for long.
Steady::time_point retry_deadline(const EngineContext& context, const RunningJob& running,
                                  Steady::time_point started) {
  const auto lease = running.renewed_at() + context.options.lease_duration;
  return running.stop_reason() == StopReason::none ? lease : std::min(lease, started + kMaxTimeWhileStopping);
}

/// Whether an earlier try, whose answer was lost, made the job succeed under this claim.
bool completed_by_claim(const Job& job, const Claim& claim) {
  return job.token == claim.token && job.state == JobState::succeeded;
}

/// A refusal means what it says only if no earlier try may have been stored.
RecordResult resolve_refusal(EngineContext& context, const RunningJob& running, const Event& event,
                             Error error, bool tried_before) {
  if (tried_before && std::holds_alternative<event::Completed>(event)) {
    const auto job = context.store().find(running.job().id);
    if (job && completed_by_claim(*job, running.job().claim())) {
      context.subscriptions.changed(job->revision);
      return {RecordStatus::applied, *job, {}};
    }
    if (!job && job.error().code != Errc::not_found) return {RecordStatus::unknown, {}, std::move(error)};
  }
  return {RecordStatus::claim_lost, {}, std::move(error)};
}

}  // namespace

RecordResult record_event(EngineContext& context, const RunningJob& running, const Event& event) {
  const auto started = Steady::now();
  auto wait = kInitialWait;
  for (bool tried_before = false;; tried_before = true) {
    CONVERT_FAULT_POINT("engine.before_settle");
    auto done = context.apply(running.job().id, event);
    CONVERT_FAULT_POINT("engine.settled");
    if (done) return {RecordStatus::applied, std::move(*done), {}};
    Error error = std::move(done).error();
    switch (error.code) {
      case Errc::conflict:
      case Errc::not_found:
        return resolve_refusal(context, running, event, std::move(error), tried_before);
      case Errc::invalid_argument:
      case Errc::limit_exceeded:
        return {RecordStatus::rejected, {}, std::move(error)};
      default:
        break;
    }
    if (!error.retryable || Steady::now() + wait >= retry_deadline(context, running, started)) {
      context.log.error(
          running.job().id,
          fmt::format("What became of it could not be recorded; it runs again when its lease has run out: {}",
                      error.message));
      return {RecordStatus::unknown, {}, std::move(error)};
    }
    std::this_thread::sleep_for(wait);
    wait = std::min(2 * wait, kMaxWait);
  }
}

}  // namespace convert::engine
