// SPDX-License-Identifier: MIT
#include "api/auth/account.hpp"

#include <fmt/format.h>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include <convert/server/accounts.hpp>

#include "accounts/account_cache.hpp"
#include "accounts/account_validation.hpp"
#include "api/auth/authentication.hpp"
#include "api/auth/passwords.hpp"
#include "api/auth/rate_limits.hpp"
#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/task_json.hpp"
#include "base/json_writer.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

/// How much of its quota an account uses.
struct QuotaUsage {
  std::uint64_t storage_bytes = 0;
  std::uint64_t tasks_today = 0;
  std::uint64_t active_tasks = 0;
};

void write_limit(base::JsonWriter& writer, std::string_view name, std::uint64_t value) {
  writer.key(name);
  if (value == 0) {
    writer.json("null");
  } else {
    writer.unsigned_integer(value);
  }
}

void write_quota(base::JsonWriter& writer, const EffectiveQuota& effective_quota) {
  writer.key("quota").begin_object();
  write_limit(writer, "storage_bytes", effective_quota.storage_bytes);
  write_limit(writer, "file_bytes", effective_quota.file_bytes);
  write_limit(writer, "tasks_a_day", effective_quota.tasks_per_day);
  write_limit(writer, "tasks_at_once", effective_quota.active_tasks);
  writer.end_object();
}

void write_usage(base::JsonWriter& writer, const QuotaUsage& used) {
  writer.key("used").begin_object();
  writer.key("storage_bytes").unsigned_integer(used.storage_bytes);
  writer.key("tasks_today").unsigned_integer(used.tasks_today);
  writer.key("tasks_at_once").unsigned_integer(used.active_tasks);
  writer.end_object();
}

/// The account as its owner sees it. A quota without a limit is null.
std::string account_json(const Account& account, const EffectiveQuota& effective_quota,
                         const QuotaUsage& used) {
  base::JsonWriter writer;
  writer.begin_object();
  writer.key("id").text(account.id);
  writer.key("username").text(account.name);
  writer.key("email").text(account.email);
  writer.key("role").text(account.admin ? "admin" : "user");
  writer.key("language").text(account.language);
  writer.key("mail").boolean(account.email_notifications);
  writer.key("created").text(timestamp(account.created));
  write_quota(writer, effective_quota);
  write_usage(writer, used);
  writer.end_object();
  return std::move(writer).take();
}

Outcome<QuotaUsage> quota_usage(Services& services, const std::string& account) {
  CONVERT_TRY_ASSIGN(const auto stored, services.tasks.quotas.usage(account));
  CONVERT_TRY_ASSIGN(const auto reserved, services.accounts.reserved_usage(account, services.now()));
  return QuotaUsage{stored.input_bytes + stored.output_bytes + reserved.total_bytes, reserved.tasks_today,
                    stored.unfinished + reserved.total_tasks};
}

Async<Outcome<Response>> account_response(Services& services, Account account) {
  auto count = [&] { return quota_usage(services, account.id); };
  CONVERT_CO_TRY_ASSIGN(const auto used, services.pool.run(count));
  co_return secret_json(
      account_json(account, effective_quota(account.quota, services.options.default_quota), used));
}

Outcome<AccountChange> parse_account_change(const Fields& fields) {
  AccountChange change;
  if (const auto email = fields.find("email")) {
    auto checked = accounts::normalize_email(*email);
    if (!checked) return bad_request("bad_email", checked.error().message);
    change.email = std::move(*checked);
  }
  if (const auto language = fields.find("language")) {
    if (auto good = accounts::validate_language(*language); !good)
      return bad_request("bad_language", good.error().message);
    change.language = std::string(*language);
  }
  CONVERT_TRY_ASSIGN(change.email_notifications, fields.boolean("mail"));
  return change;
}

constexpr std::array<std::string_view, 4> kSignupFields{"username", "email", "password1", "password2"};

struct NewAccount {
  Account account;
  std::string password;
};

Outcome<NewAccount> parse_signup_fields(const Fields& fields, const PasswordPolicy& policy) {
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
  CONVERT_TRY_ASSIGN(new_account.password, parse_new_password(fields, policy));
  return new_account;
}

Problem name_taken() { return bad_request("name_taken", "The name is in use. Choose another one."); }
Problem email_taken() {
  return bad_request("email_taken", "The e-mail address is in use. Log in, or use another one.");
}

/// Fails if the name or the e-mail address of a new account is in use.
Async<Outcome<void>> check_unused(Services& services, const Account& account) {
  auto by_name = [&] { return services.accounts.find_login(account.name); };
  auto by_email = [&] { return services.accounts.find_login(account.email); };
  const auto named = co_await services.pool.run(by_name);
  if (named) co_return name_taken();
  if (named.error().code != Errc::not_found) co_return named.error();
  const auto mailed = co_await services.pool.run(by_email);
  if (mailed) co_return email_taken();
  if (mailed.error().code != Errc::not_found) co_return mailed.error();
  co_return Outcome<void>();
}

Async<Outcome<Response>> create_account(Services& services, NewAccount new_account) {
  CONVERT_CO_TRY(check_unused(services, new_account.account));  // before the expensive hash
  CONVERT_CO_TRY_ASSIGN(new_account.account.password,
                        hash_password(services, std::move(new_account.password)));
  auto write = [&] { return services.accounts.create(new_account.account); };
  const auto account = co_await services.pool.run(write);
  if (account) {
    auto issuing = issue_token(services, account->id, account->epoch, "Account created.");
    co_return co_await std::move(issuing);
  }
  if (account.error().code != Errc::conflict) co_return account.error();
  CONVERT_CO_TRY(check_unused(services, new_account.account));  // says which of the two another request took
  co_return name_taken();
}

}  // namespace

Async<Outcome<Account>> find_account(Services& services, std::string id) {
  if (const auto known = services.cache.cached_account(id)) co_return *known;
  auto read = [&] { return services.cache.account(id); };
  CONVERT_CO_TRY_ASSIGN(const auto account, services.pool.run(read));
  co_return *account;
}

Async<Outcome<Account>> update_account(Services& services, std::string id, AccountChange change) {
  auto write = [&] {
    auto changed = services.accounts.change(id, change);
    services.cache.invalidate(id);
    return changed;
  };
  co_return co_await services.pool.run(write);
}

Async<Outcome<Response>> show_account(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(auto account, find_account(services, caller(request).account));
  co_return co_await account_response(services, std::move(account));
}

Async<Outcome<Response>> change_account(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto fields, read_fields(request, FieldContext::account));
  CONVERT_CO_CHECK_ASSIGN(auto change, parse_account_change(fields));
  CONVERT_CO_TRY_ASSIGN(const auto before, find_account(services, caller(request).account));
  if (change.email && *change.email != before.email) change.email_confirmed = false;
  auto after = co_await update_account(services, before.id, std::move(change));
  if (after) co_return co_await account_response(services, std::move(*after));
  if (!after.error().is(Errc::conflict)) co_return after.error();
  co_return bad_request("email_taken", "The e-mail address is in use by another account.");
}

Async<Outcome<Response>> delete_account(Services& services, Request& request) {
  AccountChange change;
  change.being_deleted = true;
  change.revoke_tokens = true;
  CONVERT_CO_TRY_ASSIGN(const auto changed,
                        update_account(services, caller(request).account, std::move(change)));
  services.tasks.maintenance.schedule_removal(changed.id);
  co_return no_content();
}

Async<Outcome<Response>> sign_up(Services& services, Request& request) {
  if (!services.options.allow_signup) {
    co_return make_problem(403, "signup_closed", "Sign-up is disabled. Ask the operator for an account.");
  }
  CONVERT_CO_TRY_ASSIGN(const auto fields, read_fields(request, FieldContext::signup));
  CONVERT_CO_CHECK_ASSIGN(auto new_account, parse_signup_fields(fields, services.options.password_policy));
  CONVERT_CO_TRY(check_shared_address_rate(services, request, RateClass::signup));
  co_return co_await create_account(services, std::move(new_account));
}

}  // namespace convert::server::api
