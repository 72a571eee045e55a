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
#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/task_json.hpp"
#include "base/json_writer.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

/// What of its quota an account has used.
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

/// An account as its owner sees it. A quota without a limit is null.
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

Result<QuotaUsage> quota_usage(Services& services, const std::string& account) {
  const auto stored = services.tasks.quotas.usage(account);
  if (!stored) return stored.error();
  const auto reserved = services.accounts.reserved_usage(account, services.now());
  if (!reserved) return reserved.error();
  return QuotaUsage{stored->input_bytes + stored->output_bytes + reserved->total_bytes, reserved->tasks_today,
                    stored->unfinished + reserved->total_tasks};
}

Async<Response> account_response(Services& services, Account account) {
  auto count = [&] { return quota_usage(services, account.id); };
  const auto used = co_await services.pool.run(count);
  if (!used) co_return error_response(used.error());
  co_return secret_json(
      account_json(account, effective_quota(account.quota, services.options.default_quota), *used));
}

std::variant<AccountChange, Response> parse_account_change(const Fields& fields) {
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
  const auto mail = fields.boolean("mail");
  if (!mail) return bad_request("invalid_argument", mail.error().message);
  change.email_notifications = *mail;
  return change;
}

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

Async<Result<Account>> find_account(Services& services, std::string id) {
  if (const auto known = services.cache.cached_account(id)) co_return *known;
  auto read = [&] { return services.cache.account(id); };
  const auto account = co_await services.pool.run(read);
  if (!account) co_return account.error();
  co_return **account;
}

Async<Result<Account>> update_account(Services& services, std::string id, AccountChange change) {
  auto write = [&] {
    auto changed = services.accounts.change(id, change);
    services.cache.invalidate(id);
    return changed;
  };
  co_return co_await services.pool.run(write);
}

Async<Response> show_account(Services& services, Request& request) {
  auto account = co_await find_account(services, caller(request).account);
  if (!account) co_return error_response(account.error());
  co_return co_await account_response(services, std::move(*account));
}

Async<Response> change_account(Services& services, Request& request) {
  const auto fields = co_await read_fields(request, FieldContext::account);
  if (!fields) co_return error_response(body_problem(fields.error()));
  auto change = parse_account_change(*fields);
  if (auto* refused = std::get_if<Response>(&change)) co_return std::move(*refused);
  const auto before = co_await find_account(services, caller(request).account);
  if (!before) co_return error_response(before.error());
  auto& requested_change = std::get<AccountChange>(change);
  if (requested_change.email && *requested_change.email != before->email)
    requested_change.email_confirmed = false;
  auto after = co_await update_account(services, before->id, std::move(requested_change));
  if (after) co_return co_await account_response(services, std::move(*after));
  if (after.error().code != Errc::conflict) co_return error_response(after.error());
  co_return bad_request("email_taken", "The e-mail address is in use by another account.");
}

Async<Response> delete_account(Services& services, Request& request) {
  AccountChange being_deleted;
  being_deleted.being_deleted = true;
  being_deleted.revoke_tokens = true;
  const auto changed = co_await update_account(services, caller(request).account, std::move(being_deleted));
  if (!changed) co_return error_response(changed.error());
  services.tasks.maintenance.schedule_removal(changed->id);
  co_return no_content();
}

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
