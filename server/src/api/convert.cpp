// SPDX-License-Identifier: MIT
#include "api/convert.hpp"

#include <chrono>
#include <utility>

#include "api/authentication.hpp"
#include "api/convert_stream.hpp"
#include "api/errors.hpp"
#include "api/raw_body.hpp"
#include "api/room.hpp"
#include "api/task_services.hpp"
#include "api/user_bytes.hpp"
#include "api/wanted.hpp"

namespace convert::server::api {
namespace {

Response too_many_streams() {
  return refusal(503, "busy",
                 "As many streaming conversions as may be at once are under way. Try again soon.",
                 std::chrono::seconds(2));
}

/// Why there is no result.
Response failed(const ConvertStream& stream, const Error& error) {
  if (const auto upload = stream.upload_error()) return refusal(body_failure_of(*upload));
  return refusal(conversion_failure_of(error));
}

std::string type_of(const Engine& engine, const OutputSpec& spec) {
  const KnownFormats formats(engine);
  const Format* format = find_format(formats.rows(), spec.format);
  return format == nullptr ? std::string() : std::string(format->mime_type);
}

}  // namespace

Async<Response> convert_now(Services& services, Request& request) {
  auto spec = wanted_by_query(services.engine, request);
  if (auto* refused = std::get_if<Response>(&spec)) co_return std::move(*refused);
  auto asker = co_await asker_of(services, caller(request));
  if (!asker) co_return refusal(asker.error());
  if (auto refused = refuse_raw_body(request, asker->allowance)) co_return std::move(*refused);
  auto slot = services.tasks.streams.take();
  if (!std::holds_alternative<Slot>(slot)) co_return too_many_streams();
  StreamRequest wanted{std::move(std::get<OutputSpec>(spec)), raw_name(request), request.body->length(),
                       asker->allowance.file_bytes};
  const std::string type = type_of(services.engine, wanted.spec);
  Room room(services, std::move(*asker));
  auto no_room = co_await room.reserve(Need{});
  if (no_room) co_return refusal(*no_room);

  auto stream =
      ConvertStream::start(services, request, std::move(wanted), std::move(std::get<Slot>(slot)), room);
  if (!stream) co_return refusal(stream.error());
  const auto begun = co_await (*stream)->begun();
  if (!begun) co_return failed(**stream, begun.error());
  Response response;
  describe_user_bytes(response, type, (*stream)->output_name(), false, "no-store");
  response.with("X-Accel-Buffering", "no");
  response.body = (*stream)->source();
  co_return response;
}

}  // namespace convert::server::api
