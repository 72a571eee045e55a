// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <chrono>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/convert/convert_stream.hpp"
#include "api/convert/parse_output_spec.hpp"
#include "api/support/problems.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/upload_receiver.hpp"

namespace convert::server::api {
namespace {

Response too_many_conversions() {
  return error_response(503, "busy",
                        "As many streaming conversions as may be at once are under way. Try again soon.",
                        std::chrono::seconds(2));
}

/// Why there is no result.
Response conversion_failed(const ConvertStream& stream, const Error& error) {
  if (const auto upload = stream.upload_error()) return error_response(body_problem(*upload));
  return error_response(conversion_problem(error));
}

std::string mime_type_of(const Engine& engine, const OutputSpec& spec) {
  const KnownFormats formats(engine);
  const Format* format = find_format(formats.rows(), spec.format);
  return format == nullptr ? std::string() : std::string(format->mime_type);
}

}  // namespace

Async<Response> convert_now(Services& services, Request& request) {
  auto spec = parse_query_spec(services.engine, request);
  if (auto* refused = std::get_if<Response>(&spec)) co_return std::move(*refused);
  auto principal = co_await find_principal(services, caller(request));
  if (!principal) co_return error_response(principal.error());
  if (auto refused = check_raw_body(request, principal->effective_quota)) co_return std::move(*refused);
  auto slot = services.tasks.streams.take();
  if (!std::holds_alternative<Slot>(slot)) co_return too_many_conversions();
  StreamRequest stream_request{std::move(std::get<OutputSpec>(spec)), raw_name(request),
                               request.body->length(), principal->effective_quota.file_bytes};
  const std::string type = mime_type_of(services.engine, stream_request.spec);
  QuotaReservation reservation(services, std::move(*principal));
  auto quota_problem = co_await reservation.reserve(TaskQuotaRequest{});
  if (quota_problem) co_return error_response(*quota_problem);

  auto stream = ConvertStream::start(services, request, std::move(stream_request),
                                     std::move(std::get<Slot>(slot)), reservation);
  if (!stream) co_return error_response(stream.error());
  const auto started = co_await (*stream)->wait_for_output();
  if (!started) co_return conversion_failed(**stream, started.error());
  Response response;
  set_user_content_headers(response, type, (*stream)->output_name(), false, "no-store");
  response.with("X-Accel-Buffering", "no");
  response.body = (*stream)->source();
  co_return response;
}

}  // namespace convert::server::api
