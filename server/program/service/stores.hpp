// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/server_policy.hpp>
#include <convert/storage.hpp>

#include "data_folder.hpp"
#include "options/settings.hpp"

/// What the data folder, or the URIs of the settings, hold. Errors: those of the backends.
namespace convertd {

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
