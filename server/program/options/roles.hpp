// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "options/settings.hpp"

/// What follows from the role of a host and the URIs of its backends.
namespace convertd {

/// "all", "api" or "worker".
std::string_view to_string(Role role);

/// Whether this URI names a server, which many hosts can share, instead of memory or files of this machine.
/// False for an empty URI.
bool is_remote(std::string_view uri);

/// The URIs that apply: --database stands for those that are not set. Empty: the default in the data folder,
/// or in memory for the queue.
std::string job_store_uri(const Settings& settings);
std::string account_store_uri(const Settings& settings);
std::string queue_uri(const Settings& settings);

/// Whether the host serves the API, and whether it runs tasks.
bool serves_api(const Settings& settings);
bool runs_tasks(const Settings& settings);

/// Whether convert-worker runs on this host.
bool needs_workers(const Settings& settings);

/// Checks what can only be checked with all options known. `serving`: also what only a server needs. Errors:
/// `invalid_argument`, with the remedy.
Result<void> check_roles(const Settings& settings, bool serving);

}  // namespace convertd
