// SPDX-License-Identifier: MIT
#include "engine/conversion.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/result_reuse.hpp"
#include "base/fault_point.hpp"

namespace convert::engine {
namespace {

/// A job of the same owner that did the same work, and still has what it made. The first one, as those that
/// wait for their turn come after it.
std::optional<Job> find_duplicate(EngineContext& context, const Job& job) {
  if (!context.options.reuse_results || job.request.fingerprint.empty()) return {};
  JobFilter filter;
  filter.owner = job.request.owner;
  filter.states = {JobState::succeeded};
  filter.fingerprint = job.request.fingerprint;
  filter.has_outputs = true;
  filter.max = 1;
  auto found = context.store().list(filter);
  if (!found || found->empty()) return {};
  return std::move(found->front());
}

/// What equal work made, as this job's own; nothing if it can't be had.
std::optional<event::Completed> reuse_duplicate(EngineContext& context, const RunningJob& running,
                                                JobOutputs& outputs) {
  const Job& job = running.job();
  auto duplicate = find_duplicate(context, job);
  if (!duplicate) return {};
  rename_results(duplicate->outputs, duplicate->warnings, duplicate->request.inputs.front().name,
                 job.request.inputs.front().name, context.formats());
  if (!outputs.copy(duplicate->outputs)) {
    context.remove_blobs(job.id, outputs.keys());
    outputs.clear();
    return {};
  }
  CONVERT_FAULT_POINT("engine.reused");
  context.log.info(job.id,
                   fmt::format("It has the results of job {}, which was the same work.", duplicate->id));
  auto finished = outputs.collect({}, running.stop_token());
  if (!finished) return {};
  return event::Completed{job.token, std::move(*finished), std::move(duplicate->warnings)};
}

/// The inputs of a job, open.
struct OpenInputs {
  std::vector<std::unique_ptr<Reader>> readers;
  std::vector<Input> inputs;
};

Result<OpenInputs> open_inputs(EngineContext& context, const Job& job) {
  OpenInputs open;
  for (const JobInput& input : job.request.inputs) {
    auto reader = context.storage().open(input.key);
    if (!reader) {
      Error error = std::move(reader).error();
      error.message = fmt::format("The input \"{}\" can't be opened: {}", input.name, error.message);
      return error;
    }
    // The permissions of a blob are its storage's, and nobody else's.
    constexpr std::uint32_t kDefaultMode = 0644;
    open.inputs.push_back({reader->get(), input.name, kDefaultMode});
    open.readers.push_back(std::move(*reader));
  }
  return open;
}

ConvertOptions options_for(EngineContext& context, RunningJob& running) {
  ConvertOptions options;
  options.limits = context.options.limits;
  options.thread_budget = [&context]() { return context.thread_budget.per_job(); };
  options.stop = running.stop_token();
  options.progress = [&context, &running](const Progress& progress) {
    if (!progress.fraction) return;
    running.progress(*progress.fraction);
    context.subscriptions.progress(running.job(), *progress.fraction);
  };
  return options;
}

}  // namespace

Result<event::Completed> convert_job(EngineContext& context, RunningJob& running, JobOutputs& outputs) {
  const Job& job = running.job();
  if (running.stop_reason() != StopReason::none) return Error{Errc::cancelled, "The job was stopped."};
  if (auto reused = reuse_duplicate(context, running, outputs)) return std::move(*reused);
  auto open = open_inputs(context, job);
  if (!open) return std::move(open).error();
  CONVERT_FAULT_POINT("engine.before_convert");
  const ThreadBudget::Share share(context.thread_budget);
  auto report =
      context.execution()->convert(open->inputs, outputs, job.request.spec, options_for(context, running));
  CONVERT_FAULT_POINT("engine.converted");
  if (!report) return std::move(report).error();
  auto finished = outputs.collect(*report, running.stop_token());
  if (!finished) return std::move(finished).error();
  CONVERT_FAULT_POINT("engine.hashed");
  return event::Completed{job.token, std::move(*finished), std::move(report->warnings)};
}

}  // namespace convert::engine
