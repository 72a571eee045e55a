// SPDX-License-Identifier: MIT
#include "api/auth/auth_signup.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <variant>

#include "accounts/account_validation.hpp"
#include "api/support/responses.hpp"
#include "api/support/parse_fields.hpp"
#include "api/support/problems.hpp"
#include "api/auth/new_password.hpp"
#include "api/auth/password_calls.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::array<std::string_view, 4> kSignupFields{"username", "email", "password1", "password2"};

struct NewAccount {
  Account account;
  std::string password;
};

std::variant<NewAccount, Response> parse_signup_fields(const Fields& fields, const PasswordPolicy& policy) {
  for (const std::string_view name : kSignupFields) {
    if (!fields.non_empty(name))
      return bad_request("missing_field", fmt::format("The field \"{}\" is missing.", name));
  }
  NewAccount new_account;
  new_account.account.name = *fields.non_empty("username");
  if (auto good = accounts::validate_user_name(new_account.account.name); !good)
    return bad_request("bad_name", good.error().message);
  auto email = accounts::normalize_email(*fields.non_empty("email"));
  if (!email) return bad_request("bad_email", email.error().message);
  new_account.account.email = std::move(*email);
  auto password = parse_new_password(fields, policy);
  if (auto* refused = std::get_if<Response>(&password)) return std::move(*refused);
  new_account.password = std::move(std::get<std::string>(password));
  return new_account;
}

Response name_taken() { return bad_request("name_taken", "The name is in use. Choose another one."); }
Response email_taken() {
  return bad_request("email_taken", "The e-mail address is in use. Log in, or use another one.");
}

// What of a new account is in use already. Errors: those of the store.
Async<Result<std::optional<Response>>> find_conflict(Services& services, const Account& account) {
  auto by_name = [&] { return services.accounts.find_login(account.name); };
  auto by_email = [&] { return services.accounts.find_login(account.email); };
  const auto named = co_await services.pool.run(by_name);
  if (named) co_return std::optional<Response>(name_taken());
  if (named.error().code != Errc::not_found) co_return named.error();
  const auto mailed = co_await services.pool.run(by_email);
  if (mailed) co_return std::optional<Response>(email_taken());
  if (mailed.error().code != Errc::not_found) co_return mailed.error();
  co_return std::optional<Response>();
}

Async<Response> create_account(Services& services, NewAccount new_account) {
  auto in_use = co_await find_conflict(services, new_account.account);  // before the work of a hash
  if (!in_use) co_return error_response(in_use.error());
  if (*in_use) co_return std::move(**in_use);
  auto hash = co_await hash_password(services, std::move(new_account.password));
  if (!hash) co_return passwords_busy(services);
  new_account.account.password = std::move(*hash);
  auto write = [&] { return services.accounts.create(new_account.account); };
  const auto account = co_await services.pool.run(write);
  if (account) co_return message("The account is there. Log in with its name and password.");
  if (account.error().code != Errc::conflict) co_return error_response(account.error());
  in_use = co_await find_conflict(services, new_account.account);  // somebody was faster
  if (in_use && *in_use) co_return std::move(**in_use);
  co_return name_taken();
}

}  // namespace

Async<Response> sign_up(Services& services, Request& request) {
  if (!services.options.allow_signup) {
    co_return error_response(403, "signup_closed",
                             "Nobody can sign up here. Ask the operator for an account.");
  }
  const auto fields = co_await read_fields(request, FieldContext::signup);
  if (!fields) co_return error_response(body_problem(fields.error()));
  auto new_account = parse_signup_fields(*fields, services.options.password_policy);
  if (auto* refused = std::get_if<Response>(&new_account)) co_return std::move(*refused);
  co_return co_await create_account(services, std::move(std::get<NewAccount>(new_account)));
}

}  // namespace convert::server::api
