// SPDX-License-Identifier: MIT
#include <utility>

#include "io/names.hpp"
#include "library/advice.hpp"
#include "library/call.hpp"
#include "library/core.hpp"

namespace convert::library {
namespace {

/// Asks the surest Converter, and the next one if that finds nothing of its own after all.
Result<MediaInfo> ask(const Core& core, const Input& input, std::span<const std::byte> head, Call& call) {
  Result<MediaInfo> answer = unrecognized(core.catalogue, input);
  for (const Guess& guess : core.catalogue.recognize(head)) {
    auto info = guess.converter->probe(input, call.options());
    if (info || info.error().code != Errc::unrecognized_input) return info;
    answer = std::move(info);
  }
  return answer;
}

void complete(const Core& core, const Input& input, Call& call, MediaInfo& info) {
  const auto formats = core.catalogue.formats();
  if (info.title.empty()) {
    if (const Format* format = find_format(formats, info.format)) info.title = format->title;
  }
  if (!info.size) info.size = input.bytes->size();
  if (const auto mismatch = io::name_mismatch(formats, input.name, info.format))
    call.notices().warn(*mismatch);
  info.warnings = call.all_warnings(info.warnings);
}

}  // namespace

Result<MediaInfo> probe(const Core& core, const Input& input, const ConvertOptions& user) {
  Call call(core, user);
  if (auto go_on = call.options().check(); !go_on) return std::move(go_on).error();
  GuardedInputs inputs(std::span(&input, 1), call, GuardedInputs::Keep::all);
  if (auto usable = inputs.check(); !usable) return std::move(usable).error();
  const auto head = inputs.look();
  if (!head) return head.error();
  const Input& guarded = inputs.inputs().front();
  if (head->empty()) return empty_input(guarded);
  auto info = ask(core, guarded, inputs.head(), call);
  if (!info) return call.cause(info.error());
  if (auto fault = call.fault().get()) return *fault;
  complete(core, guarded, call, *info);
  info->consumed = std::move(std::move(inputs).take_consumed().front());
  return info;
}

}  // namespace convert::library
