// SPDX-License-Identifier: MIT
#include "api/auth/passwords.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "accounts/account_validation.hpp"
#include "api/auth/account.hpp"
#include "api/auth/authentication.hpp"
#include "api/auth/rate_limits.hpp"
#include "api/handlers.hpp"
#include "api/routes.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/responses.hpp"

namespace convert::server::api {
namespace {

// Waits for the one call of the callback that `start` is given; goes on where the coroutine lives, whatever
// thread called it.
template <class T, class Start>
Async<T> await_callback(Start start) {
  auto initiate = [&start](auto handler) {
    auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    auto executor = asio::get_associated_executor(*waiting);
    start([waiting, executor](T answer) {
      auto resume = [waiting, answer = std::move(answer)]() mutable { (*waiting)(std::move(answer)); };
      asio::post(executor, std::move(resume));
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(initiate,
                                                                                  asio::use_awaitable);
}

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

Async<Result<std::string>> hash_password(Services& services, std::string password) {
  auto start = [&](security::PasswordHasher::HashCallback done) {
    services.passwords.hash(std::move(password), std::move(done));
  };
  co_return co_await await_callback<Result<std::string>>(start);
}

Async<Result<security::PasswordHasher::Verification>> verify_password(Services& services,
                                                                      std::optional<std::string> hash,
                                                                      std::string password) {
  auto start = [&](security::PasswordHasher::VerifyCallback done) {
    services.passwords.verify(std::move(hash), std::move(password), std::move(done));
  };
  co_return co_await await_callback<Result<security::PasswordHasher::Verification>>(start);
}

Response passwords_busy(Services& services) {
  return error_response(503, "busy",
                        "Too many log in at this moment. Wait as long as Retry-After says, then try again.",
                        services.passwords.retry_after());
}

std::variant<std::string, Response> parse_new_password(const Fields& fields, const PasswordPolicy& policy) {
  const auto first = fields.non_empty("password1");
  const auto second = fields.non_empty("password2");
  if (!first) return bad_request("missing_field", "The field \"password1\" is missing.");
  if (!second) return bad_request("missing_field", "The field \"password2\" is missing.");
  if (*first != *second)
    return bad_request("passwords_differ", "The two passwords are not the same. Type them again.");
  if (auto good = accounts::validate_password(*first, policy); !good) {
    return bad_request("weak_password", good.error().message);
  }
  return std::string(*first);
}

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
