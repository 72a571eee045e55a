// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include <convert/storage.hpp>

namespace convert::storage {

/// Where the bytes of a blob wait for `commit`.
enum class StagingMode {
  unnamed,  ///< in a file without a name, which nothing can leave behind; if that can't be had, as `hidden`
  hidden,   ///< in a file with a hidden name
};

/// As `convert::disk_storage`, with a choice of where unfinished blobs are.
Result<std::shared_ptr<Storage>> open_disk_storage(const std::filesystem::path& folder, Durability durability,
                                                   StagingMode staging);

}  // namespace convert::storage
