// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <convert/result.hpp>

namespace convert::sandbox {

/// The program to start as the zygote: `configured`, or where `convert-worker` usually is. Errors:
/// `not_found` (the message says where it was looked for).
Result<std::filesystem::path> find_worker_program(const std::filesystem::path& configured);

}  // namespace convert::sandbox
