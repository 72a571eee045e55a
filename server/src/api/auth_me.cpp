// SPDX-License-Identifier: MIT
#include "api/auth_me.hpp"

#include <string>
#include <utility>
#include <variant>

#include "accounts/checks.hpp"
#include "api/account_access.hpp"
#include "api/account_json.hpp"
#include "api/answers.hpp"
#include "api/authentication.hpp"
#include "api/body_fields.hpp"
#include "api/errors.hpp"
#include "api/task_services.hpp"
#include "http/pool.hpp"

namespace convert::server::api {
namespace {

Result<Used> used_by(Services& services, const std::string& account) {
  const auto stored = services.tasks.quotas.usage(account);
  if (!stored) return stored.error();
  const auto room = services.accounts.reserved(account, services.now());
  if (!room) return room.error();
  return Used{stored->input_bytes + stored->output_bytes + room->bytes_in_all, room->tasks_today,
              stored->unfinished + room->tasks_in_all};
}

Async<Response> shown(Services& services, Account account) {
  auto count = [&] { return used_by(services, account.id); };
  const auto used = co_await services.pool.run(count);
  if (!used) co_return refusal(used.error());
  co_return secret_json(account_json(account, allowance(account.quota, services.options.quota), *used));
}

std::variant<AccountChange, Response> wanted(const Fields& fields) {
  AccountChange change;
  if (const auto email = fields.find("email")) {
    auto checked = accounts::checked_email(*email);
    if (!checked) return bad_request("bad_email", checked.error().message);
    change.email = std::move(*checked);
  }
  if (const auto language = fields.find("language")) {
    if (auto good = accounts::check_language(*language); !good)
      return bad_request("bad_language", good.error().message);
    change.language = std::string(*language);
  }
  const auto mail = fields.flag("mail");
  if (!mail) return bad_request("invalid_argument", mail.error().message);
  change.wants_mail = *mail;
  return change;
}

}  // namespace

Async<Response> show_account(Services& services, Request& request) {
  auto account = co_await account_of(services, caller(request).account);
  if (!account) co_return refusal(account.error());
  co_return co_await shown(services, std::move(*account));
}

Async<Response> change_account(Services& services, Request& request) {
  const auto fields = co_await read_fields(request, About::account);
  if (!fields) co_return refusal(body_failure_of(fields.error()));
  auto change = wanted(*fields);
  if (auto* refused = std::get_if<Response>(&change)) co_return std::move(*refused);
  const auto before = co_await account_of(services, caller(request).account);
  if (!before) co_return refusal(before.error());
  auto& asked = std::get<AccountChange>(change);
  if (asked.email && *asked.email != before->email) asked.confirmed = false;
  auto after = co_await apply_change(services, before->id, std::move(asked));
  if (after) co_return co_await shown(services, std::move(*after));
  if (after.error().code != Errc::conflict) co_return refusal(after.error());
  co_return bad_request("email_taken", "The e-mail address is in use by another account.");
}

Async<Response> delete_account(Services& services, Request& request) {
  AccountChange leaving;
  leaving.leaving = true;
  leaving.void_tokens = true;
  const auto changed = co_await apply_change(services, caller(request).account, std::move(leaving));
  if (!changed) co_return refusal(changed.error());
  services.tasks.keeper.account_leaves(changed->id);
  co_return no_content();
}

}  // namespace convert::server::api
