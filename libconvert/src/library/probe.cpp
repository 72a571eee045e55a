// SPDX-License-Identifier: MIT
#include <utility>

#include "conversion/format_lookup.hpp"
#include "library/input_errors.hpp"
#include "library/call_context.hpp"
#include "library/library_calls.hpp"

namespace convert::library {
namespace {

/// Asks the surest Converter, and the next one if that finds nothing of its own after all.
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
  if (auto go_on = call.options().check_cancellation(); !go_on) return std::move(go_on).error();
  GuardedInputs inputs(std::span(&input, 1), call, GuardedInputs::Keep::all);
  if (auto usable = inputs.check(); !usable) return std::move(usable).error();
  const auto head = inputs.read_head();
  if (!head) return head.error();
  const Input& guarded = inputs.inputs().front();
  if (head->empty()) return empty_input(guarded);
  auto info = probe_with_converters(state, guarded, inputs.head(), call);
  if (!info) return call.root_error(info.error());
  if (auto first_error = call.first_error().get()) return *first_error;
  complete_info(state, guarded, call, *info);
  info->consumed = std::move(std::move(inputs).take_consumed().front());
  return info;
}

}  // namespace convert::library
