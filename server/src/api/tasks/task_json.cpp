// SPDX-License-Identifier: MIT
#include "api/tasks/task_json.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <convert/output_spec.hpp>

#include "api/support/problems.hpp"
#include "base/json_writer.hpp"
#include "http/message/url.hpp"

namespace convert::server::api {
namespace {

using base::JsonWriter;

constexpr std::array<std::pair<JobState, std::string_view>, kJobStates> kStateNames{{
    {JobState::queued, "UPLOADED"},
    {JobState::running, "PROCESSING"},
    {JobState::succeeded, "PROCESSED"},
    {JobState::failed, "FAILED"},
    {JobState::cancelled, "CANCELLED"},
}};

std::string extension_of(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string extension(name.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}

std::string_view extension_of(const OutputSpec& spec, std::span<const Format> formats) {
  const Format* format = find_format(formats, spec.format);
  if (format == nullptr || format->extensions.empty()) return spec.format;
  return format->extensions.front();
}

std::string options_json(OutputSpec spec) {
  spec.format.clear();
  return to_json(spec);
}

void write_error(JsonWriter& json, const std::optional<Error>& error) {
  json.key("error");
  if (!error) {
    json.json("null");
    return;
  }
  json.begin_object();
  json.key("code").text(to_string(error->code));
  json.key("message").text(conversion_problem(*error).detail);
  json.end_object();
}

void write_output(JsonWriter& json, JobId id, const JobOutput& output) {
  json.begin_object();
  json.key("name").text(output.name);
  json.key("size").unsigned_integer(output.size);
  json.key("contentType").text(output.content_type);
  json.key("sha256").text(output.sha256);
  json.key("url").text(output_url(id, output.name));
  json.end_object();
}

void write_warning(JsonWriter& json, const Warning& warning) {
  json.begin_object();
  json.key("code").text(to_string(warning.code));
  json.key("message").text(warning.message);
  json.end_object();
}

void write_title(JsonWriter& json, const Job& job) {
  const auto title = job.request.labels.find(kTitleLabel);
  json.key("title");
  if (title == job.request.labels.end()) {
    json.json("null");
  } else {
    json.text(title->second);
  }
}

void write_task(JsonWriter& json, const Job& job, std::string_view user, std::span<const Format> formats) {
  const std::string_view name = task_name(job);
  json.begin_object();
  json.key("id").integer(job.id);
  json.key("name").text(name);
  write_title(json, job);
  json.key("originalExt").text(extension_of(name));
  json.key("convertedExt").text(extension_of(job.request.spec, formats));
  json.key("state").text(task_state(job.state));
  json.key("progress").number(job.progress);
  json.key("timestamp").text(timestamp(job.created));
  json.key("user").text(user);
  json.key("options").json(options_json(job.request.spec));
  json.key("attempt").integer(job.attempt);
  write_error(json, job.error);
  json.key("outputs").begin_array();
  for (const JobOutput& output : job.outputs) write_output(json, job.id, output);
  json.end_array();
  json.key("warnings").begin_array();
  for (const Warning& warning : job.warnings) write_warning(json, warning);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string_view task_state(JobState state) noexcept {
  const auto row =
      std::find_if(kStateNames.begin(), kStateNames.end(), [&](auto& known) { return known.first == state; });
  return row == kStateNames.end() ? std::string_view("UPLOADED") : row->second;
}

std::optional<JobState> job_state(std::string_view task_state) noexcept {
  const auto row = std::find_if(kStateNames.begin(), kStateNames.end(),
                                [&](auto& known) { return known.second == task_state; });
  if (row == kStateNames.end()) return {};
  return row->first;
}

std::string timestamp(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (time - seconds).count());
}

std::string task_url(JobId id) { return fmt::format("/api/tasks/{}", id); }

std::string output_url(JobId id, std::string_view output_name) {
  return fmt::format("/api/tasks/{}/outputs/{}", id, http::percent_encode(output_name_in_url(output_name)));
}

std::string output_name_in_url(std::string_view output_name) {
  std::string name(output_name);
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

std::string_view task_name(const Job& job) {
  const auto label = job.request.labels.find(kNameLabel);
  if (label != job.request.labels.end()) return label->second;
  return job.request.inputs.empty() ? std::string_view() : std::string_view(job.request.inputs.front().name);
}

std::string task_json(const Job& job, std::string_view user, std::span<const Format> formats) {
  JsonWriter json;
  write_task(json, job, user, formats);
  return std::move(json).take();
}

std::string tasks_json(std::span<const Job> jobs, std::string_view user, std::span<const Format> formats) {
  JsonWriter json;
  json.begin_array();
  for (const Job& job : jobs) write_task(json, job, user, formats);
  json.end_array();
  return std::move(json).take();
}

std::string message_and_task(std::string_view message, std::string_view task) {
  JsonWriter json;
  json.begin_object();
  json.key("message").text(message);
  json.key("task").json(task);
  json.end_object();
  return std::move(json).take();
}

std::string progress_json(const Job& job) {
  JsonWriter json;
  json.begin_object();
  json.key("id").integer(job.id);
  json.key("progress").number(job.progress);
  json.end_object();
  return std::move(json).take();
}

}  // namespace convert::server::api
