// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <utility>

#include "accounts/checks.hpp"
#include "accounts/password.hpp"
#include "clock.hpp"
#include "commands.hpp"
#include "password_input.hpp"
#include "stores.hpp"

namespace convertd {
namespace {

namespace accounts = convert::server::accounts;
using convert::server::Account;
using convert::server::AccountChange;
using convert::server::AccountStore;

/// Asks for a password that the policy allows, and hashes it.
Result<std::string> new_password(const Settings& settings) {
  const auto password = read_new_password();
  if (!password) return password.error();
  if (auto good = accounts::check_password(*password, settings.server.passwords); !good) return good.error();
  return accounts::hash_password(*password);
}

Result<void> add_user(AccountStore& store, const CommandLine& line, const Settings& settings) {
  if (auto good = accounts::check_name(line.names[0]); !good) return good;
  auto email = accounts::checked_email(line.names[1]);
  if (!email) return email.error();
  auto password = new_password(settings);
  if (!password) return password.error();
  Account account;
  account.name = line.names[0];
  account.email = std::move(*email);
  account.password = std::move(*password);
  account.admin = line.admin;
  account.created = now();
  const auto made = store.create(account);
  if (!made) return made.error();
  say(fmt::format("{} {} is added.", made->admin ? "Admin" : "User", made->name));
  return {};
}

Result<void> list_users(AccountStore& store) {
  constexpr std::size_t kPage = 1'000;
  std::string after;
  for (;;) {
    const auto page = store.list(after, kPage);
    if (!page) return page.error();
    for (const auto& account : *page) {
      say(fmt::format("{}\t{}\t{}\t{}", account.name, account.email, account.admin ? "admin" : "user",
                      account.leaving    ? "leaving"
                      : account.disabled ? "disabled"
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
    return Error{Errc::not_found, fmt::format("There is no user {}.", shown(name)), false};
  }
  if (auto changed = store.change(account->id, change); !changed) return changed.error();
  say(fmt::format("User {} {}.", account->name, what));
  return {};
}

Result<void> perform(AccountStore& store, const CommandLine& line, const Settings& settings) {
  AccountChange change;
  switch (line.command) {
    case Command::user_add:
      return add_user(store, line, settings);
    case Command::user_disable:
      change.disabled = true;
      change.void_tokens = true;
      return change_user(store, line.names[0], change, "is shut out");
    case Command::user_enable:
      change.disabled = false;
      return change_user(store, line.names[0], change, "is let in");
    case Command::user_password: {
      auto password = new_password(settings);
      if (!password) return password.error();
      change.password = std::move(*password);
      change.void_tokens = true;
      return change_user(store, line.names[0], change, "has another password; all logins of before are void");
    }
    default:
      return list_users(store);
  }
}

}  // namespace

ExitCode user_command(const CommandLine& line, const Settings& settings) {
  const auto folder = open_data_folder(settings.data);
  if (!folder) return refused(folder.error());
  const auto store = open_accounts(settings, *folder);
  if (!store) return refused(store.error());
  if (auto done = perform(**store, line, settings); !done) {
    refuse(done.error().message);
    return ExitCode::failed;
  }
  return ExitCode::done;
}

}  // namespace convertd
