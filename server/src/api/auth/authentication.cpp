// SPDX-License-Identifier: MIT
#include "api/auth/authentication.hpp"

#include <utility>

#include "security/api_key.hpp"
#include "api/auth/account.hpp"
#include "api/auth/credentials.hpp"
#include "api/support/problems.hpp"
#include "api/tasks/task_access.hpp"
#include "http/message/field_values.hpp"

namespace convert::server::api {
namespace {

using IdentityResult = Result<std::optional<Identity>>;

// RFC 6750, 2.1: "Bearer" in any case, then the credential.
std::optional<std::string> bearer_credential(const Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto field = request.field("Authorization");
  if (!field || field->size() <= kScheme.size()) return {};
  if (!http::equals_ignore_case(field->substr(0, kScheme.size()), kScheme)) return {};
  return std::string(http::trim(field->substr(kScheme.size())));
}

bool is_read_only(const Request& request) {
  return request.method == Method::get || request.method == Method::head;
}

Async<IdentityResult> identify(Services& services, Request& request, Access access) {
  if (access == Access::link_holder && is_read_only(request)) {
    if (auto link = request.query_parameter("link")) {
      co_return co_await identity_of_link(services, parse_task_id(request), std::move(*link));
    }
  }
  if (services.options.authenticate) co_return co_await services.options.authenticate(request);
  auto credential = bearer_credential(request);
  if (!credential) co_return std::optional<Identity>();
  if (security::looks_like_api_key(*credential))
    co_return co_await identity_of_key(services, std::move(*credential));
  co_return co_await identity_of_token(services, std::move(*credential));
}

/// By values: the request has gone.
Async<IdentityResult> identify_again(Services& services, Identity who, std::string credential) {
  switch (who.credential) {
    case Identity::Credential::token:
      co_return co_await identity_of_token(services, std::move(credential));
    case Identity::Credential::key:
      co_return co_await identity_of_key(services, std::move(credential));
    case Identity::Credential::link: {
      // The owner is known: of a task that has just been removed its listeners are told.
      auto checking = identity_of_link(services, who.only_task.value(), who.account, std::move(credential));
      co_return co_await std::move(checking);
    }
    case Identity::Credential::host:
      break;
  }
  co_return std::optional<Identity>(std::move(who));
}

Async<bool> is_still_valid(Services& services, Identity who, std::string credential) {
  auto checking = identify_again(services, std::move(who), std::move(credential));
  const IdentityResult holder = co_await std::move(checking);
  co_return holder ? holder->has_value() : false;
}

}  // namespace

Async<std::optional<Response>> authenticate(Services& services, Request& request, Access access) {
  if (access == Access::anyone) co_return std::nullopt;
  auto found = co_await identify(services, request, access);
  if (!found) co_return error_response(found.error());
  if (!*found) co_return unauthorized();
  if (access == Access::token_only && (*found)->credential == Identity::Credential::key) {
    co_return error_response(403, "token_needed", "An API key may not do this. Log in, and use the token.");
  }
  request.identity = std::move(**found);
  co_return std::nullopt;
}

std::function<Async<bool>()> credential_recheck(Services& services, const Request& request) {
  const Identity& who = caller(request);
  const bool by_link = who.credential == Identity::Credential::link;
  auto credential = by_link ? request.query_parameter("link") : bearer_credential(request);
  if (!by_link && services.options.authenticate) return {};
  return [&services, who, credential = std::move(credential).value_or("")] {
    return is_still_valid(services, who, credential);
  };
}

const Identity& caller(const Request& request) { return request.identity.value(); }

}  // namespace convert::server::api
