// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace convert::test {

// Leftovers in the data folder of a convertd that is not running.

/// Files in the storage that belong to no job, and temporary files. Empty: none.
std::string orphaned_files(const std::filesystem::path& data);

/// Quota still reserved for the account after all leases have expired. Empty: none.
std::string reserved(const std::filesystem::path& data, std::string_view name);

/// Number of tasks counted for the account's day; expired reservations do not count. Call it before
/// `reserved`.
std::uint32_t tasks_today(const std::filesystem::path& data, std::string_view name);

}  // namespace convert::test
