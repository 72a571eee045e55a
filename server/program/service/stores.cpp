// SPDX-License-Identifier: MIT
#include "stores.hpp"

#include <fmt/format.h>

#include <utility>

#include "security/secrets_file.hpp"
#include "service_log.hpp"

namespace convertd {

using convert::server::AccountStore;
using convert::server::Secret;

Result<std::shared_ptr<convert::Storage>> open_storage(const Settings& settings, const DataFolder& folder) {
  if (!settings.storage.empty()) return convert::open_storage(settings.storage);
  convert::DiskStorageOptions options;
  options.durability = settings.durability;
  return convert::disk_storage(folder.blobs(), options);
}

Result<std::shared_ptr<convert::JobStore>> open_job_store(const Settings& settings,
                                                          const DataFolder& folder) {
  if (!settings.job_store.empty()) return convert::open_job_store(settings.job_store);
  convert::SqliteOptions options;
  options.durability = settings.durability;
  return convert::sqlite_job_store(folder.jobs(), options);
}

Result<std::shared_ptr<AccountStore>> open_account_store(const Settings& settings, const DataFolder& folder) {
  if (!settings.account_store.empty()) return convert::server::open_account_store(settings.account_store);
  return convert::server::sqlite_account_store(folder.accounts(), settings.durability);
}

Result<std::vector<Secret>> open_secrets(const Settings& settings, const DataFolder& folder) {
  namespace security = convert::server::security;
  if (!settings.secret_file.empty()) return security::read_operator_secrets(settings.secret_file);
  return security::open_or_create_secrets_file(folder.secrets(), settings.server.token_ttl, now());
}

std::function<std::vector<Secret>()> secret_reloader(const Settings& settings, const DataFolder& folder,
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
