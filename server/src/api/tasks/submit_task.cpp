// SPDX-License-Identifier: MIT
#include "api/tasks/submit_task.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/convert/parse_output_spec.hpp"
#include "api/support/field_parsers.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/task_form.hpp"
#include "api/tasks/task_json.hpp"
#include "api/tasks/upload_receiver.hpp"
#include "base/fault_point.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/message/file_name.hpp"

namespace convert::server::api {
namespace {

using JobOrResponse = std::variant<Job, Response>;

// What a form has around its files: the values of all its fields, and the headers of its parts. The
// latter could be longer, but no client sends such.
constexpr std::uint64_t kFormOverheadBytes = kMaxFieldBytes + (std::uint64_t{64} << 10);
constexpr int kMaxPriority = 100;

Response too_many_uploads() {
  return error_response(503, "busy", "Too many uploads are under way. Try again in a moment.",
                        std::chrono::seconds(1));
}

/// What can be told before the body is read.
std::optional<Response> check_body_length(const Request& request, const EffectiveQuota& most) {
  const auto length = request.body->length();
  if (!length || most.file_bytes == 0 || *length <= most.file_bytes + kFormOverheadBytes) return {};
  return error_response(
      413, "too_large",
      "The upload is larger than the " + std::to_string(most.file_bytes) + " bytes that one may have.");
}

Result<int> parse_priority(const Fields& fields) {
  const auto text = fields.non_empty("priority");
  if (!text) return 0;
  int priority = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), priority);
  const bool good = code == std::errc() && end == text->data() + text->size();
  if (good && priority >= -kMaxPriority && priority <= kMaxPriority) return priority;
  return Error{Errc::invalid_argument, "priority: a whole number from -100 to 100."};
}

Response bad_file_name() {
  return bad_request(
      "bad_name",
      "The file's name needs a base and an extension, as in \"song.mp3\". The field \"filename\" "
      "can give it another one.");
}

/// The name of the first file, as asked for by `filename`.
std::optional<Response> rename_first_input(PendingInputs& inputs, const Fields& fields) {
  JobInput& first = inputs.all().front();
  if (const auto asked = fields.non_empty("filename")) {
    auto clean = http::sanitize_file_name(*asked);
    if (!clean) return bad_request("bad_name", clean.error().message);
    first.name = std::move(*clean);
  }
  // An archive may hold what has no extension.
  if (inputs.list().size() == 1 && !http::has_base_and_extension(first.name)) return bad_file_name();
  return {};
}

std::variant<JobRequest, Response> make_job_request(const Engine& engine, const Fields& fields,
                                                    PendingInputs& inputs) {
  if (inputs.list().empty()) {
    return bad_request("no_file", "There is no file in the form. Send it as a part with a file name.");
  }
  auto spec = parse_output_spec(engine, fields);
  if (auto* refused = std::get_if<Response>(&spec)) return std::move(*refused);
  const std::size_t files = inputs.list().size();
  if (auto several = check_file_count(engine, std::get<OutputSpec>(spec), files)) return std::move(*several);
  if (auto refused = rename_first_input(inputs, fields)) return std::move(*refused);
  const auto priority = parse_priority(fields);
  if (!priority) return error_response(priority.error());
  JobRequest job;
  job.inputs = inputs.list();
  job.spec = std::move(std::get<OutputSpec>(spec));
  job.priority = *priority;
  job.labels.emplace(kNameLabel, job.inputs.front().name);
  return job;
}

std::optional<Response> check_callback(const Fields& fields) {
  if (!fields.non_empty("callbackUrl")) return {};
  return bad_request("not_offered",
                     "This service calls nobody back: leave out \"callbackUrl\", and ask for the "
                     "task or its events instead.");
}

/// Blocks.
Result<Job> submit(Engine& engine, const JobRequest& request) {
  auto job = engine.submit(request);
  if (job || job.error().code != Errc::conflict || request.unique_key.empty()) return job;
  JobFilter filter;
  filter.owner = request.owner;
  filter.unique_key = request.unique_key;
  filter.max = 1;
  auto first = engine.list(filter);
  if (!first || first->empty()) return job;
  return std::move(first->front());
}

/// Blocks. An account that has been removed meanwhile has no tasks.
bool is_account_leaving(AccountStore& accounts, const std::string& id) {
  const auto account = accounts.find(id);
  return account ? account->being_deleted : account.error().code == Errc::not_found;
}

/// Blocks.
Result<Job> submit_for_account(Services& services, const JobRequest& request, bool known_account) {
  auto job = submit(services.engine, request);
  if (!job || !known_account || !is_account_leaving(services.accounts, request.owner)) return job;
  (void)services.engine.remove(job->id);  // whoever removes the account may have been faster
  return Error{Errc::not_found, "There is no such account."};
}

}  // namespace

Async<JobOrResponse> receive_task(Services& services, Request& request, std::string unique_key) {
  const Identity who = caller(request);
  auto fields = query_fields(request, FieldContext::task);
  if (!fields) co_return error_response(fields.error());
  if (auto refused = check_spec_fields(services.engine, *fields)) co_return std::move(*refused);
  if (auto refused = check_form_type(request)) co_return std::move(*refused);

  auto principal = co_await find_principal(services, who);
  if (!principal) co_return error_response(principal.error());
  if (auto refused = check_body_length(request, principal->effective_quota)) co_return std::move(*refused);
  auto slot = services.tasks.uploads.take();
  if (!std::holds_alternative<Slot>(slot)) co_return too_many_uploads();
  QuotaReservation reservation(services, std::move(*principal));
  // A body of unknown length gets its room as it comes.
  const TaskQuotaRequest quota_request{request.body->length().value_or(0)};
  auto quota_problem = co_await reservation.reserve(quota_request);
  if (quota_problem) co_return error_response(*quota_problem);

  PendingInputs inputs(services);
  TaskForm form(services, request, reservation, *fields, inputs);
  auto refused = co_await form.receive();
  if (refused) co_return std::move(*refused);
  CONVERT_FAULT_POINT("server.uploaded");
  if (auto uncalled = check_callback(*fields)) co_return std::move(*uncalled);
  auto wanted = make_job_request(services.engine, *fields, inputs);
  if (auto* no = std::get_if<Response>(&wanted)) co_return std::move(*no);
  auto& job_request = std::get<JobRequest>(wanted);
  job_request.owner = who.account;
  job_request.unique_key = std::move(unique_key);

  const bool known_account = !services.options.authenticate;
  auto submit = [&services, &job_request, known_account] {
    return submit_for_account(services, job_request, known_account);
  };
  auto job = co_await services.pool.run(submit);
  if (!job) co_return error_response(job.error());
  CONVERT_FAULT_POINT("server.submitted");
  services.tasks.list_cache.note_revision(who.account, job->revision);
  // The first answer's job may be another try's, which has its own files and has settled its own room.
  if (job->request.inputs != job_request.inputs) co_return std::move(*job);
  inputs.release();
  co_await reservation.settle();
  co_return std::move(*job);
}

}  // namespace convert::server::api
