// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "accounts/account_cache.hpp"
#include "api/auth/account.hpp"
#include "api/auth/authentication.hpp"
#include "api/auth/passwords.hpp"
#include "api/auth/rate_limits.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "security/access_token.hpp"
#include "security/key_ring.hpp"

namespace convert::server::api {
namespace {

// The same text for every reason, so that it does not reveal which accounts exist.
Problem bad_credentials() {
  return make_problem(401, "bad_credentials", "The name or the password is wrong.")
      .with("WWW-Authenticate", "Bearer");
}

// nullopt: no such account.
Async<Outcome<std::optional<Account>>> find_login_account(Services& services, std::string_view name) {
  auto find = [&] { return services.accounts.find_login(name); };
  auto account = co_await services.pool.run(find);
  if (account) co_return std::optional<Account>(std::move(*account));
  if (account.error().code == Errc::not_found) co_return std::optional<Account>();
  co_return std::move(account).error();
}

// Replaces a hash with outdated parameters; only possible while the password is known.
Async<void> store_new_hash(Services& services, std::string account, std::string hash) {
  AccountChange change;
  change.password = std::move(hash);
  const auto changed = co_await update_account(services, std::move(account), std::move(change));
  if (!changed) services.log(LogLine::Level::warning, "Replacing an outdated password hash failed.");
}

Async<Outcome<Response>> check_login(Services& services, const Request& request, std::string name,
                                     std::string password) {
  CONVERT_CO_TRY_ASSIGN(auto account, find_login_account(services, name));
  std::optional<std::string> id;
  std::optional<std::string> hash;
  if (account) {
    id = account->id;
    hash = account->password;
  }
  PasswordAttempt attempt(services, request, id, name);
  CONVERT_CO_TRY(attempt.start());
  auto verification = co_await verify_password(services, std::move(hash), std::move(password));
  if (!verification) {
    co_await attempt.succeed();  // nothing was compared, so it is not counted
    co_return verification.error();
  }
  if (!verification->matches || !account || account->disabled || account->being_deleted) {
    co_await attempt.fail();
    co_return bad_credentials();
  }
  co_await attempt.succeed();
  services.cache.invalidate(account->id);  // another process may have changed it
  if (verification->rehashed)
    co_await store_new_hash(services, account->id, std::move(*verification->rehashed));
  auto issuing = issue_token(services, account->id, account->epoch, {});
  co_return co_await std::move(issuing);
}

}  // namespace

Async<Outcome<Response>> log_in(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto fields, read_fields(request, FieldContext::login));
  const auto name = fields.non_empty("username") ? fields.non_empty("username") : fields.non_empty("email");
  const auto password = fields.non_empty("password");
  if (!name) co_return bad_request("missing_field", "The field \"username\" (or \"email\") is missing.");
  if (!password) co_return bad_request("missing_field", "The field \"password\" is missing.");
  CONVERT_CO_TRY(check_shared_address_rate(services, request, RateClass::login));
  co_return co_await check_login(services, request, std::string(*name), std::string(*password));
}

}  // namespace convert::server::api
