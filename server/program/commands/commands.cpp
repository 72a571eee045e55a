// SPDX-License-Identifier: MIT
#include "commands/commands.hpp"

#include <fmt/format.h>

#include <utility>

#include "accounts/account_validation.hpp"
#include "console.hpp"
#include "options/roles.hpp"
#include "security/password_hasher.hpp"
#include "service/backends.hpp"

namespace convertd {
namespace {

namespace accounts = convert::server::accounts;
namespace security = convert::server::security;
using convert::server::Account;
using convert::server::AccountChange;
using convert::server::AccountStore;

/// Prompts for a password, checks the policy, and hashes the password.
Result<std::string> new_password(const Settings& settings) {
  const auto password = prompt_new_password();
  if (!password) return password.error();
  if (auto good = accounts::validate_password(*password, settings.server.password_policy); !good)
    return good.error();
  return security::hash_password(*password);
}

Result<void> add_user(AccountStore& store, const CommandLine& line, const Settings& settings) {
  if (auto good = accounts::validate_user_name(line.arguments[0]); !good) return good;
  auto email = accounts::normalize_email(line.arguments[1]);
  if (!email) return email.error();
  auto password = new_password(settings);
  if (!password) return password.error();
  Account account;
  account.name = line.arguments[0];
  account.email = std::move(*email);
  account.password = std::move(*password);
  account.admin = line.admin;
  const auto made = store.create(account);
  if (!made) return made.error();
  print_line(fmt::format("{} {} added.", made->admin ? "Admin" : "User", made->name));
  return {};
}

Result<void> list_users(AccountStore& store) {
  constexpr std::size_t kPage = 1'000;
  std::string after;
  for (;;) {
    const auto page = store.list(after, kPage);
    if (!page) return page.error();
    for (const auto& account : *page) {
      print_line(fmt::format("{}\t{}\t{}\t{}", account.name, account.email, account.admin ? "admin" : "user",
                             account.being_deleted ? "leaving"
                             : account.disabled    ? "disabled"
                                                   : "active"));
      after = account.id;
    }
    if (page->size() < kPage) return {};
  }
}

Result<void> change_user(AccountStore& store, const std::string& name, const AccountChange& change,
                         std::string_view what) {
  const auto account = store.find_login(name);
  if (!account) {
    if (account.error().code != Errc::not_found) return account.error();
    return Error{Errc::not_found, fmt::format("User {} not found.", in_quotes(name)), false};
  }
  if (auto changed = store.change(account->id, change); !changed) return changed.error();
  print_line(fmt::format("User {} {}.", account->name, what));
  return {};
}

Result<void> perform(AccountStore& store, const CommandLine& line, const Settings& settings) {
  AccountChange change;
  switch (line.command) {
    case Command::user_add:
      return add_user(store, line, settings);
    case Command::user_disable:
      change.disabled = true;
      change.revoke_tokens = true;
      return change_user(store, line.arguments[0], change, "disabled");
    case Command::user_enable:
      change.disabled = false;
      return change_user(store, line.arguments[0], change, "enabled");
    case Command::user_password: {
      auto password = new_password(settings);
      if (!password) return password.error();
      change.password = std::move(*password);
      change.revoke_tokens = true;
      return change_user(store, line.arguments[0], change,
                         "has a new password. All earlier logins are revoked");
    }
    default:
      return list_users(store);
  }
}

}  // namespace

ExitCode user_command(const CommandLine& line, const Settings& settings) {
  const auto folder = open_data_folder_if(account_store_uri(settings).empty(), settings);
  if (!folder) return report_error(folder.error());
  const auto store = open_account_store(settings, *folder);
  if (!store) return report_error(store.error());
  if (auto done = perform(**store, line, settings); !done) {
    print_error(done.error().message);
    return ExitCode::failed;
  }
  return ExitCode::done;
}

}  // namespace convertd
