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
#include "base/try.hpp"

namespace convert::server::api {
namespace {

// Awaits the single call of the callback that `start` receives. Resumes on the coroutine's executor,
// whichever thread makes the call.
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

/// With the hasher's estimate of when it has capacity again.
Problem passwords_busy(const Services& services) {
  return make_problem(503, "busy",
                      "Too many requests check passwords at the moment. Try again after Retry-After.",
                      services.passwords.retry_after());
}

// Fails unless `password` is the account's current one.
Async<Outcome<void>> check_current_password(Services& services, const Request& request,
                                            const Account& account, std::string password) {
  PasswordAttempt attempt(services, request, account.id, account.name);
  CONVERT_CO_TRY(attempt.start());
  const auto verification = co_await verify_password(services, account.password, std::move(password));
  if (verification && !verification->matches) {
    co_await attempt.fail();
    co_return make_problem(403, "bad_credentials", "The current password is wrong.");
  }
  co_await attempt.succeed();
  if (!verification) co_return verification.error();
  co_return Outcome<void>();
}

Async<Outcome<Response>> set_password(Services& services, std::string account, std::string password) {
  AccountChange change;
  CONVERT_CO_TRY_ASSIGN(change.password, hash_password(services, std::move(password)));
  change.revoke_tokens = true;
  CONVERT_CO_TRY(update_account(services, std::move(account), std::move(change)));
  co_return message("Password changed. All tokens and links are revoked: log in again.");
}

}  // namespace

Async<Outcome<std::string>> hash_password(Services& services, std::string password) {
  auto start = [&](security::PasswordHasher::HashCallback done) {
    services.passwords.hash(std::move(password), std::move(done));
  };
  auto hash = co_await await_callback<Result<std::string>>(start);
  if (!hash) co_return passwords_busy(services);
  co_return std::move(*hash);
}

Async<Outcome<security::PasswordHasher::Verification>> verify_password(Services& services,
                                                                       std::optional<std::string> hash,
                                                                       std::string password) {
  auto start = [&](security::PasswordHasher::VerifyCallback done) {
    services.passwords.verify(std::move(hash), std::move(password), std::move(done));
  };
  auto verification = co_await await_callback<Result<security::PasswordHasher::Verification>>(start);
  if (!verification) co_return passwords_busy(services);
  co_return std::move(*verification);
}

Outcome<std::string> parse_new_password(const Fields& fields, const PasswordPolicy& policy) {
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

Async<Outcome<Response>> change_password(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto fields, read_fields(request, FieldContext::password));
  const auto present = fields.non_empty("password");
  if (!present)
    co_return bad_request("missing_field", "The field \"password\", the present one, is missing.");
  CONVERT_CO_CHECK_ASSIGN(auto new_password, parse_new_password(fields, services.options.password_policy));
  CONVERT_CO_TRY_ASSIGN(const auto account, find_account(services, caller(request).account));
  CONVERT_CO_TRY(check_current_password(services, request, account, std::string(*present)));
  co_return co_await set_password(services, account.id, std::move(new_password));
}

}  // namespace convert::server::api
