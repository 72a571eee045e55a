// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <convert/result.hpp>

namespace convertd {

/// Where things are in the folder of --data.
struct DataFolder {
  std::filesystem::path root;
  std::filesystem::path blobs() const { return root / "blobs"; }
  std::filesystem::path jobs() const { return root / "jobs.db"; }
  std::filesystem::path accounts() const { return root / "accounts.db"; }
  std::filesystem::path secrets() const { return root / "secrets"; }
  std::filesystem::path scratch() const { return root / "scratch"; }
};

/// Makes it if it is missing, for its owner only. Errors: `io`: it cannot be made or written to, and why.
convert::Result<DataFolder> open_data_folder(const std::filesystem::path& root);

}  // namespace convertd
