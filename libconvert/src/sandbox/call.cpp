// SPDX-License-Identifier: MIT
#include "sandbox/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "io/fault_point.hpp"
#include "sandbox/call_inputs.hpp"
#include "sandbox/call_outputs.hpp"
#include "sandbox/supervision.hpp"
#include "sandbox/verdict.hpp"

namespace convert::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

/// With the limits and the deadline that hold.
ConvertOptions with_bounds(const ConvertOptions& options) {
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
    if (inputs[i].bytes != nullptr) continue;
    return Error{Errc::invalid_argument, fmt::format("Input {} has no Reader (`bytes` is null).", i)};
  }
  return {};
}

Work work_of(Work::Call call, const OutputSpec& spec, const CallInputs& inputs,
             const ConvertOptions& options) {
  Work work;
  work.call = call;
  work.spec = spec;
  work.inputs = inputs.described();
  work.limits = *options.limits;
  work.threads = threads_of(options);
  if (options.deadline) work.time_left = std::max(*options.deadline - Clock::now(), Clock::duration(1));
  return work;
}

Error of_another_kind() {
  return Error{Errc::forbidden,
               "The worker process did not keep to the rules and was ended. Its answer was none."};
}

/// A worker's own error. Some codes are only this side's to give: they say what becomes of a job.
Error from_worker(Error error, bool out_of_memory_there, const SandboxLimits& limits) {
  if (out_of_memory_there) return out_of_memory(limits);
  const bool ours =
      error.code == Errc::cancelled || error.code == Errc::crashed || error.code == Errc::stalled;
  if (ours) error.code = Errc::internal;
  return error;
}

/// Who indexes a list by them must not fall out of it.
Result<void> check_streams(const std::vector<StreamPlan>& streams, std::size_t inputs) {
  const bool good = std::all_of(streams.begin(), streams.end(), [&](const StreamPlan& stream) {
    return stream.input >= 0 && static_cast<std::size_t>(stream.input) < inputs;
  });
  return good ? Result<void>() : of_another_kind();
}

/// A format's name goes into other programs' headers, so it has to be one that was known before. A Converter
/// need not say it.
Result<void> check_format(const FormatTable& formats, const std::string& name) {
  return name.empty() || formats.find(name) != nullptr ? Result<void>() : of_another_kind();
}

/// What an output's format is called there comes from the table.
Result<void> check_formats(const FormatTable& formats, std::vector<OutputReport>& outputs) {
  for (OutputReport& output : outputs) {
    if (auto known = check_format(formats, output.format); !known) return known;
    const Format* format = formats.find(output.format);
    output.mime_type = format != nullptr ? format->mime_type : std::string_view();
  }
  return {};
}

class Busy {
 public:
  explicit Busy(Counters& counters) : counters_(counters) { ++counters_.busy; }
  ~Busy() { --counters_.busy; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  Counters& counters_;
};

/// One call, from the inputs to the answer. The worker is the last to be made and the first to go: threads
/// that serve it end when it does.
class Call {
 public:
  Call(const CallPlace& place, const ConvertOptions& options)
      : place_(place), options_(with_bounds(options)), busy_(place.counters) {}

  Result<void> begin(std::span<const Input> inputs, bool keeps_consumed, Outputs* outputs) {
    if (auto go_on = options_.check(); !go_on) return go_on;
    if (auto usable = check_inputs(inputs); !usable) return usable;
    if (!noticed_) return Error{Errc::unavailable, "There are too many open files. Close some.", true};
    auto worker = place_.pool.acquire(options_);
    if (!worker) return std::move(worker).error();
    if (outputs != nullptr)
      outputs_.emplace(*outputs, options_.limits->output_bytes, place_.limits.outputs, fault_);
    const auto keep = keeps_consumed ? std::optional(place_.limits.answer_bytes) : std::nullopt;
    inputs_.emplace(inputs, keep, fault_);
    parts_.emplace(
        CallParts{options_, place_.limits, *inputs_, outputs ? &*outputs_ : nullptr, fault_, noticed_});
    supervision_.emplace(*parts_, std::move(*worker));
    return {};
  }

  template <class Answer>
  Result<Answer> run(Work::Call call, const OutputSpec& spec) {
    auto finished =
        supervision_->run(work_of(call, spec, *inputs_, options_), [this] { place_.pool.top_up(); });
    if (!finished) {
      ++(supervision_->crashed() ? place_.counters.crashed : place_.counters.killed);
      return std::move(finished).error();
    }
    ++place_.counters.served;
    // As in a Library: whatever was made of it, what went wrong with a Reader is what the call fails with.
    if (auto* error = std::get_if<Error>(&finished->result)) {
      if (auto fault = fault_.get(); fault && error->code != Errc::deadline_exceeded) return *fault;
      return from_worker(std::move(*error), finished->out_of_memory, place_.limits);
    }
    if (auto fault = fault_.get()) return *fault;
    if (auto* answer = std::get_if<Answer>(&finished->result)) return std::move(*answer);
    return of_another_kind();
  }

  /// What was made becomes visible; nothing can change it any more.
  Result<void> publish(Report& report) {
    if (auto ended = supervision_->end(outputs_->must_see_end()); !ended) return ended;
    if (auto settled = outputs_->settle(report); !settled) return settled;
    if (auto go_on = options_.check(); !go_on) return go_on;
    if (auto published = outputs_->publish(); !published) return published;
    supervision_->telling().finished();
    return {};
  }

  std::vector<std::vector<std::byte>> take_consumed() { return inputs_->take_consumed(); }

 private:
  const CallPlace& place_;
  ConvertOptions options_;
  Busy busy_;
  Event noticed_;
  Fault fault_{noticed_};
  std::optional<CallOutputs> outputs_;
  std::optional<CallInputs> inputs_;
  std::optional<CallParts> parts_;
  std::optional<Supervision> supervision_;
};

}  // namespace

Result<MediaInfo> probe(const CallPlace& place, const Input& input, const ConvertOptions& options) {
  Call call(place, options);
  if (auto begun = call.begin(std::span(&input, 1), true, nullptr); !begun) return std::move(begun).error();
  auto info = call.run<MediaInfo>(Work::Call::probe, {});
  if (!info) return info;
  if (auto known = check_format(place.formats, info->format); !known) return std::move(known).error();
  info->consumed = std::move(call.take_consumed().front());
  return info;
}

Result<Plan> plan(const CallPlace& place, std::span<const Input> inputs, const OutputSpec& spec,
                  const ConvertOptions& options) {
  Call call(place, options);
  if (auto begun = call.begin(inputs, true, nullptr); !begun) return std::move(begun).error();
  auto plan = call.run<Plan>(Work::Call::plan, spec);
  if (!plan) return plan;
  if (auto good = check_streams(plan->streams, inputs.size()); !good) return std::move(good).error();
  if (auto known = check_format(place.formats, plan->format); !known) return std::move(known).error();
  plan->consumed = call.take_consumed();
  return plan;
}

Result<Report> convert(const CallPlace& place, std::span<const Input> inputs, Outputs& outputs,
                       const OutputSpec& spec, const ConvertOptions& options) {
  Call call(place, options);
  if (auto begun = call.begin(inputs, false, &outputs); !begun) return std::move(begun).error();
  auto report = call.run<Report>(Work::Call::convert, spec);
  if (!report) return report;
  if (auto good = check_streams(report->streams, inputs.size()); !good) return std::move(good).error();
  if (auto known = check_formats(place.formats, report->outputs); !known) return std::move(known).error();
  CONVERT_FAULT_POINT("sandbox.converted");
  if (auto published = call.publish(*report); !published) return std::move(published).error();
  return report;
}

}  // namespace convert::sandbox
