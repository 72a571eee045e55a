// SPDX-License-Identifier: MIT
#pragma once

#include "storage/disk/disk_writer.hpp"

namespace convert::storage {

/// As `convert::disk_storage`, with a choice of where unfinished blobs are.
Result<std::shared_ptr<Storage>> open_disk_storage(const std::filesystem::path& folder, Durability durability,
                                                   StagingMode staging);

}  // namespace convert::storage
