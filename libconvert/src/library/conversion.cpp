// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <utility>

#include "library/advice.hpp"
#include "library/call.hpp"
#include "library/core.hpp"
#include "library/entry.hpp"

namespace convert::library {
namespace {

/// What is asked: the row and the Converter, and the spec with the row's own name.
struct Request {
  Target target;
  OutputSpec spec;
  std::string entry;  // to be taken out of the input first
};

Result<Request> understand(const Core& core, const OutputSpec& spec) {
  if (spec.format.empty()) {
    return Error{Errc::invalid_argument,
                 fmt::format("format: it is not said what to convert to. Say one of {}.",
                             core.catalogue.writable_names())};
  }
  auto target = core.catalogue.target(spec.format);
  if (!target) return std::move(target).error();
  Request request{*target, spec, {}};
  request.spec.format = target->format->name;
  if (target->format->family != Family::archive) std::swap(request.entry, request.spec.entry);
  if (auto valid = validate(request.spec, *target->format); !valid) return std::move(valid).error();
  return request;
}

/// The checks on inputs that need none of the Converter's knowledge.
Result<void> look_at(GuardedInputs& inputs, const Target& target) {
  const auto head = inputs.look();
  if (!head) return head.error();
  // An empty file is nothing to play, but something to pack.
  const bool packed = target.format->family == Family::archive;
  if (head->empty() && inputs.inputs().size() == 1 && !packed) return empty_input(inputs.inputs().front());
  return {};
}

/// Runs one step of a Converter: its own error becomes the one that the caller can use.
template <class Step>
auto run(const Core& core, Call& call, GuardedInputs& inputs, const Target& target, Step step)
    -> decltype(step()) {
  if (auto usable = look_at(inputs, target); !usable) return call.cause(usable.error());
  const bool any_content = target.format->family == Family::archive;
  if (!any_content && core.catalogue.belongs_to_another(inputs.head(), *target.converter)) {
    return advise(core.catalogue, inputs, call, target,
                  unrecognized(core.catalogue, inputs.inputs().front()));
  }
  auto result = step();
  if (!result) return advise(core.catalogue, inputs, call, target, call.cause(result.error()));
  if (auto fault = call.fault().get()) return *fault;
  return result;
}

Result<Plan> plan_direct(const Core& core, Call& call, GuardedInputs& inputs, const Request& request) {
  return run(core, call, inputs, request.target,
             [&]() { return request.target.converter->plan(inputs.inputs(), request.spec, call.options()); });
}

Result<Report> convert_direct(const Core& core, Call& call, GuardedInputs& inputs, Outputs& outputs,
                              const Request& request) {
  GuardedOutputs guarded(outputs, call.limits().output_bytes, call.counters().written, call.fault());
  auto report = run(core, call, inputs, request.target, [&]() {
    return request.target.converter->convert(inputs.inputs(), guarded, request.spec, call.options());
  });
  if (!report) return report;
  if (auto go_on = call.options().check(); !go_on) return std::move(go_on).error();
  if (auto committed = guarded.commit_all(); !committed) return std::move(committed).error();
  return report;
}

/// Runs `step` on the inputs, or on the entry of theirs that is asked for.
template <class Step>
auto on_entry(const Core& core, Call& call, GuardedInputs& inputs, const Request& request, Step step)
    -> decltype(step(inputs)) {
  if (request.entry.empty()) return step(inputs);
  auto raw = raw_target(core.catalogue);
  if (!raw) return std::move(raw).error();
  auto entry = run(core, call, inputs, *raw, [&]() { return extract(call, inputs, *raw, request.entry); });
  if (!entry) return std::move(entry).error();
  const Input extracted{entry->get(), request.entry};
  GuardedInputs inner(std::span(&extracted, 1), call, GuardedInputs::Keep::head);
  if (auto usable = inner.check(); !usable) return std::move(usable).error();
  return step(inner);
}

}  // namespace

Result<Plan> plan(const Core& core, std::span<const Input> inputs, const OutputSpec& spec,
                  const ConvertOptions& user) {
  Call call(core, user);
  if (auto go_on = call.options().check(); !go_on) return std::move(go_on).error();
  GuardedInputs guarded(inputs, call, GuardedInputs::Keep::all);
  if (auto usable = guarded.check(); !usable) return std::move(usable).error();
  auto request = understand(core, spec);
  if (!request) return std::move(request).error();
  auto plan = on_entry(core, call, guarded, *request,
                       [&](GuardedInputs& from) { return plan_direct(core, call, from, *request); });
  if (!plan) return plan;
  if (plan->format.empty()) plan->format = request->spec.format;
  if (!request->entry.empty()) plan->spools_input = true;
  plan->warnings = call.all_warnings(plan->warnings);
  plan->consumed = std::move(guarded).take_consumed();
  return plan;
}

Result<Report> convert(const Core& core, std::span<const Input> inputs, Outputs& outputs,
                       const OutputSpec& spec, const ConvertOptions& user) {
  Call call(core, user);
  if (auto go_on = call.options().check(); !go_on) return std::move(go_on).error();
  GuardedInputs guarded(inputs, call, GuardedInputs::Keep::head);
  if (auto usable = guarded.check(); !usable) return std::move(usable).error();
  auto request = understand(core, spec);
  if (!request) return std::move(request).error();
  auto report = on_entry(core, call, guarded, *request, [&](GuardedInputs& from) {
    return convert_direct(core, call, from, outputs, *request);
  });
  if (!report) return report;
  report->warnings = call.all_warnings(report->warnings);
  call.notices().finished();
  return report;
}

}  // namespace convert::library
