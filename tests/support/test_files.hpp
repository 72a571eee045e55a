// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Texts, bytes and files.
namespace convert::test {

std::span<const std::byte> bytes(std::string_view text);
std::string text(std::span<const std::byte> bytes);

void write_file(const std::filesystem::path& path, std::string_view content);
/// Empty if the file does not exist.
std::string read_file(const std::filesystem::path& path);

/// A temporary folder, removed by the destructor.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// The sorted relative paths of everything below the folder, hidden files included.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path path_;
};

}  // namespace convert::test
