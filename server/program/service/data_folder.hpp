// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <convert/result.hpp>

namespace convertd {

/// The paths in the folder of --data. Where all backends are on servers, it holds temporary files only.
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

}  // namespace convertd
