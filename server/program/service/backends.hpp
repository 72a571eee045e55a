// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/result.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/policy.hpp>
#include <convert/storage.hpp>

#include "options/settings.hpp"
#include "service/data_folder.hpp"

/// The backends that the settings name, or those in the data folder.
namespace convertd {

/// The data folder if `needed`, else one without a path. Errors: `invalid_argument` (--data is missing),
/// those of `open_data_folder`.
Result<DataFolder> open_data_folder_if(bool needed, const Settings& settings);

/// Open the backends. `folder` is used only where the settings name no URI. Errors: those of the backends.
Result<std::shared_ptr<convert::Storage>> open_storage(const Settings& settings, const DataFolder& folder);
Result<std::shared_ptr<convert::JobStore>> open_job_store(const Settings& settings, const DataFolder& folder);
Result<std::shared_ptr<convert::server::AccountStore>> open_account_store(const Settings& settings,
                                                                          const DataFolder& folder);
/// On an API host, a queue in memory drops announcements: nothing on that host would take them.
Result<std::shared_ptr<convert::Queue>> open_queue(const Settings& settings);

/// The secrets of the variable or the file of the settings, else those of the data folder, which are created
/// if they are missing.
Result<std::vector<convert::server::Secret>> open_secrets(const Settings& settings, const DataFolder& folder);

/// For ApiOptions::reload_secrets. Logs errors.
std::function<std::vector<convert::server::Secret>()> secret_reloader(
    const Settings& settings, const DataFolder& folder, std::function<void(const convert::LogLine&)> log);

}  // namespace convertd
