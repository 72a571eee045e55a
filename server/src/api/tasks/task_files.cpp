// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <functional>
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

/// How long a redirect is valid: for the start of the download, and for its resumption soon after.
constexpr std::chrono::minutes kRedirectTtl{5};

/// What a client may get: the bytes from this server, or a redirect to the storage.
struct Download {
  std::string media_type;
  std::string file_name;
  bool as_attachment = false;
  bool may_redirect = false;
};

/// Some clients forward Authorization to the address of a redirect, and S3 refuses a request with two
/// credentials. A signed URL is valid for GET only.
bool may_redirect(const Services& services, const Request& request) {
  return services.options.redirect_downloads && request.method == Method::get &&
         !request.field("Authorization");
}

/// Blocks. The storage's signed URL of the file, if the storage has one.
template <class File>
std::optional<std::string> storage_url(const Services& services, const File& file, const Download& download) {
  DownloadUrl url;
  url.valid = std::min<std::chrono::milliseconds>(kRedirectTtl, services.options.link_ttl);
  url.file_name = download.file_name;
  url.content_type = download.media_type.empty() ? "application/octet-stream" : download.media_type;
  url.attachment = download.as_attachment || !is_displayable(url.content_type);
  auto address = services.engine.signed_url(file, std::move(url));
  if (!address) return {};
  return std::move(*address);
}

Response redirect(std::string_view address) {
  return Response{302, {}, std::string(), false}.with("Location", address).with("Cache-Control", "no-store");
}

/// Blocks. A response with the bytes of an input or output, without header fields, or a redirect.
template <class File>
Outcome<Response> open_file(const Services& services, const File& file, const Download& download) {
  if (download.may_redirect) {
    if (const auto elsewhere = storage_url(services, file, download)) return redirect(*elsewhere);
  }
  auto reader = services.engine.open(file);
  if (!reader) return reader.error().code == Errc::not_found ? file_expired() : problem_of(reader.error());
  Response response;
  response.body = Content{std::move(*reader), file.size};
  return response;
}

bool is_by_link(const Request& request) { return caller(request).credential == Identity::Credential::link; }

Async<Outcome<Response>> send_input(Services& services, const Request& request, const Job& job,
                                    std::size_t number, bool as_attachment = false) {
  if (number >= job.request.inputs.size()) co_return not_found();
  if (job.inputs_expired) co_return file_expired();
  const JobInput& input = job.request.inputs[number];
  const Download download{input_media_type(services.engine, input.name), input.name, as_attachment,
                          may_redirect(services, request)};
  auto opening = [&services, &input, &download] { return open_file(services, input, download); };
  CONVERT_CO_TRY_ASSIGN(auto response, services.transfers.run(opening));
  if (response.status != 200) co_return response;
  set_user_content_headers(response, download.media_type, download.file_name, is_by_link(request),
                           "private, no-cache", as_attachment);
  response.with("ETag", input_tag(job, number)).with("Last-Modified", last_modified(job.created));
  co_return response;
}

Async<Outcome<Response>> send_output(Services& services, const Request& request, const Job& job,
                                     const JobOutput& output) {
  const Download download{output.content_type, output.name, false, may_redirect(services, request)};
  auto opening = [&services, &output, &download] { return open_file(services, output, download); };
  CONVERT_CO_TRY_ASSIGN(auto response, services.transfers.run(opening));
  if (response.status != 200) co_return response;
  set_user_content_headers(response, download.media_type, download.file_name, is_by_link(request));
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

/// Which file of a task GET /api/files/{filename} returns.
enum class WhichFile { named, original, converted };

std::optional<WhichFile> parse_which(const Request& request) {
  const std::string which = request.query_parameter("which").value_or("");
  if (which.empty()) return WhichFile::named;
  if (which == "original") return WhichFile::original;
  if (which == "converted") return WhichFile::converted;
  return {};
}

/// A file of a task: an output, or an input if `output` is null.
struct NamedFile {
  const Job* job = nullptr;
  const JobOutput* output = nullptr;
  std::size_t input = 0;
  bool kept = false;
  Time time{};
};

NamedFile output_file(const Job& job, const JobOutput& output) {
  return {&job, &output, 0, !job.outputs_expired, job.finished.value_or(job.created)};
}

NamedFile input_file(const Job& job, std::size_t number) {
  return {&job, nullptr, number, !job.inputs_expired, job.created};
}

using NameMatch = std::function<bool(std::string_view name)>;

/// The file of a task whose input or output matches: the output first. `which` replaces an input by the first
/// output, or an output by the first input.
std::optional<NamedFile> find_file(const Job& job, const NameMatch& matches, WhichFile which) {
  const auto& inputs = job.request.inputs;
  const auto output = std::find_if(job.outputs.begin(), job.outputs.end(), [&](const JobOutput& one) {
    return matches(one.name) || matches(output_name_in_url(one.name));
  });
  const auto input =
      std::find_if(inputs.begin(), inputs.end(), [&](const JobInput& one) { return matches(one.name); });
  const bool found_output = output != job.outputs.end();
  const bool found_input = input != inputs.end();
  if (!found_output && !found_input) return {};
  if (which == WhichFile::converted && job.outputs.empty()) return {};
  const auto number = found_input ? static_cast<std::size_t>(input - inputs.begin()) : std::size_t{0};
  if (which == WhichFile::original || (which == WhichFile::named && !found_output))
    return input_file(job, number);
  return output_file(job, found_output ? *output : job.outputs.front());
}

/// The newest file; files that are still stored come first. `jobs`: newest first.
std::optional<NamedFile> find_newest_file(std::span<const Job> jobs, const NameMatch& matches,
                                          WhichFile which) {
  std::optional<NamedFile> newest;
  for (const Job& job : jobs) {
    const auto file = find_file(job, matches, which);
    if (!file) continue;
    if (!newest || std::pair(file->kept, file->time) > std::pair(newest->kept, newest->time)) newest = file;
  }
  return newest;
}

/// The part of a file name before its last dot.
std::string_view base_name(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == name.npos || dot == 0 ? name : name.substr(0, dot);
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
  co_return co_await send_input(services, request, job, *number);
}

Async<Outcome<Response>> download_input(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  auto sending = send_input(services, request, job, 0, true);
  co_return co_await std::move(sending);
}

Async<Outcome<Response>> get_output(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  CONVERT_CO_CHECK(check_outputs(job));
  co_return co_await send_output(services, request, job, job.outputs.front());
}

Async<Outcome<Response>> get_output_by_name(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  CONVERT_CO_CHECK(check_outputs(job));
  const JobOutput* output = find_output(job, request.path_parameter("name").value_or(""));
  if (output == nullptr) co_return not_found();
  co_return co_await send_output(services, request, job, *output);
}

Async<Outcome<Response>> get_file_by_name(Services& services, Request& request) {
  const std::string name(request.path_parameter("filename").value_or(""));
  const auto which = parse_which(request);
  if (!which) co_return bad_request("invalid_argument", "which must be original or converted.");
  if (name.empty()) co_return not_found();
  JobFilter filter;
  filter.owner = caller(request).account;
  filter.file = name;
  filter.descending = true;
  filter.max = kMaxTasksSearched;
  auto list = [&services, &filter] { return services.engine.list(filter); };
  CONVERT_CO_TRY_ASSIGN(auto jobs, services.pool.run(list));
  const NameMatch exact = [&name](std::string_view other) { return other == name; };
  auto file = find_newest_file(jobs, exact, *which);
  if (!file && name.find('.') == name.npos) {  // older clients send the name without its extension
    filter.file.clear();
    CONVERT_CO_TRY_ASSIGN(jobs, services.pool.run(list));
    const NameMatch base = [&name](std::string_view other) { return base_name(other) == name; };
    file = find_newest_file(jobs, base, *which);
  }
  if (!file) co_return not_found();
  if (file->output != nullptr) co_return co_await send_output(services, request, *file->job, *file->output);
  co_return co_await send_input(services, request, *file->job, file->input);
}

}  // namespace convert::server::api
