// SPDX-License-Identifier: MIT
#include "sandbox/host/sandbox_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "sandbox/host/exit_error.hpp"
#include "sandbox/host/host_inputs.hpp"
#include "sandbox/host/host_outputs.hpp"
#include "sandbox/host/worker_supervisor.hpp"

namespace convert::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

/// The options with the effective limits and deadline.
ConvertOptions with_limits(const ConvertOptions& options) {
  ConvertOptions call = options;
  call.limits = options.limits.value_or(Limits{});
  const auto now = Clock::now();
  if (call.limits->wall_time < Clock::time_point::max() - now) {
    const auto latest = now + std::chrono::duration_cast<Clock::duration>(call.limits->wall_time);
    call.deadline = std::min(call.deadline.value_or(latest), latest);
  }
  return call;
}

Result<void> check_inputs(std::span<const Input> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].reader != nullptr) continue;
    return Error{Errc::invalid_argument, fmt::format("Input {} has no Reader (`reader` is null).", i)};
  }
  return {};
}

CallRequest request_for(CallRequest::Call call, const OutputSpec& spec, const HostInputs& inputs,
                        const ConvertOptions& options) {
  CallRequest work;
  work.call = call;
  work.spec = spec;
  work.inputs = inputs.descriptions();
  work.limits = *options.limits;
  work.threads = thread_count(options);
  if (options.deadline) work.time_left = std::max(*options.deadline - Clock::now(), Clock::duration(1));
  return work;
}

Error protocol_violation_error() {
  return Error{Errc::forbidden,
               "The worker process violated the protocol and was ended. Its result is invalid."};
}

/// The error that a worker reported. Codes that decide what happens to a job are the host's only.
Error sanitized_worker_error(Error error, bool out_of_memory_there, const SandboxLimits& limits) {
  if (out_of_memory_there) return memory_limit_error(limits);
  const bool ours =
      error.code == Errc::cancelled || error.code == Errc::crashed || error.code == Errc::stalled;
  if (ours) error.code = Errc::internal;
  return error;
}

/// Callers index their inputs by these numbers.
Result<void> check_streams(const std::vector<StreamPlan>& streams, std::size_t inputs) {
  const bool good = std::all_of(streams.begin(), streams.end(), [&](const StreamPlan& stream) {
    return stream.input >= 0 && static_cast<std::size_t>(stream.input) < inputs;
  });
  return good ? Result<void>() : protocol_violation_error();
}

/// The name of a format is passed to other programs, so that it must be in the table. It may be empty.
Result<void> check_format(const FormatTable& formats, const std::string& name) {
  return name.empty() || formats.find(name) != nullptr ? Result<void>() : protocol_violation_error();
}

/// Takes the MIME type of each output from the table of formats.
Result<void> check_formats(const FormatTable& formats, std::vector<OutputReport>& outputs) {
  for (OutputReport& output : outputs) {
    CONVERT_TRY(check_format(formats, output.format));
    const Format* format = formats.find(output.format);
    output.mime_type = format != nullptr ? format->mime_type : std::string_view();
  }
  return {};
}

class BusyCount {
 public:
  explicit BusyCount(SandboxCounters& counters) : counters_(counters) { ++counters_.busy; }
  ~BusyCount() { --counters_.busy; }
  BusyCount(const BusyCount&) = delete;
  BusyCount& operator=(const BusyCount&) = delete;

 private:
  SandboxCounters& counters_;
};

/// One call, from its inputs to its result. The supervisor is the last member: its worker ends before the
/// threads that serve it.
class SandboxCall {
 public:
  SandboxCall(const SandboxContext& context, const ConvertOptions& options)
      : context_(context), options_(with_limits(options)), busy_(context.counters) {}

  Result<void> prepare(std::span<const Input> inputs, bool keeps_consumed, Outputs* outputs) {
    CONVERT_TRY(options_.check_cancellation());
    CONVERT_TRY(check_inputs(inputs));
    if (!wakeup_)
      return Error{Errc::unavailable, "Too many open files. Close some, or raise the limit.", true};
    CONVERT_TRY_ASSIGN(auto worker, context_.pool.acquire(options_));
    if (outputs != nullptr)
      outputs_.emplace(*outputs, options_.limits->output_bytes, context_.limits.outputs, first_error_);
    const auto keep = keeps_consumed ? std::optional(context_.limits.result_bytes) : std::nullopt;
    inputs_.emplace(inputs, options_.limits->input_bytes, keep, first_error_);
    parts_.emplace(CallContext{options_, context_.limits, *inputs_, outputs ? &*outputs_ : nullptr,
                               first_error_, wakeup_});
    supervisor_.emplace(*parts_, std::move(worker));
    return {};
  }

  template <class Answer>
  Result<Answer> run(CallRequest::Call call, const OutputSpec& spec) {
    auto finished =
        supervisor_->run(request_for(call, spec, *inputs_, options_), [this] { context_.pool.refill(); });
    if (!finished) {
      ++(supervisor_->crashed() ? context_.counters.crashed : context_.counters.killed);
      return std::move(finished).error();
    }
    ++context_.counters.served;
    // As in a Library: an error of a Reader or Writer is the error of the call.
    if (auto* error = std::get_if<Error>(&finished->result)) {
      if (auto first_error = first_error_.get(); first_error && error->code != Errc::deadline_exceeded)
        return *first_error;
      return sanitized_worker_error(std::move(*error), finished->out_of_memory, context_.limits);
    }
    if (auto first_error = first_error_.get()) return *first_error;
    if (auto* answer = std::get_if<Answer>(&finished->result)) return std::move(*answer);
    return protocol_violation_error();
  }

  /// Makes the outputs visible. The worker cannot change them any more.
  Result<void> publish(Report& report) {
    CONVERT_TRY(supervisor_->end(outputs_->must_await_exit()));
    CONVERT_TRY(outputs_->check_report(report));
    CONVERT_TRY(options_.check_cancellation());
    CONVERT_TRY(outputs_->publish());
    supervisor_->notifier().finished();
    return {};
  }

  std::vector<std::vector<std::byte>> take_consumed() { return inputs_->take_consumed(); }

 private:
  const SandboxContext& context_;
  ConvertOptions options_;
  BusyCount busy_;
  EventFd wakeup_;
  conversion::FirstError first_error_{[this] { wakeup_.set(); }};
  std::optional<HostOutputs> outputs_;
  std::optional<HostInputs> inputs_;
  std::optional<CallContext> parts_;
  std::optional<WorkerSupervisor> supervisor_;
};

}  // namespace

Result<MediaInfo> probe(const SandboxContext& context, const Input& input, const ConvertOptions& options) {
  SandboxCall call(context, options);
  CONVERT_TRY(call.prepare(std::span(&input, 1), true, nullptr));
  auto info = call.run<MediaInfo>(CallRequest::Call::probe, {});
  if (!info) return info;
  CONVERT_TRY(check_format(context.formats, info->format));
  info->consumed = std::move(call.take_consumed().front());
  return info;
}

Result<Plan> plan(const SandboxContext& context, std::span<const Input> inputs, const OutputSpec& spec,
                  const ConvertOptions& options) {
  SandboxCall call(context, options);
  CONVERT_TRY(call.prepare(inputs, true, nullptr));
  auto plan = call.run<Plan>(CallRequest::Call::plan, spec);
  if (!plan) return plan;
  CONVERT_TRY(check_streams(plan->streams, inputs.size()));
  CONVERT_TRY(check_format(context.formats, plan->format));
  plan->consumed = call.take_consumed();
  return plan;
}

Result<Report> convert(const SandboxContext& context, std::span<const Input> inputs, Outputs& outputs,
                       const OutputSpec& spec, const ConvertOptions& options) {
  SandboxCall call(context, options);
  CONVERT_TRY(call.prepare(inputs, false, &outputs));
  auto report = call.run<Report>(CallRequest::Call::convert, spec);
  if (!report) return report;
  CONVERT_TRY(check_streams(report->streams, inputs.size()));
  CONVERT_TRY(check_formats(context.formats, report->outputs));
  CONVERT_FAULT_POINT("sandbox.converted");
  CONVERT_TRY(call.publish(*report));
  return report;
}

}  // namespace convert::sandbox
