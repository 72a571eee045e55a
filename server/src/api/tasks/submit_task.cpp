// SPDX-License-Identifier: MIT
#include "api/tasks/submit_task.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "api/convert/parse_output_spec.hpp"
#include "api/support/problems.hpp"
#include "api/support/services.hpp"
#include "api/tasks/task_form.hpp"
#include "api/tasks/task_json.hpp"
#include "api/tasks/upload_receiver.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/message/file_name.hpp"

namespace convert::server::api {
namespace {

constexpr int kMaxPriority = 100;
constexpr std::ptrdiff_t kMaxTitleLength = 200;  // characters

Outcome<int> parse_priority(const Fields& fields) {
  const auto text = fields.non_empty("priority");
  if (!text) return 0;
  int priority = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), priority);
  const bool good = code == std::errc() && end == text->data() + text->size();
  if (good && priority >= -kMaxPriority && priority <= kMaxPriority) return priority;
  return Error{Errc::invalid_argument, "priority must be an integer from -100 to 100."};
}

/// The title: any text, which is never taken for a file name.
Outcome<std::string> parse_title(const Fields& fields) {
  std::string title(fields.non_empty("title").value_or(""));
  const auto starts_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; };
  if (std::count_if(title.begin(), title.end(), starts_character) <= kMaxTitleLength) return title;
  return bad_request("invalid_argument", "title must have at most 200 characters.");
}

Problem bad_file_name() {
  return bad_request(
      "bad_name",
      "The file name needs a base name and an extension, as in \"song.mp3\". The field \"filename\" "
      "replaces it.");
}

/// Renames the first file by the field `filename`, if there is one, and checks its name.
Outcome<void> rename_first_input(PendingInputs& inputs, const Fields& fields) {
  JobInput& first = inputs.all().front();
  if (const auto requested_name = fields.non_empty("filename")) {
    auto clean = http::sanitize_file_name(*requested_name);
    if (!clean) return bad_request("bad_name", clean.error().message);
    first.name = std::move(*clean);
  }
  // Several files go into an archive, which may hold names without an extension.
  if (inputs.list().size() == 1 && !http::has_base_and_extension(first.name)) return bad_file_name();
  return {};
}

Outcome<void> check_callback(const Fields& fields) {
  if (!fields.non_empty("callbackUrl")) return {};
  return bad_request(
      "not_offered",
      "Callbacks are not supported. Omit \"callbackUrl\" and poll the task or read its events.");
}

/// Blocks. After an error that leaves it open whether the job exists, its unique key finds it.
Result<Job> submit_or_find(Engine& engine, const JobRequest& request) {
  auto job = engine.submit(request);
  if (job || request.unique_key.empty()) return job;
  if (job.error().code != Errc::conflict && !may_be_recorded(job.error().code)) return job;
  JobFilter filter;
  filter.owner = request.owner;
  filter.unique_key = request.unique_key;
  filter.max = 1;
  auto first = engine.list(filter);
  if (!first || first->empty()) return job;
  return std::move(first->front());
}

/// Blocks. The account may be deleted while the upload runs.
bool is_account_leaving(AccountStore& accounts, const std::string& id) {
  const auto account = accounts.find(id);
  return account ? account->being_deleted : account.error().code == Errc::not_found;
}

}  // namespace

Outcome<JobRequest> make_job_request(const Engine& engine, const Fields& fields, RequestedSpec& requested,
                                     PendingInputs& inputs) {
  CONVERT_TRY(check_callback(fields));
  if (inputs.list().empty()) {
    return bad_request("no_file", "The form contains no file. Send it as a part with a file name.");
  }
  CONVERT_TRY_ASSIGN(auto spec, requested.take());
  const std::size_t files = inputs.list().size();
  CONVERT_TRY(check_file_count(engine, spec, files));
  CONVERT_TRY(rename_first_input(inputs, fields));
  CONVERT_TRY_ASSIGN(const auto priority, parse_priority(fields));
  CONVERT_TRY_ASSIGN(auto title, parse_title(fields));
  JobRequest job;
  job.inputs = inputs.list();
  job.spec = std::move(spec);
  job.priority = priority;
  job.labels.emplace(kNameLabel, job.inputs.front().name);
  if (!title.empty()) job.labels.emplace(kTitleLabel, std::move(title));
  return job;
}

Outcome<Job> submit_job(Services& services, const JobRequest& request) {
  auto job = submit_or_find(services.engine, request);
  const bool has_account = !services.options.authenticate;
  if (!job || !has_account || !is_account_leaving(services.accounts, request.owner)) return job;
  (void)services.engine.remove(job->id);  // the removal of the account may have removed it already
  return Error{Errc::not_found, "Account not found."};
}

}  // namespace convert::server::api
