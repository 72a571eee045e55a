// SPDX-License-Identifier: MIT
#include "engine/job_runner.hpp"

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "engine/conversion.hpp"
#include "engine/job_outputs.hpp"
#include "engine/random.hpp"
#include "engine/settle.hpp"
#include "base/fault_point.hpp"

namespace convert::engine {
namespace {

/// What a Storage or an Execution of the embedder's throws fails its own job only.
Result<event::Completed> convert_without_throwing(EngineContext& context, RunningJob& running,
                                                  JobOutputs& outputs) {
  try {
    return convert_job(context, running, outputs);
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, "There is not enough memory for now. Try again later.", true};
  } catch (const std::exception& exception) {
    return Error{Errc::internal, fmt::format("The conversion failed unexpectedly: {}.", exception.what())};
  }
}

/// Removes outputs that nobody will ever see.
void remove_outputs(EngineContext& context, const RunningJob& running, const JobOutputs& outputs) {
  const auto keys = outputs.keys();
  context.remove_blobs(running.job().id, keys);
}

void release(EngineContext& context, const RunningJob& running, const JobOutputs& outputs) {
  const auto recorded = record_event(context, running, event::Released{running.job().token, {}});
  if (recorded.status == RecordStatus::applied) context.announce(recorded.job);
  remove_outputs(context, running, outputs);
}

/// A failure of this machine, of which its operator has to hear; others are the input's.
bool is_host_failure(Errc code) {
  return code == Errc::io || code == Errc::internal || code == Errc::unavailable;
}

void fail(EngineContext& context, const RunningJob& running, const JobOutputs& outputs, Error error) {
  const Job& job = running.job();
  const auto wait = backoff(context.options.retry, job.attempt + 1, random_fraction());
  auto line =
      fmt::format("Attempt {} failed ({}): {}", job.attempt + 1, to_string(error.code), error.message);
  is_host_failure(error.code) ? context.log.warning(job.id, std::move(line))
                              : context.log.info(job.id, std::move(line));
  const auto recorded =
      record_event(context, running, event::AttemptFailed{job.token, std::move(error), wait});
  if (recorded.job.state == JobState::queued && recorded.status == RecordStatus::applied) {
    context.announce(recorded.job);
  }
  remove_outputs(context, running, outputs);
}

void complete(EngineContext& context, const RunningJob& running, const JobOutputs& outputs,
              event::Completed done) {
  CONVERT_FAULT_POINT("engine.before_complete");
  auto recorded = record_event(context, running, std::move(done));
  CONVERT_FAULT_POINT("engine.completed");
  switch (recorded.status) {
    case RecordStatus::applied:
      return;
    case RecordStatus::claim_lost:
      return remove_outputs(context, running, outputs);
    case RecordStatus::rejected:
      return fail(context, running, outputs, std::move(recorded.error));
    case RecordStatus::unknown:
      return;  // the outputs may be published: housekeeping knows better
  }
}

/// Ends the claim here, however the run ends.
class ActiveClaimGuard {
 public:
  ActiveClaimGuard(EngineContext& context, const RunningJob& running)
      : context_(context), claim_(running.job().claim()) {}
  ~ActiveClaimGuard() { context_.claims.remove(claim_); }
  ActiveClaimGuard(const ActiveClaimGuard&) = delete;
  ActiveClaimGuard& operator=(const ActiveClaimGuard&) = delete;

 private:
  EngineContext& context_;
  const Claim claim_;
};

}  // namespace

void run_job(EngineContext& context, RunningJob& running) {
  const ActiveClaimGuard guard(context, running);
  JobOutputs outputs(context.storage(), running.job().claim());
  auto done = convert_without_throwing(context, running, outputs);
  // Whatever error a conversion that was told to stop ends with, it is no word about the job.
  if (running.stop_reason() == StopReason::lost) return remove_outputs(context, running, outputs);
  if (done) return complete(context, running, outputs, std::move(*done));
  if (running.stop_reason() == StopReason::released) return release(context, running, outputs);
  fail(context, running, outputs, std::move(done).error());
}

}  // namespace convert::engine
