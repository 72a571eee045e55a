// SPDX-License-Identifier: MIT
#include "engine/conversion.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/fingerprint.hpp"
#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

/// A job of the same owner that did the same work, and still has what it made. The first one, as those that
/// wait for their turn come after it.
std::optional<Job> equal_work(Core& core, const Job& job) {
  if (!core.options.reuse_results || job.request.fingerprint.empty()) return {};
  JobFilter filter;
  filter.owner = job.request.owner;
  filter.states = {JobState::succeeded};
  filter.fingerprint = job.request.fingerprint;
  filter.has_outputs = true;
  filter.max = 1;
  auto found = core.store().list(filter);
  if (!found || found->empty()) return {};
  return std::move(found->front());
}

/// What equal work made, as this job's own; nothing if it can't be had.
std::optional<event::Completed> reuse(Core& core, const Running& running, JobOutputs& outputs) {
  const Job& job = running.job();
  auto equal = equal_work(core, job);
  if (!equal) return {};
  rename(equal->outputs, equal->warnings, equal->request.inputs.front().name, job.request.inputs.front().name,
         core.formats());
  if (!outputs.copy(equal->outputs)) {
    core.drop(job.id, outputs.keys());
    outputs.forget();
    return {};
  }
  CONVERT_FAULT_POINT("engine.reused");
  core.log.info(job.id, fmt::format("It has the results of job {}, which was the same work.", equal->id));
  auto made = outputs.finish({}, running.stop_token());
  if (!made) return {};
  return event::Completed{job.token, std::move(*made), std::move(equal->warnings)};
}

/// The inputs of a job, open.
struct OpenInputs {
  std::vector<std::unique_ptr<Reader>> readers;
  std::vector<Input> inputs;
};

Result<OpenInputs> open_inputs(Core& core, const Job& job) {
  OpenInputs open;
  for (const JobInput& input : job.request.inputs) {
    auto reader = core.storage().open(input.key);
    if (!reader) {
      Error error = std::move(reader).error();
      error.message = fmt::format("The input \"{}\" can't be opened: {}", input.name, error.message);
      return error;
    }
    // The permissions of a blob are its storage's, and nobody else's.
    constexpr std::uint32_t kUsualMode = 0644;
    open.inputs.push_back({reader->get(), input.name, kUsualMode});
    open.readers.push_back(std::move(*reader));
  }
  return open;
}

ConvertOptions options_for(Core& core, Running& running) {
  ConvertOptions options;
  options.limits = core.options.limits;
  options.thread_budget = [&core]() { return core.shares.each(); };
  options.stop = running.stop_token();
  options.progress = [&core, &running](const Progress& progress) {
    if (!progress.fraction) return;
    running.progress(*progress.fraction);
    core.watchers.progress(running.job(), *progress.fraction);
  };
  return options;
}

}  // namespace

Result<event::Completed> convert_job(Core& core, Running& running, JobOutputs& outputs) {
  const Job& job = running.job();
  if (running.stop_reason() != StopReason::none) return Error{Errc::cancelled, "The job was stopped."};
  if (auto reused = reuse(core, running, outputs)) return std::move(*reused);
  auto open = open_inputs(core, job);
  if (!open) return std::move(open).error();
  CONVERT_FAULT_POINT("engine.before_convert");
  const ThreadShares::Place place(core.shares);
  auto report =
      core.execution()->convert(open->inputs, outputs, job.request.spec, options_for(core, running));
  CONVERT_FAULT_POINT("engine.converted");
  if (!report) return std::move(report).error();
  auto made = outputs.finish(*report, running.stop_token());
  if (!made) return std::move(made).error();
  CONVERT_FAULT_POINT("engine.hashed");
  return event::Completed{job.token, std::move(*made), std::move(report->warnings)};
}

}  // namespace convert::engine
