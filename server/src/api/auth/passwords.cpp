// SPDX-License-Identifier: MIT
#include "api/auth/passwords.hpp"

#include <string>
#include <utility>
#include <variant>

#include "api/auth/account.hpp"
#include "api/support/responses.hpp"
#include "api/auth/authentication.hpp"
#include "api/support/parse_fields.hpp"
#include "api/support/problems.hpp"
#include "api/guard.hpp"
#include "api/auth/new_password.hpp"
#include "api/auth/password_calls.hpp"

namespace convert::server::api {
namespace {

// Whether the caller knows the present password; nullopt: yes.
Async<std::optional<Response>> check_current_password(Services& services, const Request& request,
                                                      const Account& account, std::string password) {
  PasswordAttempt attempt(services, request, account.id, account.name);
  if (auto refused = attempt.start()) co_return refused;
  const auto verdict = co_await verify_password(services, account.password, std::move(password));
  if (verdict && !verdict->matches) {
    attempt.fail();
    co_return error_response(403, "bad_credentials", "The present password is wrong.");
  }
  attempt.succeed();
  if (!verdict) co_return passwords_busy(services);
  co_return std::nullopt;
}

Async<Response> set_password(Services& services, std::string account, std::string password) {
  auto hash = co_await hash_password(services, std::move(password));
  if (!hash) co_return passwords_busy(services);
  AccountChange change;
  change.password = std::move(*hash);
  change.revoke_tokens = true;
  const auto changed = co_await update_account(services, std::move(account), std::move(change));
  if (!changed) co_return error_response(changed.error());
  co_return message("The password is changed. Log in again: all tokens and links are void.");
}

}  // namespace

Async<Response> change_password(Services& services, Request& request) {
  const auto fields = co_await read_fields(request, FieldContext::password);
  if (!fields) co_return error_response(body_problem(fields.error()));
  const auto present = fields->non_empty("password");
  if (!present)
    co_return bad_request("missing_field", "The field \"password\", the present one, is missing.");
  auto wanted = parse_new_password(*fields, services.options.password_policy);
  if (auto* refused = std::get_if<Response>(&wanted)) co_return std::move(*refused);
  const auto account = co_await find_account(services, caller(request).account);
  if (!account) co_return error_response(account.error());
  auto refused = co_await check_current_password(services, request, *account, std::string(*present));
  if (refused) co_return std::move(*refused);
  co_return co_await set_password(services, account->id, std::move(std::get<std::string>(wanted)));
}

}  // namespace convert::server::api
