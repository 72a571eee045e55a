// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/json.hpp>
#include <convert/media_info.hpp>
#include <convert/output_spec.hpp>

#include "base/json_writer.hpp"
#include "conversion/option_ranges.hpp"
#include "library/option_table.hpp"

namespace convert {
namespace {

using base::JsonWriter;
using std::string_view;

// These write nothing for an unknown value: zero, an empty text or an empty optional.
void member(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.key(name).text(value);
}

void member(JsonWriter& json, std::string_view name, std::int64_t value) {
  if (value != 0) json.key(name).integer(value);
}

void member(JsonWriter& json, std::string_view name, const std::optional<std::uint64_t>& value) {
  if (value) json.key(name).unsigned_integer(*value);
}

void member(JsonWriter& json, std::string_view name, const std::optional<std::chrono::nanoseconds>& value) {
  if (value) json.key(name).seconds(*value);
}

template <class Range, class Write>
void list(JsonWriter& json, std::string_view name, const Range& range, Write write) {
  json.key(name).begin_array();
  for (const auto& item : range) write(json, item);
  json.end_array();
}

void texts(JsonWriter& json, std::string_view name, std::span<const std::string_view> values) {
  list(json, name, values, [](JsonWriter& out, std::string_view value) { out.text(value); });
}

void write_warning(JsonWriter& json, const Warning& warning) {
  json.begin_object();
  json.key("code").text(to_string(warning.code));
  json.key("message").text(warning.message);
  json.end_object();
}

void write_stream(JsonWriter& json, const StreamInfo& stream) {
  json.begin_object();
  json.key("index").integer(stream.index);
  json.key("kind").text(to_string(stream.kind));
  member(json, "codec", stream.codec);
  member(json, "language", stream.language);
  json.key("is_default").boolean(stream.is_default);
  member(json, "start", stream.start);
  member(json, "duration", stream.duration);
  member(json, "bitrate", stream.bitrate);
  member(json, "sample_rate", stream.sample_rate);
  member(json, "channels", stream.channels);
  member(json, "channel_layout", stream.channel_layout);
  member(json, "bits_per_sample", stream.bits_per_sample);
  member(json, "samples", stream.samples);
  member(json, "width", stream.width);
  member(json, "height", stream.height);
  if (stream.frame_rate > 0) json.key("frame_rate").number(stream.frame_rate);
  if (stream.size != 0) json.key("size").unsigned_integer(stream.size);
  json.end_object();
}

void write_chapter(JsonWriter& json, const Chapter& chapter) {
  json.begin_object();
  json.key("start").seconds(chapter.start);
  json.key("end").seconds(chapter.end);
  member(json, "title", chapter.title);
  json.end_object();
}

void write_entry(JsonWriter& json, const EntryInfo& entry) {
  json.begin_object();
  json.key("name").text(entry.name);
  json.key("kind").text(to_string(entry.kind));
  member(json, "size", entry.size);
  member(json, "modified", std::int64_t{entry.modified.time_since_epoch().count()});  // seconds since 1970
  member(json, "mode", std::int64_t{entry.mode});
  json.end_object();
}

void write_tags(JsonWriter& json, const std::map<std::string, std::string>& tags) {
  json.key("tags").begin_object();
  for (const auto& [name, value] : tags) json.key(name).text(value);
  json.end_object();
}

void write_stream_plan(JsonWriter& json, const StreamPlan& stream) {
  json.begin_object();
  json.key("input").integer(stream.input);
  json.key("stream").integer(stream.stream);
  json.key("kind").text(to_string(stream.kind));
  json.key("action").text(to_string(stream.action));
  member(json, "from", stream.source_codec);
  member(json, "to", stream.target_codec);
  member(json, "reason", stream.reason);
  json.end_object();
}

void write_output_report(JsonWriter& json, const OutputReport& output) {
  json.begin_object();
  json.key("name").text(output.name);
  member(json, "format", output.format);
  member(json, "mime_type", output.mime_type);
  json.key("size").unsigned_integer(output.size);
  member(json, "duration", output.duration);
  member(json, "samples", output.samples);
  member(json, "sample_rate", output.sample_rate);
  member(json, "leading_padding", output.leading_padding);
  member(json, "trailing_padding", output.trailing_padding);
  json.end_object();
}

/// The allowed values of an option in this format: "8000 to 320000 bit/s", or one range for each codec.
std::string allowed_for_format(const library::OptionRow& field, const Format& format) {
  const string_view name = field.option.name;
  if (name == "audio_codec") return fmt::format("{}, or copy", fmt::join(format.codecs, ", "));
  std::string text;
  for (const OptionRange& range : format.option_ranges) {
    if (range.option != name) continue;
    text += fmt::format("{}{}{}", text.empty() ? "" : "; ",
                        format.codecs.size() > 1 ? fmt::format("{}: ", range.codec) : "",
                        conversion::range_text(range));
  }
  return text.empty() ? std::string(field.option.allowed) : text;
}

void write_range(JsonWriter& json, const OptionRange& range, bool numbers) {
  json.begin_object();
  member(json, "codec", range.codec);
  if (range.values.empty()) {
    json.key("min").number(range.min);
    json.key("max").number(range.max);
  } else {
    list(json, "values", range.values, [&](JsonWriter& out, string_view value) {
      if (numbers)
        out.integer(std::atoll(std::string(value).c_str()));
      else
        out.text(value);
    });
  }
  member(json, "unit", range.unit);
  json.end_object();
}

/// The exact ranges of an option, for programs that check or draw it. Absent if the format has none.
void write_ranges(JsonWriter& json, const library::OptionRow& field, const Format& format) {
  std::vector<OptionRange> ranges;
  for (const OptionRange& range : format.option_ranges) {
    if (range.option == field.option.name) ranges.push_back(range);
  }
  if (ranges.empty()) return;
  list(json, "ranges", ranges, [&](JsonWriter& out, const OptionRange& range) {
    write_range(out, range, field.option.type != "text");
  });
}

void write_option(JsonWriter& json, string_view name, const Format& format) {
  json.begin_object();
  const auto* field = library::find_option(name);
  json.key("name").text(field != nullptr ? field->option.name : name);
  if (field != nullptr) {
    json.key("type").text(field->option.type);
    json.key("allowed").text(allowed_for_format(*field, format));
    json.key("meaning").text(field->option.meaning);
    write_ranges(json, *field, format);
  }
  json.end_object();
}

void write_capabilities(JsonWriter& json, const FormatCapabilities& capabilities) {
  json.key("holds").begin_object();
  json.key("tags").boolean(capabilities.tags);
  json.key("known_tags_only").boolean(capabilities.known_tags_only);
  json.key("cover").boolean(capabilities.cover_art);
  json.key("chapters").boolean(capabilities.chapters);
  json.key("exact_length").boolean(capabilities.gapless);
  json.key("late_start").boolean(capabilities.start_offset);
  json.key("several_files").boolean(capabilities.multiple_inputs);
  json.end_object();
}

string_view forward_name(ForwardOnlySupport forward) {
  switch (forward) {
    case ForwardOnlySupport::complete:
      return "complete";
    case ForwardOnlySupport::reduced:
      return "reduced";
    case ForwardOnlySupport::spooled:
      break;
  }
  return "spooled";
}

void write_format(JsonWriter& json, const Format& format) {
  json.begin_object();
  json.key("name").text(format.name);
  json.key("title").text(format.title);
  json.key("family").text(to_string(format.family));
  texts(json, "extensions", format.extensions);
  member(json, "mime_type", format.mime_type);
  json.key("readable").boolean(format.readable);
  json.key("writable").boolean(format.writable);
  texts(json, "codecs", format.codecs);
  list(json, "options", format.options,
       [&](JsonWriter& out, string_view name) { write_option(out, name, format); });
  write_capabilities(json, format.capabilities);
  json.key("forward").text(forward_name(format.forward_only));
  member(json, "forward_missing", format.forward_only_missing);
  json.end_object();
}

}  // namespace

std::string to_json(const MediaInfo& info) {
  JsonWriter json;
  json.begin_object();
  member(json, "format", info.format);
  member(json, "title", info.title);
  json.key("family").text(to_string(info.family));
  member(json, "size", info.size);
  member(json, "duration", info.duration);
  member(json, "bitrate", info.bitrate);
  if (info.family == Family::archive) {
    list(json, "entries", info.entries, write_entry);
  } else {
    list(json, "streams", info.streams, write_stream);
    write_tags(json, info.tags);
    list(json, "chapters", info.chapters, write_chapter);
  }
  list(json, "warnings", info.warnings, write_warning);
  json.end_object();
  return std::move(json).take();
}

std::string to_json(const Plan& plan) {
  JsonWriter json;
  json.begin_object();
  member(json, "format", plan.format);
  list(json, "streams", plan.streams, write_stream_plan);
  list(json, "warnings", plan.warnings, write_warning);
  member(json, "duration", plan.duration);
  member(json, "size", plan.size);
  if (plan.cpu_seconds) json.key("effort").number(*plan.cpu_seconds);
  json.key("spools_input").boolean(plan.spools_input);
  json.key("spools_output").boolean(plan.spools_output);
  member(json, "forward_missing", plan.forward_only_missing);
  json.end_object();
  return std::move(json).take();
}

std::string to_json(const Report& report) {
  JsonWriter json;
  json.begin_object();
  list(json, "outputs", report.outputs, write_output_report);
  list(json, "streams", report.streams, write_stream_plan);
  list(json, "warnings", report.warnings, write_warning);
  json.end_object();
  return std::move(json).take();
}

std::string to_json(const Error& error) {
  JsonWriter json;
  json.begin_object();
  json.key("code").text(to_string(error.code));
  json.key("message").text(error.message);
  json.key("retryable").boolean(error.retryable);
  json.end_object();
  return std::move(json).take();
}

std::string to_json(std::span<const Format> formats) {
  JsonWriter json;
  json.begin_array();
  for (const Format& format : formats) write_format(json, format);
  json.end_array();
  return std::move(json).take();
}

namespace {

// Clamped to the range of nanoseconds.
void write_time(JsonWriter& json, std::string_view name, Time time) {
  using std::chrono::milliseconds;
  using std::chrono::nanoseconds;
  constexpr auto first = std::chrono::ceil<milliseconds>(nanoseconds::min());
  constexpr auto last = std::chrono::floor<milliseconds>(nanoseconds::max());
  json.key(name).seconds(std::clamp(time.time_since_epoch(), first, last));
}

void write_time(JsonWriter& json, std::string_view name, const std::optional<Time>& time) {
  if (time) write_time(json, name, *time);
}

void write_job_input(JsonWriter& json, const JobInput& input) {
  json.begin_object();
  json.key("name").text(input.name);
  json.key("size").unsigned_integer(input.size);
  member(json, "sha256", input.sha256);
  json.end_object();
}

void write_job_output(JsonWriter& json, const JobOutput& output) {
  json.begin_object();
  json.key("name").text(output.name);
  json.key("size").unsigned_integer(output.size);
  member(json, "sha256", output.sha256);
  member(json, "content_type", output.content_type);
  if (output.duration) json.key("duration").seconds(*output.duration);
  json.end_object();
}

void write_job_request(JsonWriter& json, const JobRequest& request) {
  json.begin_object();
  json.key("owner").text(request.owner);
  list(json, "inputs", request.inputs, write_job_input);
  json.key("spec").json(to_json(request.spec));
  json.key("priority").integer(request.priority);
  json.key("urgency").integer(request.urgency);
  if (request.not_before != Time{}) write_time(json, "not_before", request.not_before);
  json.key("max_attempts").integer(request.max_attempts);
  json.key("max_interruptions").integer(request.max_interruptions);
  member(json, "unique_key", request.unique_key);
  json.key("labels").begin_object();
  for (const auto& [name, value] : request.labels) json.key(name).text(value);
  json.end_object();
  member(json, "fingerprint", request.fingerprint);
  json.end_object();
}

}  // namespace

std::string to_json(const Job& job) {
  JsonWriter json;
  json.begin_object();
  json.key("id").integer(job.id);
  json.key("state").text(to_string(job.state));
  write_job_request(json.key("request"), job.request);
  list(json, "outputs", job.outputs, write_job_output);
  list(json, "warnings", job.warnings, write_warning);
  if (job.error) json.key("error").json(to_json(*job.error));
  json.key("attempt").integer(job.attempt);
  json.key("interruptions").integer(job.interruptions);
  json.key("token").integer(job.token);
  member(json, "worker", job.worker);
  json.key("progress").number(job.progress);
  json.key("revision").integer(job.revision);
  write_time(json, "created", job.created);
  write_time(json, "not_before", job.not_before);
  write_time(json, "started", job.started);
  write_time(json, "finished", job.finished);
  json.key("inputs_expired").boolean(job.inputs_expired);
  json.key("outputs_expired").boolean(job.outputs_expired);
  json.end_object();
  return std::move(json).take();
}

}  // namespace convert
