// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include <convert/storage.hpp>

#include "storage/disk/disk_writer.hpp"

namespace convert::storage {

/// As `convert::disk_storage`, with a choice of the staging mode.
Result<std::shared_ptr<Storage>> open_disk_storage(const std::filesystem::path& folder, Durability durability,
                                                   StagingMode staging);

}  // namespace convert::storage
