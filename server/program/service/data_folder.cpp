// SPDX-License-Identifier: MIT
#include "service/data_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "security/secrets_file.hpp"
#include "service/service_log.hpp"

namespace convertd {
namespace fs = std::filesystem;
using convert::server::AccountStore;
using convert::server::Secret;
namespace {

convert::Error no_folder(const fs::path& root, std::string_view what, int code) {
  return {convert::Errc::io,
          fmt::format("The data folder {} {}: {}. Use another --data folder, or give user {} write access.",
                      root.string(), what, std::generic_category().message(code), ::geteuid()),
          false};
}

convert::Result<void> make(const fs::path& root, const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return no_folder(root, "cannot be created", errno);
}

}  // namespace

convert::Result<DataFolder> open_data_folder(const fs::path& root) {
  std::error_code failure;
  const auto whole = fs::absolute(root, failure).lexically_normal();
  if (failure) return no_folder(root, "cannot be found", failure.value());
  DataFolder folder{whole.has_filename() ? whole : whole.parent_path()};
  fs::create_directories(folder.root.parent_path(), failure);
  if (failure) return no_folder(folder.root, "cannot be created", failure.value());
  if (auto made = make(folder.root, folder.root); !made) return made.error();
  if (!fs::is_directory(folder.root, failure)) return no_folder(folder.root, "is not a folder", ENOTDIR);
  if (::access(folder.root.c_str(), R_OK | W_OK | X_OK) != 0) {
    return no_folder(folder.root, "is not writable", errno);
  }
  if (auto made = make(folder.root, folder.scratch()); !made) return made.error();
  return folder;
}

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
  return security::open_or_create_secrets_file(folder.secrets(), settings.server.token_ttl, current_time());
}

std::function<std::vector<Secret>()> secret_reloader(const Settings& settings, const DataFolder& folder,
                                                     std::function<void(const convert::LogLine&)> log) {
  return [settings, folder, log = std::move(log)]() -> std::vector<Secret> {
    auto secrets = open_secrets(settings, folder);
    if (secrets) return std::move(*secrets);
    log({convert::LogLine::Level::warning, 0,
         fmt::format("Cannot reload the secrets: {}", secrets.error().message)});
    return {};
  };
}

}  // namespace convertd
