// SPDX-License-Identifier: MIT
#include "api/authentication.hpp"

#include <utility>

#include "accounts/api_key.hpp"
#include "api/account_access.hpp"
#include "api/credentials.hpp"
#include "api/errors.hpp"
#include "api/task_access.hpp"
#include "http/field_values.hpp"

namespace convert::server::api {
namespace {

using Found = Result<std::optional<Identity>>;

// RFC 6750, 2.1: "Bearer" in any case, then the credential.
std::optional<std::string> bearer(const Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto field = request.field("Authorization");
  if (!field || field->size() <= kScheme.size()) return {};
  if (!http::same_text(field->substr(0, kScheme.size()), kScheme)) return {};
  return std::string(http::trimmed(field->substr(kScheme.size())));
}

bool reads(const Request& request) { return request.method == Method::get || request.method == Method::head; }

Async<Found> by_credential(Services& services, Request& request, Access access) {
  if (access == Access::link_holder && reads(request)) {
    if (auto link = request.argument("link")) {
      co_return co_await holder_of_link(services, task_id(request), std::move(*link));
    }
  }
  if (services.options.authenticate) co_return co_await services.options.authenticate(request);
  auto credential = bearer(request);
  if (!credential) co_return std::optional<Identity>();
  if (accounts::looks_like_api_key(*credential))
    co_return co_await holder_of_key(services, std::move(*credential));
  co_return co_await holder_of_token(services, std::move(*credential));
}

/// By values: the request has gone.
Async<Found> holder_again(Services& services, Identity who, std::string credential) {
  switch (who.by) {
    case Identity::By::token:
      co_return co_await holder_of_token(services, std::move(credential));
    case Identity::By::key:
      co_return co_await holder_of_key(services, std::move(credential));
    case Identity::By::link: {
      // The owner is known: of a task that has just been removed its listeners are told.
      auto checking = holder_of_link(services, who.only_task.value(), who.account, std::move(credential));
      co_return co_await std::move(checking);
    }
    case Identity::By::host:
      break;
  }
  co_return std::optional<Identity>(std::move(who));
}

Async<bool> still_stands(Services& services, Identity who, std::string credential) {
  auto asking = holder_again(services, std::move(who), std::move(credential));
  const Found holder = co_await std::move(asking);
  co_return holder ? holder->has_value() : false;
}

}  // namespace

Async<std::optional<Response>> authenticate(Services& services, Request& request, Access access) {
  if (access == Access::anyone) co_return std::nullopt;
  auto found = co_await by_credential(services, request, access);
  if (!found) co_return refusal(found.error());
  if (!*found) co_return unauthorized();
  if (access == Access::person && (*found)->by == Identity::By::key) {
    co_return refusal(403, "token_needed", "An API key may not do this. Log in, and use the token.");
  }
  request.identity = std::move(**found);
  co_return std::nullopt;
}

std::function<Async<bool>()> standing(Services& services, const Request& request) {
  const Identity& who = caller(request);
  const bool by_link = who.by == Identity::By::link;
  auto credential = by_link ? request.argument("link") : bearer(request);
  if (!by_link && services.options.authenticate) return {};
  return [&services, who, credential = std::move(credential).value_or("")] {
    return still_stands(services, who, credential);
  };
}

const Identity& caller(const Request& request) { return request.identity.value(); }

}  // namespace convert::server::api
