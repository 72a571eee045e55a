// SPDX-License-Identifier: MIT
#include "library/library_calls.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/temporary_file.hpp"
#include "base/try.hpp"
#include "conversion/format_lookup.hpp"
#include "library/call_context.hpp"
#include "library/input_errors.hpp"

namespace convert::library {
namespace {

/// Forwards to a Writer that it does not own.
class BorrowedWriter : public Writer {
 public:
  explicit BorrowedWriter(Writer& target) : target_(target) {}
  bool seekable() const override { return target_.seekable(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return target_.write_at(offset, from);
  }
  Result<void> commit() override { return target_.commit(); }

 private:
  Writer& target_;
};

/// Hides the progress of the extraction, which is only a part of the conversion.
ConvertOptions without_fraction(const ConvertOptions& options) {
  ConvertOptions quiet = options;
  quiet.progress = [&options](const Progress&) { options.progress(Progress{}); };
  return quiet;
}

/// The format "raw", whose output is an entry's bytes. Errors: `unsupported` without an archive converter.
Result<TargetFormat> raw_format(const FormatCatalogue& catalogue) {
  auto raw = catalogue.target("raw");
  if (raw && raw->format->family == Family::archive) return raw;
  return Error{Errc::unsupported, "entry needs archives, which this build does not read."};
}

/// Extracts one entry of the only input into a temporary file.
Result<std::unique_ptr<Reader>> extract_entry(CallContext& call, const GuardedInputs& inputs,
                                              const TargetFormat& raw, const std::string& entry) {
  if (inputs.inputs().size() != 1) {
    return Error{Errc::invalid_argument, "entry needs exactly one input, an archive."};
  }
  CONVERT_TRY_ASSIGN(auto file, base::TemporaryFile::create(call.options()));
  OutputSpec spec;
  spec.format = raw.format->name;
  spec.entry = entry;
  const auto borrowed = single_output(std::make_unique<BorrowedWriter>(*file));
  std::atomic<std::uint64_t> count = 0;  // not output of the call
  conversion::GuardedOutputs guarded(*borrowed, call.limits().output_bytes, count, call.first_error());
  CONVERT_TRY_ASSIGN(const auto report, raw.converter->convert(inputs.inputs(), guarded, spec,
                                                               without_fraction(call.options())));
  for (const Warning& warning : report.warnings) call.notifier().warn(warning);
  CONVERT_TRY(guarded.commit_all());
  return std::unique_ptr<Reader>(std::move(file));
}

/// Probes with the most certain Converter, then with the next one if it does not recognize the input.
Result<MediaInfo> probe_with_converters(const LibraryState& state, const Input& input,
                                        std::span<const std::byte> head, CallContext& call) {
  Result<MediaInfo> result = unrecognized_input_error(state.catalogue, input);
  for (const Recognition& recognition : state.catalogue.recognize(head)) {
    auto info = recognition.converter->probe(input, call.options());
    if (info || info.error().code != Errc::unrecognized_input) return info;
    result = std::move(info);
  }
  return result;
}

void complete_info(const LibraryState& state, const Input& input, CallContext& call, MediaInfo& info) {
  const auto formats = state.catalogue.formats();
  if (info.title.empty()) {
    if (const Format* format = find_format(formats, info.format)) info.title = format->title;
  }
  if (!info.size) info.size = input.reader->size();
  if (const auto mismatch = conversion::name_mismatch(formats, input.name, info.format))
    call.notifier().warn(*mismatch);
  info.warnings = call.all_warnings(info.warnings);
}

}  // namespace

Result<MediaInfo> probe(const LibraryState& state, const Input& input, const ConvertOptions& user) {
  CallContext call(state, user);
  CONVERT_TRY(call.options().check_cancellation());
  GuardedInputs inputs(std::span(&input, 1), call, GuardedInputs::Keep::all);
  CONVERT_TRY(inputs.check());
  CONVERT_TRY_ASSIGN(const auto head, inputs.read_head());
  const Input& guarded = inputs.inputs().front();
  if (head.empty()) return empty_input(guarded);
  auto info = probe_with_converters(state, guarded, inputs.head(), call);
  if (!info) return call.root_error(info.error());
  if (auto first_error = call.first_error().get()) return *first_error;
  complete_info(state, guarded, call, *info);
  info->consumed = std::move(std::move(inputs).take_consumed().front());
  return info;
}

namespace {

/// The target format with its Converter, and the spec with the format's canonical name.
struct ResolvedRequest {
  TargetFormat target;
  OutputSpec spec;
  std::string entry;  // to extract from the input first
};

Result<ResolvedRequest> resolve_request(const LibraryState& state, const OutputSpec& spec) {
  if (spec.format.empty()) {
    return Error{Errc::invalid_argument,
                 fmt::format("format is missing. Use one of {}.", state.catalogue.writable_names())};
  }
  CONVERT_TRY_ASSIGN(auto target, state.catalogue.target(spec.format));
  ResolvedRequest request{target, spec, {}};
  request.spec.format = target.format->name;
  if (target.format->family != Family::archive) std::swap(request.entry, request.spec.entry);
  CONVERT_TRY(validate(request.spec, *target.format));
  return request;
}

/// Reads the head and rejects an empty input.
Result<void> check_head(GuardedInputs& inputs, const TargetFormat& target) {
  CONVERT_TRY_ASSIGN(const auto head, inputs.read_head());
  // An archive can hold an empty file.
  const bool packed = target.format->family == Family::archive;
  if (head.empty() && inputs.inputs().size() == 1 && !packed) return empty_input(inputs.inputs().front());
  return {};
}

/// Runs one step of a Converter and improves its error for the caller.
template <class Step>
auto run_step(const LibraryState& state, CallContext& call, GuardedInputs& inputs, const TargetFormat& target,
              Step step) -> decltype(step()) {
  if (auto usable = check_head(inputs, target); !usable) return call.root_error(usable.error());
  const bool any_content = target.format->family == Family::archive;
  if (!any_content && state.catalogue.better_known_to_another(inputs.head(), *target.converter)) {
    return explain_mismatch(state.catalogue, inputs, call, target,
                            unrecognized_input_error(state.catalogue, inputs.inputs().front()));
  }
  auto result = step();
  if (!result)
    return explain_mismatch(state.catalogue, inputs, call, target, call.root_error(result.error()));
  if (auto first_error = call.first_error().get()) return *first_error;
  return result;
}

Result<Plan> plan_direct(const LibraryState& state, CallContext& call, GuardedInputs& inputs,
                         const ResolvedRequest& request) {
  return run_step(state, call, inputs, request.target, [&]() {
    return request.target.converter->plan(inputs.inputs(), request.spec, call.options());
  });
}

Result<Report> convert_direct(const LibraryState& state, CallContext& call, GuardedInputs& inputs,
                              Outputs& outputs, const ResolvedRequest& request) {
  conversion::GuardedOutputs guarded(outputs, call.limits().output_bytes, call.counters().written,
                                     call.first_error());
  auto report = run_step(state, call, inputs, request.target, [&]() {
    return request.target.converter->convert(inputs.inputs(), guarded, request.spec, call.options());
  });
  if (!report) return report;
  CONVERT_TRY(call.options().check_cancellation());
  CONVERT_TRY(guarded.commit_all());
  return report;
}

/// Runs `step` on the inputs, or on the extracted entry if the request names one.
template <class Step>
auto run_on_entry(const LibraryState& state, CallContext& call, GuardedInputs& inputs,
                  const ResolvedRequest& request, Step step) -> decltype(step(inputs)) {
  if (request.entry.empty()) return step(inputs);
  CONVERT_TRY_ASSIGN(auto raw, raw_format(state.catalogue));
  auto entry =
      run_step(state, call, inputs, raw, [&]() { return extract_entry(call, inputs, raw, request.entry); });
  if (!entry) return std::move(entry).error();
  const Input extracted{entry->get(), request.entry};
  GuardedInputs inner(std::span(&extracted, 1), call, GuardedInputs::Keep::head);
  CONVERT_TRY(inner.check());
  return step(inner);
}

}  // namespace

Result<Plan> plan(const LibraryState& state, std::span<const Input> inputs, const OutputSpec& spec,
                  const ConvertOptions& user) {
  CallContext call(state, user);
  CONVERT_TRY(call.options().check_cancellation());
  GuardedInputs guarded(inputs, call, GuardedInputs::Keep::all);
  CONVERT_TRY(guarded.check());
  CONVERT_TRY_ASSIGN(auto request, resolve_request(state, spec));
  auto plan = run_on_entry(state, call, guarded, request,
                           [&](GuardedInputs& from) { return plan_direct(state, call, from, request); });
  if (!plan) return plan;
  if (plan->format.empty()) plan->format = request.spec.format;
  if (!request.entry.empty()) plan->spools_input = true;
  plan->warnings = call.all_warnings(plan->warnings);
  plan->consumed = std::move(guarded).take_consumed();
  return plan;
}

Result<Report> convert(const LibraryState& state, std::span<const Input> inputs, Outputs& outputs,
                       const OutputSpec& spec, const ConvertOptions& user) {
  CallContext call(state, user);
  CONVERT_TRY(call.options().check_cancellation());
  GuardedInputs guarded(inputs, call, GuardedInputs::Keep::head);
  CONVERT_TRY(guarded.check());
  CONVERT_TRY_ASSIGN(auto request, resolve_request(state, spec));
  auto report = run_on_entry(state, call, guarded, request, [&](GuardedInputs& from) {
    return convert_direct(state, call, from, outputs, request);
  });
  if (!report) return report;
  report->warnings = call.all_warnings(report->warnings);
  call.notifier().finished();
  return report;
}

}  // namespace convert::library
