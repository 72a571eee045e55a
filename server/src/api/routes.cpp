// SPDX-License-Identifier: MIT
#include "api/routes.hpp"

#include <array>
#include <utility>

#include "api/auth_keys.hpp"
#include "api/auth_login.hpp"
#include "api/auth_me.hpp"
#include "api/auth_password.hpp"
#include "api/auth_signup.hpp"
#include "api/convert.hpp"
#include "api/encoded_body.hpp"
#include "api/formats.hpp"
#include "api/health.hpp"
#include "api/openapi.hpp"
#include "api/page.hpp"
#include "api/probe.hpp"
#include "api/tasks_change.hpp"
#include "api/tasks_create.hpp"
#include "api/tasks_events.hpp"
#include "api/tasks_files.hpp"
#include "api/tasks_links.hpp"
#include "api/tasks_read.hpp"

namespace convert::server::api {
namespace {

using enum Method;

/// Of a body that is a file or has files in it: what it may be depends on the account.
constexpr std::uint64_t kFiles = std::uint64_t{1} << 60;

constexpr std::array kRows{
    Row{post, "/api/auth/signup", sign_up, Access::anyone, Counted::signup},
    Row{post, "/api/auth/login", log_in, Access::anyone, Counted::login},
    Row{get, "/api/auth/me", show_account},
    Row{patch, "/api/auth/me", change_account, Access::person},
    Row{del, "/api/auth/me", delete_account, Access::person},
    Row{post, "/api/auth/password", change_password, Access::person},
    Row{post, "/api/auth/keys", create_key, Access::person},
    Row{get, "/api/auth/keys", list_keys},
    Row{del, "/api/auth/keys/{id}", delete_key, Access::person},
    Row{post, "/api/tasks", create_task, Access::caller, Counted::usual, kFiles},
    Row{get, "/api/tasks", list_tasks},
    Row{get, "/api/tasks/{id}", get_task, Access::link_holder},
    Row{put, "/api/tasks/{id}", replace_task},
    Row{del, "/api/tasks/{id}", remove_task},
    Row{post, "/api/tasks/{id}/cancel", cancel_task},
    Row{post, "/api/tasks/{id}/links", make_links},
    Row{get, "/api/tasks/{id}/events", listen_to_task, Access::link_holder, Counted::usual, 0, true},
    Row{get, "/api/tasks/{id}/input", get_input, Access::link_holder},
    Row{get, "/api/tasks/{id}/output", get_output, Access::link_holder},
    Row{get, "/api/tasks/{id}/outputs/{name}", get_output_by_name, Access::link_holder},
    Row{get, "/api/download/{id}", get_input},
    Row{get, "/api/files/{filename}", get_file_by_name},
    Row{post, "/api/convert", convert_now, Access::caller, Counted::usual, kFiles, true},
    Row{post, "/api/probe", probe_file, Access::caller, Counted::usual, kFiles},
    Row{post, "/api/plan", plan_file, Access::caller, Counted::usual, kFiles},
    Row{get, "/api/formats", list_formats, Access::anyone},
    Row{get, "/readyz", show_readiness, Access::anyone},
    Row{get, "/openapi.json", show_openapi, Access::anyone},
    Row{get, "/", show_page, Access::anyone},
};

Async<Response> answer(Services& services, const Row& row, Request& request) {
  if (auto refused = guard_address(services, request, row.counted)) co_return std::move(*refused);
  auto refused = co_await authenticate(services, request, row.access);
  if (refused) co_return std::move(*refused);
  refused = guard_account(services, request);
  if (refused) co_return std::move(*refused);
  refused = refuse_encoded_body(request);
  if (refused) co_return std::move(*refused);
  co_return co_await row.handler(services, request);
}

RouteOptions options_of(const Row& row) {
  RouteOptions options;
  if (row.body_bytes > 0) options.body_bytes = row.body_bytes;
  options.streams = row.streams;
  return options;
}

// Who the host has let in has no password here, and nobody signs up.
bool offered(const Services& services, const Row& row) {
  return !services.options.authenticate || !row.pattern.starts_with("/api/auth/");
}

}  // namespace

std::span<const Row> rows() noexcept { return kRows; }

Router routes(Services& services) {
  Router router;
  router.constant("/healthz", alive());
  for (const Row& row : kRows) {
    if (!offered(services, row)) continue;
    auto handler = [&services, &row](Request& request) { return answer(services, row, request); };
    router.on(row.method, row.pattern, std::move(handler), options_of(row));
  }
  return router;
}

}  // namespace convert::server::api
