// SPDX-License-Identifier: MIT
#include <chrono>
#include <utility>
#include "api/auth/authentication.hpp"
#include "api/convert/convert_stream.hpp"
#include "api/convert/format_list.hpp"
#include "api/convert/parse_output_spec.hpp"
#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/upload_receiver.hpp"
#include "base/try.hpp"

namespace convert::server::api {
namespace {

/// The problem of a conversion without a result.
Problem conversion_failed(const ConvertStream& stream, const Error& error) {
  if (const auto upload = stream.upload_error()) return body_problem(*upload);
  return conversion_problem(error);
}

std::string mime_type_of(const Engine& engine, const OutputSpec& spec) {
  const KnownFormats formats(engine);
  const Format* format = find_format(formats.rows(), spec.format);
  return format == nullptr ? std::string() : std::string(format->mime_type);
}

}  // namespace

Async<Outcome<Response>> convert_now(Services& services, Request& request) {
  CONVERT_CO_CHECK_ASSIGN(auto spec, parse_query_spec(services.engine, request));
  CONVERT_CO_CHECK_ASSIGN(auto execution, local_execution(services));
  CONVERT_CO_TRY_ASSIGN(auto principal, find_principal(services, caller(request)));
  CONVERT_CO_CHECK(check_raw_body(request, principal.effective_quota));
  CONVERT_CO_CHECK_ASSIGN(auto slot, services.tasks.streams.take());
  StreamRequest stream_request{std::move(spec), raw_name(request), request.body->length(),
                               principal.effective_quota.file_bytes};
  const std::string type = mime_type_of(services.engine, stream_request.spec);
  QuotaReservation reservation(services, std::move(principal));
  CONVERT_CO_TRY(reservation.reserve(TaskQuotaRequest{}));

  CONVERT_CO_CHECK_ASSIGN(
      auto stream, ConvertStream::start(services, std::move(execution), request, std::move(stream_request),
                                        std::move(slot), reservation));
  const auto started = co_await stream->wait_for_output();
  if (!started) co_return conversion_failed(*stream, started.error());
  Response response;
  set_user_content_headers(response, type, stream->output_name(), false, "no-store");
  response.with("X-Accel-Buffering", "no");
  response.body = stream->source();
  co_return response;
}

}  // namespace convert::server::api
