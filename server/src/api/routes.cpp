// SPDX-License-Identifier: MIT
#include "api/routes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/responses.hpp"
#include "base/try.hpp"
#include "http/message/field_values.hpp"

namespace convert::server::api {
namespace {

/// Whether a list of codings has no other than "identity". Empty elements are ignored (RFC 9110, 5.6.1.2).
bool is_identity_only(std::string_view codings) {
  while (!codings.empty()) {
    const std::size_t comma = std::min(codings.find(','), codings.size());
    const std::string_view coding = http::trim(codings.substr(0, comma));
    if (!coding.empty() && !http::equals_ignore_case(coding, "identity")) return false;
    codings.remove_prefix(std::min(comma + 1, codings.size()));
  }
  return true;
}

/// Refuses a body with a Content-Encoding other than "identity" (RFC 9110, 8.4) before it is read: the API
/// decodes none, and encoded bytes must not be stored as the file.
Outcome<void> check_content_encoding(const Request& request) {
  if (request.body->length() == 0) return {};
  for (const FieldView& field : request.fields) {
    if (!http::equals_ignore_case(field.name, "Content-Encoding") || is_identity_only(field.value)) continue;
    return make_problem(415, "unsupported_encoding",
                        "Content-Encoding is not supported for request bodies. Send the body without it.")
        .with("Accept-Encoding", "identity");
  }
  return {};
}

using enum Method;

/// For bodies with files: the account's quota limits them.
constexpr std::uint64_t kFileBodyBytes = std::uint64_t{1} << 60;

constexpr std::array kApiRoutes{
    ApiRoute{post, "/api/auth/signup", sign_up, Access::anyone, RateClass::signup},
    ApiRoute{post, "/api/auth/login", log_in, Access::anyone, RateClass::login},
    ApiRoute{get, "/api/auth/me", show_account},
    ApiRoute{patch, "/api/auth/me", change_account, Access::token_only},
    ApiRoute{del, "/api/auth/me", delete_account, Access::token_only},
    ApiRoute{post, "/api/auth/password", change_password, Access::token_only},
    ApiRoute{post, "/api/auth/keys", create_key, Access::token_only},
    ApiRoute{get, "/api/auth/keys", list_keys},
    ApiRoute{del, "/api/auth/keys/{id}", delete_key, Access::token_only},
    ApiRoute{post, "/api/tasks", create_task, Access::authenticated, RateClass::general, kFileBodyBytes},
    ApiRoute{get, "/api/tasks", list_tasks},
    ApiRoute{get, "/api/tasks/{id}", get_task, Access::link_holder},
    ApiRoute{put, "/api/tasks/{id}", replace_task},
    ApiRoute{del, "/api/tasks/{id}", remove_task},
    ApiRoute{post, "/api/tasks/{id}/cancel", cancel_task},
    ApiRoute{post, "/api/tasks/{id}/links", create_links},
    ApiRoute{get, "/api/tasks/{id}/events", stream_task_events, Access::link_holder, RateClass::general, 0,
             true},
    ApiRoute{get, "/api/tasks/{id}/input", get_input, Access::link_holder},
    ApiRoute{get, "/api/tasks/{id}/output", get_output, Access::link_holder},
    ApiRoute{get, "/api/tasks/{id}/outputs/{name}", get_output_by_name, Access::link_holder},
    ApiRoute{get, "/api/download/{id}", download_input},
    ApiRoute{get, "/api/files/{filename}", get_file_by_name},
    ApiRoute{post, "/api/convert", convert_now, Access::authenticated, RateClass::general, kFileBodyBytes,
             true},
    ApiRoute{post, "/api/probe", probe_file, Access::authenticated, RateClass::general, kFileBodyBytes},
    ApiRoute{post, "/api/plan", plan_file, Access::authenticated, RateClass::general, kFileBodyBytes},
    ApiRoute{get, "/api/formats", list_formats, Access::anyone},
    ApiRoute{get, "/readyz", show_readiness, Access::anyone},
    ApiRoute{get, "/openapi.json", show_openapi, Access::anyone},
    ApiRoute{get, "/", show_start_page, Access::anyone},
};

/// Rate limits, authentication and the handler of a route.
Async<Outcome<Response>> run_route(Services& services, const ApiRoute& route, Request& request) {
  CONVERT_CO_CHECK(check_address_rate(services, request, route.rate_class));
  CONVERT_CO_TRY(authenticate(services, request, route.access));
  CONVERT_CO_CHECK(check_account_rate(services, request));
  CONVERT_CO_CHECK(check_content_encoding(request));
  co_return co_await route.handler(services, request);
}

/// Runs a route. A problem becomes a response here.
Async<Response> handle_request(Services& services, const ApiRoute& route, Request& request) {
  auto running = run_route(services, route, request);
  auto outcome = co_await std::move(running);
  if (!outcome) co_return error_response(outcome.error());
  co_return *std::move(outcome);
}

RouteOptions route_options(const ApiRoute& route) {
  RouteOptions options;
  if (route.max_body_bytes > 0) options.max_body_bytes = route.max_body_bytes;
  options.streaming = route.streaming;
  return options;
}

// With the host's own authentication there are no passwords, keys or sign-ups.
bool is_offered(const Services& services, const ApiRoute& route) {
  return !services.options.authenticate || !route.pattern.starts_with("/api/auth/");
}

}  // namespace

std::span<const ApiRoute> api_routes() noexcept { return kApiRoutes; }

Router routes(Services& services) {
  Router router;
  router.constant("/healthz", liveness_response());
  for (const ApiRoute& route : kApiRoutes) {
    if (!is_offered(services, route)) continue;
    auto handler = [&services, &route](Request& request) { return handle_request(services, route, request); };
    router.on(route.method, route.pattern, std::move(handler), route_options(route));
  }
  return router;
}

}  // namespace convert::server::api
