// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/convert/format_list.hpp"
#include "api/support/field_parsers.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/services.hpp"
#include "api/tasks/idempotent_requests.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/submit_task.hpp"
#include "api/tasks/task_json.hpp"
#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kMaxKeyBytes = 255;

/// The stored form of a response: Location, newline, body.
std::string stored_answer(std::string_view location, std::string_view body) {
  std::string text(location);
  text += '\n';
  text += body;
  return text;
}

Response replayed_response(const IdempotencyRecord& known) {
  const std::string_view text = known.answer;
  const auto line = std::min(text.find('\n'), text.size());
  Response answer = json_response(known.status, std::string(text.substr(std::min(line + 1, text.size()))));
  answer.with("Location", text.substr(0, line)).with("Idempotency-Replayed", "true");
  return answer;
}

Problem request_in_progress() {
  return make_problem(409, "in_progress",
                      "A request with this Idempotency-Key is being processed. Wait for its response.",
                      std::chrono::seconds(1));
}

/// Processes a request with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) once and replays
/// its response to later requests with the same key. Used by one coroutine. If it is destroyed before
/// `finish`, the next request with that key is processed.
class IdempotentRequest {
 public:
  IdempotentRequest(Services& services, std::string account, std::string key)
      : services_(services), account_(std::move(account)), key_(std::move(key)) {}
  IdempotentRequest(const IdempotentRequest&) = delete;
  IdempotentRequest& operator=(const IdempotentRequest&) = delete;
  ~IdempotentRequest();

  /// 1 to 255 visible ASCII characters.
  static bool is_valid_key(std::string_view text) noexcept;

  struct Started {
    std::string unique_key;            ///< of the job; the same for each request with this Idempotency-Key
    std::optional<Response> replay{};  ///< the response of the request that has created the job
  };

  /// Fails if another request with this key is being processed.
  Async<Outcome<Started>> start();
  /// Stores the response for replays.
  Async<void> finish(unsigned status, std::string location, std::string body);

 private:
  Services& services_;
  const std::string account_;
  const std::string key_;
  bool owned_ = false;
};

bool IdempotentRequest::is_valid_key(std::string_view text) noexcept {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  return !text.empty() && text.size() <= kMaxKeyBytes && std::all_of(text.begin(), text.end(), visible);
}

IdempotentRequest::~IdempotentRequest() {
  if (!owned_) return;
  services_.pool.post([&services = services_, account = account_, key = key_] {
    const auto forgotten = services.tasks.idempotency.abandon(account, key);
    if (!forgotten) {
      services.log(LogLine::Level::warning,
                   "Abandoning an Idempotency-Key failed: " + forgotten.error().message);
    }
  });
}

Async<Outcome<IdempotentRequest::Started>> IdempotentRequest::start() {
  auto start = [this] { return services_.tasks.idempotency.start(account_, key_); };
  CONVERT_CO_TRY_ASSIGN(auto known, services_.pool.run(std::move(start)));
  if (known.state == IdempotencyRecord::State::done) co_return Started{{}, replayed_response(known)};
  if (known.state == IdempotencyRecord::State::running) co_return request_in_progress();
  owned_ = true;
  co_return Started{std::move(known.unique_key)};
}

Async<void> IdempotentRequest::finish(unsigned status, std::string location, std::string body) {
  auto finish = [this, status, text = stored_answer(location, body)] {
    return services_.tasks.idempotency.complete(account_, key_, status, text);
  };
  const auto finished = co_await services_.pool.run(std::move(finish));
  // Even if that failed: a later request finds the job by its unique key.
  owned_ = false;
  if (!finished) {
    services_.log(LogLine::Level::warning,
                  "Storing the response of an Idempotency-Key failed: " + finished.error().message);
  }
}

/// What a form has around its files: the values of all fields and the headers of the parts.
constexpr std::uint64_t kFormOverheadBytes = kMaxFieldBytes + (std::uint64_t{64} << 10);

/// Refuses a body that is too large before it is read.
Outcome<void> check_body_length(const Request& request, const EffectiveQuota& limits) {
  const auto length = request.body->length();
  if (!length || limits.file_bytes == 0 || *length <= limits.file_bytes + kFormOverheadBytes) return {};
  return upload_too_large(limits.file_bytes);
}

/// Whether a submission that failed may have recorded its job: the answer of the store was lost.
bool may_have_submitted(const Problem& problem) {
  constexpr std::array kUncertain{Errc::unavailable, Errc::io, Errc::internal};
  static_assert(std::all_of(kUncertain.begin(), kUncertain.end(), may_be_recorded));
  return std::any_of(kUncertain.begin(), kUncertain.end(), [&](Errc code) { return problem.is(code); });
}

/// Receives the form of a task and submits its job. With a `unique_key`: the job that an earlier request with
/// that key has submitted, if there is one.
Async<Outcome<Job>> receive_task(Services& services, Request& request, std::string unique_key) {
  const Identity who = caller(request);
  CONVERT_CO_CHECK_ASSIGN(auto fields, query_fields(request, FieldContext::task));
  RequestedSpec spec(services.engine, fields);
  CONVERT_CO_CHECK(spec.check());
  CONVERT_CO_CHECK(check_form_type(request));

  CONVERT_CO_TRY_ASSIGN(auto principal, find_principal(services, who));
  CONVERT_CO_CHECK(check_body_length(request, principal.effective_quota));
  CONVERT_CO_CHECK_ASSIGN(const auto slot, services.tasks.uploads.take());
  QuotaReservation reservation(services, std::move(principal));
  // The reservation of a body of unknown length grows as the body arrives.
  const TaskQuotaRequest quota_request{request.body->length().value_or(0)};
  CONVERT_CO_TRY(reservation.reserve(quota_request));

  PendingInputs inputs(services);
  TaskForm form(services, request, reservation, fields, spec, inputs);
  CONVERT_CO_TRY(form.receive());
  CONVERT_FAULT_POINT("server.uploaded");
  CONVERT_CO_CHECK_ASSIGN(auto job_request, make_job_request(services.engine, fields, spec, inputs));
  job_request.owner = who.account;
  job_request.unique_key = std::move(unique_key);

  auto submit = [&services, &job_request] { return submit_job(services, job_request); };
  auto submitted = co_await services.pool.run(submit);
  if (!submitted && may_have_submitted(submitted.error())) {
    // The job may exist, so it keeps its inputs: if it does not, the sweep of unreferenced blobs deletes
    // them.
    inputs.release();
    co_await reservation.settle();
  }
  if (!submitted) co_return std::move(submitted).error();
  Job job = std::move(*submitted);
  CONVERT_FAULT_POINT("server.submitted");
  services.tasks.list_cache.note_revision(who.account, job.revision);
  // An earlier request's job has that request's files and has settled its reservation.
  if (job.request.inputs != job_request.inputs) co_return std::move(job);
  inputs.release();
  co_await reservation.settle();
  co_return std::move(job);
}

std::string created_body(const Services& services, const Request& request, const Job& job) {
  const KnownFormats formats(services.engine);
  return message_and_task("The file has been uploaded.",
                          task_json(job, caller(request).name, formats.rows()));
}

Response created_response(std::string body, const Job& job) {
  return json_response(200, std::move(body)).with("Location", task_url(job.id));
}

Async<Outcome<Response>> create_without_key(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, receive_task(services, request, {}));
  co_return created_response(created_body(services, request, job), job);
}

/// Reads the body of a replayed request without storing it.
Async<void> discard_body(Request& request) {
  std::array<std::byte, std::size_t{16} << 10> block;
  for (;;) {
    const auto count = co_await request.body->read(block);
    if (!count || *count == 0) co_return;
  }
}

Async<Outcome<Response>> create_idempotent(Services& services, Request& request, std::string key) {
  IdempotentRequest idempotent(services, caller(request).account, std::move(key));
  CONVERT_CO_TRY_ASSIGN(auto started, idempotent.start());
  if (started.replay) {
    co_await discard_body(request);
    co_return std::move(*started.replay);
  }
  CONVERT_CO_TRY_ASSIGN(const auto job, receive_task(services, request, std::move(started.unique_key)));
  std::string body = created_body(services, request, job);
  auto finishing = idempotent.finish(200, task_url(job.id), body);
  co_await std::move(finishing);
  co_return created_response(std::move(body), job);
}

}  // namespace

Async<Outcome<Response>> create_task(Services& services, Request& request) {
  const auto key = request.field("Idempotency-Key");
  if (!key) co_return co_await create_without_key(services, request);
  if (!IdempotentRequest::is_valid_key(*key)) {
    co_return bad_request(
        "bad_idempotency_key",
        "Invalid Idempotency-Key header: 1 to 255 visible ASCII characters without spaces.");
  }
  auto creating = create_idempotent(services, request, std::string(*key));
  co_return co_await std::move(creating);
}

}  // namespace convert::server::api
