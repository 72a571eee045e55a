// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

/// The handlers of the API's routes, one for each row of the table in routes.cpp. Each is a coroutine on the
/// connection's executor; calls that block run on `services.pool`.
namespace convert::server::api {

// auth/
Async<Response> sign_up(Services& services, Request& request);          ///< POST /api/auth/signup
Async<Response> log_in(Services& services, Request& request);           ///< POST /api/auth/login
Async<Response> show_account(Services& services, Request& request);     ///< GET /api/auth/me
Async<Response> change_account(Services& services, Request& request);   ///< PATCH /api/auth/me
Async<Response> delete_account(Services& services, Request& request);   ///< DELETE /api/auth/me
Async<Response> change_password(Services& services, Request& request);  ///< POST /api/auth/password
Async<Response> create_key(Services& services, Request& request);       ///< POST /api/auth/keys
Async<Response> list_keys(Services& services, Request& request);        ///< GET /api/auth/keys
Async<Response> delete_key(Services& services, Request& request);       ///< DELETE /api/auth/keys/{id}

// tasks/
Async<Response> create_task(Services& services, Request& request);         ///< POST /api/tasks
Async<Response> list_tasks(Services& services, Request& request);          ///< GET /api/tasks
Async<Response> get_task(Services& services, Request& request);            ///< GET /api/tasks/{id}
Async<Response> replace_task(Services& services, Request& request);        ///< PUT /api/tasks/{id}
Async<Response> remove_task(Services& services, Request& request);         ///< DELETE /api/tasks/{id}
Async<Response> cancel_task(Services& services, Request& request);         ///< POST /api/tasks/{id}/cancel
Async<Response> create_links(Services& services, Request& request);        ///< POST /api/tasks/{id}/links
Async<Response> stream_task_events(Services& services, Request& request);  ///< GET /api/tasks/{id}/events
Async<Response> get_input(Services& services,
                          Request& request);  ///< GET /api/tasks/{id}/input, /api/download/{id}
Async<Response> get_output(Services& services, Request& request);  ///< GET /api/tasks/{id}/output
Async<Response> get_output_by_name(Services& services,
                                   Request& request);  ///< GET /api/tasks/{id}/outputs/{name}
Async<Response> get_file_by_name(Services& services, Request& request);  ///< GET /api/files/{filename}

// convert/
Async<Response> convert_now(Services& services, Request& request);   ///< POST /api/convert
Async<Response> probe_file(Services& services, Request& request);    ///< POST /api/probe
Async<Response> plan_file(Services& services, Request& request);     ///< POST /api/plan
Async<Response> list_formats(Services& services, Request& request);  ///< GET /api/formats

// support/
Response liveness_response();                                           ///< GET /healthz, always the same
Async<Response> show_readiness(Services& services, Request& request);   ///< GET /readyz
Async<Response> show_openapi(Services& services, Request& request);     ///< GET /openapi.json
Async<Response> show_start_page(Services& services, Request& request);  ///< GET /

/// The text of server/api/openapi.json, embedded at build time.
std::string_view openapi_text() noexcept;

}  // namespace convert::server::api
