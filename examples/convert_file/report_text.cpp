// SPDX-License-Identifier: MIT
#include "report_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "command_line.hpp"

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

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string time_text(std::chrono::nanoseconds time, bool exact) {
  const auto rounded = exact ? std::chrono::round<std::chrono::milliseconds>(time)
                             : std::chrono::round<std::chrono::seconds>(time);
  const auto milliseconds = rounded.count();
  const auto hours = milliseconds / 3'600'000;
  const auto minutes = milliseconds / 60'000 % 60;
  const auto seconds = milliseconds / 1000 % 60;
  auto text = hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, seconds)
                        : fmt::format("{}:{:02}", minutes, seconds);
  if (exact) text += fmt::format(".{:03}", milliseconds % 1000);
  return text;
}

std::string bitrate_text(std::int64_t bits_per_second) {
  return fmt::format("{:.0f} kbit/s", static_cast<double>(bits_per_second) / 1000);
}

std::string clean(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {  // U+0080 to U+009F are control characters
      result += '?';
      ++i;
    } else {
      result += byte < 0x20 || byte == 0x7F ? '?' : text[i];
    }
  }
  return result;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (column > indent && column + 1 + word.size() > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return result;
}

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
  const bool may_be_a_pipe = output.empty() || output == kStandardStream;
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
