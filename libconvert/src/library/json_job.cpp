// SPDX-License-Identifier: MIT
#include <convert/json.hpp>
#include <convert/output_spec.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "library/json_members.hpp"

namespace convert {
namespace {

using base::JsonWriter;
using library::list;
using library::member;

// Beyond the years that nanoseconds can count, the last of them is written.
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

void write_input(JsonWriter& json, const JobInput& input) {
  json.begin_object();
  json.key("name").text(input.name);
  json.key("size").unsigned_integer(input.size);
  member(json, "sha256", input.sha256);
  json.end_object();
}

void write_output(JsonWriter& json, const JobOutput& output) {
  json.begin_object();
  json.key("name").text(output.name);
  json.key("size").unsigned_integer(output.size);
  member(json, "sha256", output.sha256);
  member(json, "content_type", output.content_type);
  if (output.duration) json.key("duration").seconds(*output.duration);
  json.end_object();
}

void write_request(JsonWriter& json, const JobRequest& request) {
  json.begin_object();
  json.key("owner").text(request.owner);
  list(json, "inputs", request.inputs, write_input);
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
  write_request(json.key("request"), job.request);
  list(json, "outputs", job.outputs, write_output);
  list(json, "warnings", job.warnings, library::write_warning);
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
