// SPDX-License-Identifier: MIT
#include "service/backends.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "options/roles.hpp"
#include "security/operator_secrets.hpp"
#include "security/secrets_file.hpp"
#include "service/service_log.hpp"

namespace convertd {
using convert::server::AccountStore;
using convert::server::Secret;
namespace {

/// A queue without consumers. Workers in other processes find the tasks by their sweeps.
class DroppedAnnouncements final : public convert::Queue {
 public:
  Result<void> announce(convert::JobId, std::chrono::milliseconds) override { return {}; }

  Result<std::optional<convert::JobId>> next(std::chrono::milliseconds wait) override {
    std::unique_lock lock(mutex_);
    const auto wakes = wakes_;
    woken_.wait_for(lock, wait, [&] { return wakes_ != wakes; });
    return std::optional<convert::JobId>();
  }

  void wake() override {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    woken_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;
};

}  // namespace

Result<DataFolder> open_data_folder_if(bool needed, const Settings& settings) {
  if (!needed) return DataFolder{};
  if (settings.data.empty()) return usage_error("--data is required: not all stores are on a server.");
  return open_data_folder(settings.data);
}

Result<std::shared_ptr<convert::Storage>> open_storage(const Settings& settings, const DataFolder& folder) {
  if (!settings.storage.empty()) return convert::open_storage(settings.storage);
  convert::DiskStorageOptions options;
  options.durability = settings.durability;
  return convert::disk_storage(folder.blobs(), options);
}

Result<std::shared_ptr<convert::JobStore>> open_job_store(const Settings& settings,
                                                          const DataFolder& folder) {
  if (const auto uri = job_store_uri(settings); !uri.empty()) return convert::open_job_store(uri);
  convert::SqliteOptions options;
  options.durability = settings.durability;
  return convert::sqlite_job_store(folder.jobs(), options);
}

Result<std::shared_ptr<AccountStore>> open_account_store(const Settings& settings, const DataFolder& folder) {
  if (const auto uri = account_store_uri(settings); !uri.empty())
    return convert::server::open_account_store(uri);
  return convert::server::sqlite_account_store(folder.accounts(), settings.durability);
}

Result<std::shared_ptr<convert::Queue>> open_queue(const Settings& settings) {
  const auto uri = queue_uri(settings);
  if (is_remote(uri) || runs_tasks(settings)) return convert::open_queue(uri.empty() ? "memory:" : uri);
  return std::shared_ptr<convert::Queue>(std::make_shared<DroppedAnnouncements>());
}

Result<std::vector<Secret>> open_secrets(const Settings& settings, const DataFolder& folder) {
  namespace security = convert::server::security;
  if (!settings.secrets.empty()) {
    return security::parse_secrets_variable(settings.secrets, "CONVERTD_SECRETS");
  }
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
