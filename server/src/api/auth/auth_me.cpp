// SPDX-License-Identifier: MIT
#include "api/auth/auth_me.hpp"

#include <string>
#include <utility>
#include <variant>

#include "accounts/account_validation.hpp"
#include "api/auth/account.hpp"
#include "api/auth/account_json.hpp"
#include "api/support/responses.hpp"
#include "api/auth/authentication.hpp"
#include "api/support/parse_fields.hpp"
#include "api/support/problems.hpp"
#include "api/support/task_services.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

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

}  // namespace

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

}  // namespace convert::server::api
