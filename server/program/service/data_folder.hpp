// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/result.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/policy.hpp>
#include <convert/storage.hpp>

#include "options/settings.hpp"

/// What the data folder, or the URIs of the settings, hold. Errors: those of the backends.
namespace convertd {

/// Where things are in the folder of --data.
struct DataFolder {
  std::filesystem::path root;
  std::filesystem::path blobs() const { return root / "blobs"; }
  std::filesystem::path jobs() const { return root / "jobs.db"; }
  std::filesystem::path accounts() const { return root / "accounts.db"; }
  std::filesystem::path secrets() const { return root / "secrets"; }
  std::filesystem::path scratch() const { return root / "scratch"; }
};

/// Makes it if it is missing, for its owner only. Errors: `io`: it cannot be made or written to, and why.
convert::Result<DataFolder> open_data_folder(const std::filesystem::path& root);

Result<std::shared_ptr<convert::Storage>> open_storage(const Settings& settings, const DataFolder& folder);
Result<std::shared_ptr<convert::JobStore>> open_job_store(const Settings& settings, const DataFolder& folder);
Result<std::shared_ptr<convert::server::AccountStore>> open_account_store(const Settings& settings,
                                                                          const DataFolder& folder);

/// Those of --secret-file, else those of the folder, which are made if there are none.
Result<std::vector<convert::server::Secret>> open_secrets(const Settings& settings, const DataFolder& folder);

/// Reads them again, for ApiOptions::reload_secrets. Why it can't goes to `log`.
std::function<std::vector<convert::server::Secret>()> secret_reloader(
    const Settings& settings, const DataFolder& folder, std::function<void(const convert::LogLine&)> log);

}  // namespace convertd
