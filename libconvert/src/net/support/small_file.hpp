// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <convert/result.hpp>

namespace convert::net {

/// The content of a file of at most 1 MiB, such as a token or a configuration; nothing if there is no such
/// file. Errors: `invalid_argument` (larger, or not readable).
Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path);

}  // namespace convert::net
