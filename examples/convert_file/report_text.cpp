// SPDX-License-Identifier: MIT
#include "report_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "command_line.hpp"
#include "text.hpp"

namespace convert_file {
namespace {

using convert::EntryInfo;
using convert::Format;
using convert::MediaInfo;
using convert::Plan;
using convert::StreamInfo;

using Phrases = std::vector<std::string>;

std::string joined(const Phrases& phrases) { return fmt::format("{}", fmt::join(phrases, ", ")); }

std::string channels_text(const StreamInfo& stream) {
  if (!stream.channel_layout.empty()) return clean(stream.channel_layout);
  if (stream.channels <= 2) return stream.channels == 1 ? "mono" : "stereo";
  return fmt::format("{} channels", stream.channels);
}

std::string stream_text(const StreamInfo& stream) {
  Phrases phrases{fmt::format("{} {}", to_string(stream.kind), clean(stream.codec))};
  if (stream.sample_rate > 0) phrases.push_back(fmt::format("{} Hz", stream.sample_rate));
  if (stream.channels > 0) phrases.push_back(channels_text(stream));
  if (stream.bits_per_sample > 0) phrases.push_back(fmt::format("{} bit", stream.bits_per_sample));
  if (stream.width > 0) phrases.push_back(fmt::format("{} x {}", stream.width, stream.height));
  if (stream.frame_rate > 0) phrases.push_back(fmt::format("{:.3g} frames/s", stream.frame_rate));
  if (stream.bitrate > 0) phrases.push_back(bitrate_text(stream.bitrate));
  if (stream.size > 0) phrases.push_back(size_text(stream.size));
  if (stream.start && stream.start->count() > 0) {
    phrases.push_back(fmt::format("starts at {}", time_text(*stream.start, true)));
  }
  if (stream.duration) phrases.push_back(time_text(*stream.duration, true));
  if (stream.samples > 0) phrases.push_back(fmt::format("{} samples", stream.samples));
  if (!stream.language.empty()) phrases.push_back(clean(stream.language));
  if (stream.is_default) phrases.push_back("default");
  return joined(phrases);
}

std::string entry_text(const EntryInfo& entry) {
  const auto date = std::chrono::time_point_cast<std::chrono::seconds>(entry.modified);
  return fmt::format("    {:<6} {:04o} {:>14} {:%Y-%m-%d %H:%M} {}\n", to_string(entry.kind),
                     entry.mode & 07777U, entry.size ? fmt::format("{}", *entry.size) : "?",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(date)), clean(entry.name));
}

std::string warnings_text(const std::vector<convert::Warning>& warnings) {
  std::string text;
  for (const auto& warning : warnings) text += fmt::format("  warning: {}\n", clean(warning.message));
  return text;
}

std::string details_text(const MediaInfo& info) {
  std::string text;
  auto out = std::back_inserter(text);
  for (const auto& stream : info.streams)
    fmt::format_to(out, "  stream {}: {}\n", stream.index, stream_text(stream));
  if (!info.tags.empty()) fmt::format_to(out, "  tags:\n");
  for (const auto& [name, value] : info.tags) fmt::format_to(out, "    {}: {}\n", clean(name), clean(value));
  if (!info.chapters.empty()) fmt::format_to(out, "  chapters:\n");
  for (const auto& chapter : info.chapters) {
    fmt::format_to(out, "    {} to {}  {}\n", time_text(chapter.start, true), time_text(chapter.end, true),
                   clean(chapter.title));
  }
  if (!info.entries.empty()) fmt::format_to(out, "  entries (kind, mode, bytes, time in UTC, name):\n");
  for (const auto& entry : info.entries) text += entry_text(entry);
  return text;
}

std::string plan_stream_text(const convert::StreamPlan& stream, std::span<const std::string> inputs) {
  const auto input = static_cast<std::size_t>(stream.input);
  std::string what = fmt::format("{} {}", to_string(stream.action), to_string(stream.kind));
  if (stream.kind == convert::StreamKind::data && !stream.target_codec.empty())
    what = to_string(stream.action);
  if (!stream.source_codec.empty()) what += fmt::format(" {}", clean(stream.source_codec));
  if (!stream.target_codec.empty() && stream.target_codec != stream.source_codec)
    what += fmt::format(" to {}", clean(stream.target_codec));
  const auto name = inputs.size() > 1 && input < inputs.size() ? clean(inputs[input]) + ", " : std::string();
  return fmt::format("  {}stream {}: {} ({})\n", name, stream.stream, what, clean(stream.reason));
}

}  // namespace

std::string text_of(const MediaInfo& info, std::string_view name) {
  Phrases phrases{fmt::format("{} ({})", clean(info.title), info.format)};
  if (info.size) phrases.push_back(size_text(*info.size));
  if (info.duration) phrases.push_back(time_text(*info.duration, true));
  if (info.bitrate > 0) phrases.push_back(bitrate_text(info.bitrate));
  return fmt::format("{}: {}\n{}{}", clean(name), joined(phrases), details_text(info),
                     warnings_text(info.warnings));
}

std::string text_of(const Plan& plan, std::span<const std::string> inputs, std::string_view output) {
  Phrases phrases{plan.format};
  if (plan.duration) phrases.push_back(time_text(*plan.duration, true));
  if (plan.size) phrases.push_back(fmt::format("about {}", size_text(*plan.size)));
  if (plan.cpu_seconds) phrases.push_back(fmt::format("about {:.2f} s of one core", *plan.cpu_seconds));
  auto text =
      fmt::format("{}: {}\n", output.empty() ? std::string("output") : clean(output), joined(phrases));
  for (const auto& stream : plan.streams) text += plan_stream_text(stream, inputs);
  if (plan.spools_input) text += "  the input cannot seek: it is read into a temporary file first\n";
  const bool may_be_a_pipe = output.empty() || output == standard_stream;
  if (plan.spools_output && may_be_a_pipe)
    text += "  an output that cannot seek gets its bytes at the end only\n";
  if (!plan.forward_only_missing.empty() && may_be_a_pipe) {
    text += fmt::format("  an output that cannot seek lacks {}\n", clean(plan.forward_only_missing));
  }
  return text + warnings_text(plan.warnings);
}

std::string text_of(std::span<const Format> formats) {
  std::size_t name_width = 4;
  std::size_t title_width = 5;
  for (const auto& format : formats) {
    name_width = std::max(name_width, format.name.size());
    title_width = std::max(title_width, format.title.size());
  }
  auto text = fmt::format("{:<{}}  {:<{}}  {:<4}  {:<5}  {}\n", "name", name_width, "title", title_width, "",
                          "", "extensions; codecs");
  for (const auto& format : formats) {
    auto rest = fmt::format("{}", fmt::join(format.extensions, " "));
    if (!format.codecs.empty()) rest += fmt::format("; {}", fmt::join(format.codecs, " "));
    text += fmt::format("{:<{}}  {:<{}}  {:<4}  {:<5}  {}\n", format.name, name_width, format.title,
                        title_width, format.readable ? "read" : "", format.writable ? "write" : "", rest);
  }
  return text;
}

}  // namespace convert_file
