// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include <convert/storage.hpp>

namespace convert::storage {

/// Where the bytes of a blob are until `commit`.
enum class StagingMode {
  unnamed,  ///< in an unnamed file, which cannot be left behind; falls back to `hidden`
  hidden,   ///< in a file with a hidden name
};

/// As `convert::disk_storage`, with a choice of the staging mode.
Result<std::shared_ptr<Storage>> open_disk_storage(const std::filesystem::path& folder, Durability durability,
                                                   StagingMode staging);

}  // namespace convert::storage
