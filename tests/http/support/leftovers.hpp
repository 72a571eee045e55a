// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace convert::test {

// What a convertd has left in its data folder. Call them when none runs there.

/// Files of the storage that no job has, and of the scratch folder. Empty: none.
std::string orphaned_files(const std::filesystem::path& data);

/// Room that is reserved for that member though nobody uploads any more, when all leases have ended. Empty:
/// none.
std::string reserved(const std::filesystem::path& data, std::string_view name);

/// How many tasks count for that member's day; what is reserved under a lease that has ended does not. Call
/// it before `reserved`.
std::uint32_t tasks_today(const std::filesystem::path& data, std::string_view name);

}  // namespace convert::test
