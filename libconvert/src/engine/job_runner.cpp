// SPDX-License-Identifier: MIT
#include "engine/job_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "engine/crypto.hpp"
#include "engine/job_outputs.hpp"
#include "engine/result_reuse.hpp"

namespace convert::engine {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

/// The open inputs of a job. A stop request cancels their Readers.
struct OpenInputs {
  using Canceller = std::stop_callback<std::function<void()>>;

  std::vector<std::unique_ptr<Reader>> readers;
  std::vector<Input> inputs;
  std::vector<std::unique_ptr<Canceller>> cancellers;  // last: they use the readers
};

Result<OpenInputs> open_inputs(EngineContext& context, const Job& job, const std::stop_token& stop) {
  OpenInputs open;
  for (const JobInput& input : job.request.inputs) {
    auto reader = context.storage().open(input.key, stop);
    if (!reader) {
      Error error = std::move(reader).error();
      error.message = fmt::format("The input \"{}\" cannot be opened: {}", input.name, error.message);
      return error;
    }
    // The permissions of a blob do not come from the user's file.
    constexpr std::uint32_t kDefaultMode = 0644;
    open.inputs.push_back({reader->get(), input.name, kDefaultMode});
    open.cancellers.push_back(
        std::make_unique<OpenInputs::Canceller>(stop, [opened = reader->get()]() { opened->cancel(); }));
    open.readers.push_back(std::move(*reader));
  }
  return open;
}

ConvertOptions options_for(EngineContext& context, RunningJob& running) {
  ConvertOptions options;
  options.limits = context.options.limits;
  options.thread_budget = [&context]() { return context.thread_budget.per_job(); };
  options.stop = running.stop_token();
  if (!context.options.temporary_folder.empty()) {
    options.temporary_folder = context.options.temporary_folder;
  }
  options.progress = [&context, &running](const Progress& progress) {
    if (!progress.fraction) return;
    running.progress(*progress.fraction);
    context.subscriptions.progress(running.job(), *progress.fraction);
  };
  return options;
}

/// Creates a job's outputs: copies those of a duplicate, or converts. Does not change the store.
Result<event::Completed> convert_job(EngineContext& context, RunningJob& running, JobOutputs& outputs) {
  const Job& job = running.job();
  if (running.stop_reason() != StopReason::none) return Error{Errc::cancelled, "The job was stopped."};
  if (auto reused = reuse_duplicate(context, running, outputs)) return std::move(*reused);
  CONVERT_TRY_ASSIGN(auto open, open_inputs(context, job, running.stop_token()));
  CONVERT_FAULT_POINT("engine.before_convert");
  const ThreadBudget::Share share(context.thread_budget);
  auto report =
      context.execution()->convert(open.inputs, outputs, job.request.spec, options_for(context, running));
  CONVERT_FAULT_POINT("engine.converted");
  if (!report) return std::move(report).error();
  CONVERT_TRY_ASSIGN(auto finished, outputs.collect(*report));
  CONVERT_FAULT_POINT("engine.hashed");
  return event::Completed{job.token, std::move(finished), std::move(report->warnings)};
}

/// What happened to an event that a worker reported.
enum class RecordStatus : std::uint8_t {
  applied,     ///< the store recorded it
  claim_lost,  ///< the claim is no longer valid
  rejected,    ///< the claim is valid, but the store refuses the event
  unknown,     ///< the store failed; the event may or may not be recorded
};

/// The status, with the job or the error.
struct RecordResult {
  RecordStatus status = RecordStatus::unknown;
  Job job{};  ///< after the event, if it was applied
  Error error{};
};

constexpr milliseconds kInitialWait{5};
constexpr milliseconds kMaxWait{250};
constexpr milliseconds kMaxTimeWhileStopping{1'000};

/// When to stop retrying: another engine may take over an expired lease, and an engine that stops must not
/// wait long.
Steady::time_point retry_deadline(const EngineContext& context, const RunningJob& running,
                                  Steady::time_point started) {
  const auto lease = running.renewed_at() + context.options.lease_duration;
  return running.stop_reason() == StopReason::none ? lease : std::min(lease, started + kMaxTimeWhileStopping);
}

/// Whether an earlier try, whose answer was lost, completed the job under this claim.
bool completed_by_claim(const Job& job, const Claim& claim) {
  return job.token == claim.token && job.state == JobState::succeeded;
}

/// A refusal is reliable only if no earlier try may have been stored.
RecordResult resolve_refusal(EngineContext& context, const RunningJob& running, const Event& event,
                             Error error, bool tried_before) {
  if (tried_before && std::holds_alternative<event::Completed>(event)) {
    const auto job = context.store().find(running.job().id);
    if (job && completed_by_claim(*job, running.job().claim())) {
      context.subscriptions.changed();
      return {RecordStatus::applied, *job, {}};
    }
    if (!job && job.error().code != Errc::not_found) return {RecordStatus::unknown, {}, std::move(error)};
  }
  return {RecordStatus::claim_lost, {}, std::move(error)};
}

/// Records an event of a claim in the store. Retries while the store is unavailable and the lease is valid.
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
          fmt::format("The result could not be recorded; the job runs again when its lease expires: {}",
                      error.message));
      return {RecordStatus::unknown, {}, std::move(error)};
    }
    std::this_thread::sleep_for(wait);
    wait = std::min(2 * wait, kMaxWait);
  }
}

/// An exception from the embedder's Storage or Execution fails only its own job.
Result<event::Completed> convert_without_throwing(EngineContext& context, RunningJob& running,
                                                  JobOutputs& outputs) {
  try {
    return convert_job(context, running, outputs);
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, "Not enough memory. Try again later.", true};
  } catch (const std::exception& exception) {
    return Error{Errc::internal, fmt::format("The conversion failed unexpectedly: {}.", exception.what())};
  }
}

/// Deletes outputs that were not published. After a cancellation in the background: the thread is free for
/// the next job although the Storage may hang.
void remove_outputs(EngineContext& context, const RunningJob& running, const JobOutputs& outputs) {
  auto keys = outputs.keys();
  if (running.stop_reason() == StopReason::lost) {
    context.remove_blobs_later(running.job().id, std::move(keys));
  } else {
    context.remove_blobs(running.job().id, keys);
  }
}

/// Outputs of archives and of unknown formats may be anything, so they get Writers that can seek.
OutputOptions output_options(const EngineContext& context, const RunningJob& running) {
  const Format* format = find_format(context.formats(), running.job().request.spec.format);
  const bool complete = format != nullptr && format->forward_only == ForwardOnlySupport::complete;
  return {!complete, context.options.temporary_folder, running.stop_token()};
}

void release(EngineContext& context, const RunningJob& running, const JobOutputs& outputs) {
  const auto recorded = record_event(context, running, event::Released{running.job().token, {}});
  if (recorded.status == RecordStatus::applied) context.announce(recorded.job);
  remove_outputs(context, running, outputs);
}

/// Failures of this machine, which the operator must see. Other failures are caused by the input.
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
  if (error.code == Errc::unavailable) context.storage_suspected = true;
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
      return;  // the outputs may be published: housekeeping decides later
  }
}

/// Removes the claim from the active claims.
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
  JobOutputs outputs(context.storage(), running.job().claim(), output_options(context, running));
  auto done = convert_without_throwing(context, running, outputs);
  // The error of a stopped conversion says nothing about the job.
  if (running.stop_reason() == StopReason::lost) return remove_outputs(context, running, outputs);
  if (done) return complete(context, running, outputs, std::move(*done));
  if (running.stop_reason() == StopReason::released) return release(context, running, outputs);
  fail(context, running, outputs, std::move(done).error());
}

}  // namespace convert::engine
