// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

/// The handlers of the API's routes, one for each row of the table in routes.cpp. Each is a coroutine on the
/// connection's executor; calls that block run on `services.pool`.
namespace convert::server::api {

// auth/
Async<Outcome<Response>> sign_up(Services& services, Request& request);          ///< POST /api/auth/signup
Async<Outcome<Response>> log_in(Services& services, Request& request);           ///< POST /api/auth/login
Async<Outcome<Response>> show_account(Services& services, Request& request);     ///< GET /api/auth/me
Async<Outcome<Response>> change_account(Services& services, Request& request);   ///< PATCH /api/auth/me
Async<Outcome<Response>> delete_account(Services& services, Request& request);   ///< DELETE /api/auth/me
Async<Outcome<Response>> change_password(Services& services, Request& request);  ///< POST /api/auth/password
Async<Outcome<Response>> create_key(Services& services, Request& request);       ///< POST /api/auth/keys
Async<Outcome<Response>> list_keys(Services& services, Request& request);        ///< GET /api/auth/keys
Async<Outcome<Response>> delete_key(Services& services, Request& request);  ///< DELETE /api/auth/keys/{id}

// tasks/
Async<Outcome<Response>> create_task(Services& services, Request& request);   ///< POST /api/tasks
Async<Outcome<Response>> list_tasks(Services& services, Request& request);    ///< GET /api/tasks
Async<Outcome<Response>> get_task(Services& services, Request& request);      ///< GET /api/tasks/{id}
Async<Outcome<Response>> replace_task(Services& services, Request& request);  ///< PUT /api/tasks/{id}
Async<Outcome<Response>> remove_task(Services& services, Request& request);   ///< DELETE /api/tasks/{id}
Async<Outcome<Response>> cancel_task(Services& services, Request& request);   ///< POST /api/tasks/{id}/cancel
Async<Outcome<Response>> create_links(Services& services, Request& request);  ///< POST /api/tasks/{id}/links
Async<Outcome<Response>> stream_task_events(Services& services,
                                            Request& request);             ///< GET /api/tasks/{id}/events
Async<Outcome<Response>> get_input(Services& services, Request& request);  ///< GET /api/tasks/{id}/input
Async<Outcome<Response>> download_input(Services& services, Request& request);  ///< GET /api/download/{id}
Async<Outcome<Response>> get_output(Services& services, Request& request);  ///< GET /api/tasks/{id}/output
Async<Outcome<Response>> get_output_by_name(Services& services,
                                            Request& request);  ///< GET /api/tasks/{id}/outputs/{name}
Async<Outcome<Response>> get_file_by_name(Services& services,
                                          Request& request);  ///< GET /api/files/{filename}

// convert/
Async<Outcome<Response>> convert_now(Services& services, Request& request);   ///< POST /api/convert
Async<Outcome<Response>> probe_file(Services& services, Request& request);    ///< POST /api/probe
Async<Outcome<Response>> plan_file(Services& services, Request& request);     ///< POST /api/plan
Async<Outcome<Response>> list_formats(Services& services, Request& request);  ///< GET /api/formats

// support/
Response liveness_response();  ///< GET /healthz, always the same
Async<Outcome<Response>> show_readiness(Services& services, Request& request);   ///< GET /readyz
Async<Outcome<Response>> show_openapi(Services& services, Request& request);     ///< GET /openapi.json
Async<Outcome<Response>> show_start_page(Services& services, Request& request);  ///< GET /

/// The text of server/api/openapi.json, embedded at build time.
std::string_view openapi_text() noexcept;

}  // namespace convert::server::api
