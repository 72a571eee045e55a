// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/storage.hpp>

#include "storage/disk/disk_folder.hpp"

namespace convert::storage {

/// Where the bytes of a blob wait for `commit`.
enum class StagingMode {
  unnamed,  ///< in a file without a name, which nothing can leave behind; if that can't be had, as `hidden`
  hidden,   ///< in a file with a hidden name
};

/// A Writer of a blob. Errors: those of `Storage::create`.
Result<std::unique_ptr<Writer>> disk_writer(std::shared_ptr<const DiskFolder> folder, const Key& key,
                                            StagingMode staging);

}  // namespace convert::storage
