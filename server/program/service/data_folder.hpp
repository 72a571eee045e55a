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

/// The data folder, and the stores in it or at the URIs of the settings.
namespace convertd {

/// The paths in the folder of --data.
struct DataFolder {
  std::filesystem::path root;
  std::filesystem::path blobs() const { return root / "blobs"; }
  std::filesystem::path jobs() const { return root / "jobs.db"; }
  std::filesystem::path accounts() const { return root / "accounts.db"; }
  std::filesystem::path secrets() const { return root / "secrets"; }
  std::filesystem::path scratch() const { return root / "scratch"; }
};

/// Creates the folder if it is missing, accessible to its owner only. Errors: `io` (it cannot be created or
/// written).
convert::Result<DataFolder> open_data_folder(const std::filesystem::path& root);

/// Open the backends. Errors: those of the backends.
Result<std::shared_ptr<convert::Storage>> open_storage(const Settings& settings, const DataFolder& folder);
Result<std::shared_ptr<convert::JobStore>> open_job_store(const Settings& settings, const DataFolder& folder);
Result<std::shared_ptr<convert::server::AccountStore>> open_account_store(const Settings& settings,
                                                                          const DataFolder& folder);

/// The secrets of --secret-file, else those of the data folder, which are created if they are missing.
Result<std::vector<convert::server::Secret>> open_secrets(const Settings& settings, const DataFolder& folder);

/// For ApiOptions::reload_secrets. Logs errors.
std::function<std::vector<convert::server::Secret>()> secret_reloader(
    const Settings& settings, const DataFolder& folder, std::function<void(const convert::LogLine&)> log);

}  // namespace convertd
