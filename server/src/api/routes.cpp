// SPDX-License-Identifier: MIT
#include "api/routes.hpp"

#include <array>
#include <utility>

#include "api/auth_keys.hpp"
#include "api/auth_login.hpp"
#include "api/auth_me.hpp"
#include "api/auth_password.hpp"
#include "api/auth_signup.hpp"
#include "api/formats.hpp"
#include "api/health.hpp"
#include "api/openapi.hpp"
#include "api/page.hpp"

namespace convert::server::api {
namespace {

using enum Method;

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
  co_return co_await row.handler(services, request);
}

RouteOptions options_of(const Row& row) {
  RouteOptions options;
  if (row.body_bytes > 0) options.body_bytes = row.body_bytes;
  options.streams = row.streams;
  options.anonymous = row.access == Access::anyone;
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
