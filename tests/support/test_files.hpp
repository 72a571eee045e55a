// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

/// Bytes as texts and as files.
namespace convert::test {

std::span<const std::byte> bytes(std::string_view text);
std::string text(std::span<const std::byte> bytes);

void write_file(const std::filesystem::path& path, std::string_view content);
/// Empty if there is no such file.
std::string read_file(const std::filesystem::path& path);

}  // namespace convert::test
