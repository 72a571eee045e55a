// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <span>
#include <utility>
#include "api/auth/authentication.hpp"
#include "api/convert/format_list.hpp"
#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "api/tasks/task_access.hpp"
#include "api/tasks/task_json.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/message/field_values.hpp"
#include "http/message/http_date.hpp"

namespace convert::server::api {
namespace {

Problem not_ready() { return make_problem(404, "not_ready", "The task has no result yet."); }
Problem file_expired() { return make_problem(404, "expired", "This file has expired."); }

std::string last_modified(Time time) {
  return http::http_date(std::chrono::floor<std::chrono::seconds>(time));
}

std::string input_tag(const Job& job, std::size_t number) {
  const JobInput& input = job.request.inputs[number];
  if (!input.sha256.empty()) return fmt::format("\"i-{}\"", input.sha256);
  return fmt::format("\"{}-{}-{}\"", job.id, number, input.size);
}

std::string output_tag(const Job& job, const JobOutput& output) {
  if (!output.sha256.empty()) return fmt::format("\"{}\"", output.sha256);
  return fmt::format("\"{}-{}-{}\"", job.id, job.revision, output.size);
}

std::string input_media_type(const Engine& engine, std::string_view name) {
  const KnownFormats formats(engine);
  const Format* format = format_for_file_name(formats.rows(), name);
  return std::string(format == nullptr ? fallback_media_type(name) : format->mime_type);
}

/// Blocks. The storage's signed URL of the file, if redirects are enabled and the storage has one.
template <class File>
std::optional<std::string> storage_url(const Services& services, const File& file) {
  if (!services.options.redirect_downloads) return {};
  auto address = services.engine.signed_url(file, services.options.link_ttl);
  if (!address) return {};
  return std::move(*address);
}

Response redirect(std::string_view address) {
  return Response{302, {}, std::string(), false}.with("Location", address).with("Cache-Control", "no-store");
}

/// Blocks. A response with the bytes of an input or output, without header fields, or a redirect.
template <class File>
Outcome<Response> open_file(const Services& services, const File& file) {
  if (const auto elsewhere = storage_url(services, file)) return redirect(*elsewhere);
  auto reader = services.engine.open(file);
  if (!reader) return reader.error().code == Errc::not_found ? file_expired() : problem_of(reader.error());
  Response response;
  response.body = Content{std::move(*reader), file.size};
  return response;
}

Async<Outcome<Response>> send_input(Services& services, const Identity& who, const Job& job,
                                    std::size_t number) {
  if (number >= job.request.inputs.size()) co_return not_found();
  if (job.inputs_expired) co_return file_expired();
  const JobInput& input = job.request.inputs[number];
  auto opening = [&services, &input] { return open_file(services, input); };
  CONVERT_CO_TRY_ASSIGN(auto response, services.pool.run(opening));
  if (response.status != 200) co_return response;
  set_user_content_headers(response, input_media_type(services.engine, input.name), input.name,
                           who.credential == Identity::Credential::link);
  response.with("ETag", input_tag(job, number)).with("Last-Modified", last_modified(job.created));
  co_return response;
}

Async<Outcome<Response>> send_output(Services& services, const Identity& who, const Job& job,
                                     const JobOutput& output) {
  auto opening = [&services, &output] { return open_file(services, output); };
  CONVERT_CO_TRY_ASSIGN(auto response, services.pool.run(opening));
  if (response.status != 200) co_return response;
  set_user_content_headers(response, output.content_type, output.name,
                           who.credential == Identity::Credential::link);
  response.with("ETag", output_tag(job, output))
      .with("Last-Modified", last_modified(job.finished.value_or(job.created)));
  co_return response;
}

Outcome<void> check_outputs(const Job& job) {
  if (job.outputs_expired) return file_expired();
  if (job.outputs.empty()) return not_ready();
  return {};
}

const JobOutput* find_output(const Job& job, std::string_view name) {
  const auto found = std::find_if(job.outputs.begin(), job.outputs.end(), [&](const JobOutput& output) {
    return output.name == name || output_name_in_url(output.name) == name;
  });
  return found == job.outputs.end() ? nullptr : &*found;
}

constexpr std::size_t kMaxTasksSearched = 1'000;  // with a file of that name

/// A file of a task found by name: an output, otherwise an input.
struct NamedFile {
  const Job* job = nullptr;
  const JobOutput* output = nullptr;
  std::size_t input = 0;
  bool kept = false;
  Time time{};
};

std::optional<NamedFile> find_file(const Job& job, std::string_view name) {
  if (const JobOutput* output = find_output(job, name))
    return NamedFile{&job, output, 0, !job.outputs_expired, job.finished.value_or(job.created)};
  const auto& inputs = job.request.inputs;
  const auto input =
      std::find_if(inputs.begin(), inputs.end(), [&](const JobInput& one) { return one.name == name; });
  if (input == inputs.end()) return {};
  const auto number = static_cast<std::size_t>(input - inputs.begin());
  return NamedFile{&job, nullptr, number, !job.inputs_expired, job.created};
}

/// The newest file; files that are still stored come first. `jobs`: newest first.
std::optional<NamedFile> find_newest_file(std::span<const Job> jobs, std::string_view name) {
  std::optional<NamedFile> newest;
  for (const Job& job : jobs) {
    const auto file = find_file(job, name);
    if (!file) continue;
    if (!newest || std::pair(file->kept, file->time) > std::pair(newest->kept, newest->time)) newest = file;
  }
  return newest;
}

/// The index of the requested input: "?n=0" is the first.
std::optional<std::size_t> parse_input_index(const Request& request) {
  const auto text = request.query_parameter("n");
  if (!text) return 0;
  const auto number = http::parse_digits(*text);
  if (!number) return {};
  return static_cast<std::size_t>(*number);
}

}  // namespace

Async<Outcome<Response>> get_input(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  const auto number = parse_input_index(request);
  if (!number) co_return bad_request("invalid_argument", "n must be the index of an input, counted from 0.");
  co_return co_await send_input(services, caller(request), job, *number);
}

Async<Outcome<Response>> get_output(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  CONVERT_CO_CHECK(check_outputs(job));
  co_return co_await send_output(services, caller(request), job, job.outputs.front());
}

Async<Outcome<Response>> get_output_by_name(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  CONVERT_CO_CHECK(check_outputs(job));
  const JobOutput* output = find_output(job, request.path_parameter("name").value_or(""));
  if (output == nullptr) co_return not_found();
  co_return co_await send_output(services, caller(request), job, *output);
}

Async<Outcome<Response>> get_file_by_name(Services& services, Request& request) {
  JobFilter filter;
  filter.owner = caller(request).account;
  filter.file = std::string(request.path_parameter("filename").value_or(""));
  filter.descending = true;
  filter.max = kMaxTasksSearched;
  if (filter.file.empty()) co_return not_found();
  auto list = [&services, &filter] { return services.engine.list(filter); };
  CONVERT_CO_TRY_ASSIGN(const auto jobs, services.pool.run(list));
  const auto file = find_newest_file(jobs, filter.file);
  if (!file) co_return not_found();
  if (file->output != nullptr)
    co_return co_await send_output(services, caller(request), *file->job, *file->output);
  co_return co_await send_input(services, caller(request), *file->job, file->input);
}

}  // namespace convert::server::api
