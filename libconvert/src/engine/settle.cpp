// SPDX-License-Identifier: MIT
#include "engine/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kFirstWait{5};
constexpr milliseconds kLongestWait{250};
constexpr milliseconds kWhileStopping{1'000};

/// Until when it is worth asking again: a lease that has run out is another's to take, and an engine that
/// stops can't wait for long.
Steady::time_point patience(const Core& core, const Running& running, Steady::time_point begun) {
  const auto lease = running.renewed() + core.options.lease;
  return running.stop_reason() == StopReason::none ? lease : std::min(lease, begun + kWhileStopping);
}

/// Whether an earlier try, whose answer was lost, made the job succeed under this claim.
bool is_ours(const Job& job, const Claim& claim) {
  return job.token == claim.token && job.state == JobState::succeeded;
}

/// A refusal means what it says only if no earlier try may have been stored.
Settlement refused(Core& core, const Running& running, const Event& event, Error error, bool tried_before) {
  if (tried_before && std::holds_alternative<event::Completed>(event)) {
    const auto job = core.store().find(running.job().id);
    if (job && is_ours(*job, running.job().claim())) {
      core.watchers.changed(job->revision);
      return {Settled::applied, *job, {}};
    }
    if (!job && job.error().code != Errc::not_found) return {Settled::unknown, {}, std::move(error)};
  }
  return {Settled::refused, {}, std::move(error)};
}

}  // namespace

Settlement settle(Core& core, const Running& running, const Event& event) {
  const auto begun = Steady::now();
  auto wait = kFirstWait;
  for (bool tried_before = false;; tried_before = true) {
    CONVERT_FAULT_POINT("engine.before_settle");
    auto done = core.apply(running.job().id, event);
    CONVERT_FAULT_POINT("engine.settled");
    if (done) return {Settled::applied, std::move(*done), {}};
    Error error = std::move(done).error();
    switch (error.code) {
      case Errc::conflict:
      case Errc::not_found:
        return refused(core, running, event, std::move(error), tried_before);
      case Errc::invalid_argument:
      case Errc::limit_exceeded:
        return {Settled::rejected, {}, std::move(error)};
      default:
        break;
    }
    if (!error.retryable || Steady::now() + wait >= patience(core, running, begun)) {
      core.log.error(
          running.job().id,
          fmt::format("What became of it could not be recorded; it runs again when its lease has run out: {}",
                      error.message));
      return {Settled::unknown, {}, std::move(error)};
    }
    std::this_thread::sleep_for(wait);
    wait = std::min(2 * wait, kLongestWait);
  }
}

}  // namespace convert::engine
