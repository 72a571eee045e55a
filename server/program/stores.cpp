// SPDX-License-Identifier: MIT
#include "stores.hpp"

#include <fmt/format.h>

#include <utility>

#include "accounts/secrets_file.hpp"
#include "clock.hpp"

namespace convertd {

using convert::server::AccountStore;
using convert::server::Secret;

Result<std::shared_ptr<convert::Storage>> open_storage(const Settings& settings, const DataFolder& folder) {
  if (!settings.storage.empty()) return convert::open_storage(settings.storage);
  convert::DiskStorageOptions options;
  options.durability = settings.durability;
  return convert::disk_storage(folder.blobs(), options);
}

Result<std::shared_ptr<convert::JobStore>> open_jobs(const Settings& settings, const DataFolder& folder) {
  if (!settings.jobs.empty()) return convert::open_job_store(settings.jobs);
  convert::SqliteOptions options;
  options.durability = settings.durability;
  return convert::sqlite_job_store(folder.jobs(), options);
}

Result<std::shared_ptr<AccountStore>> open_accounts(const Settings& settings, const DataFolder& folder) {
  if (!settings.accounts.empty()) return convert::server::open_account_store(settings.accounts);
  return convert::server::sqlite_account_store(folder.accounts(), settings.durability);
}

Result<std::vector<Secret>> open_secrets(const Settings& settings, const DataFolder& folder) {
  namespace accounts = convert::server::accounts;
  if (!settings.secret_file.empty()) return accounts::read_given_secrets(settings.secret_file);
  return accounts::open_secrets_file(folder.secrets(), settings.server.token_life, now());
}

std::function<std::vector<Secret>()> secrets_reader(const Settings& settings, const DataFolder& folder,
                                                    std::function<void(const convert::LogLine&)> log) {
  return [settings, folder, log = std::move(log)]() -> std::vector<Secret> {
    auto secrets = open_secrets(settings, folder);
    if (secrets) return std::move(*secrets);
    log({convert::LogLine::Level::warning, 0,
         fmt::format("The secrets cannot be read again: {}", secrets.error().message)});
    return {};
  };
}

}  // namespace convertd
