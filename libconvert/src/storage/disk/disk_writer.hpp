// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <convert/storage.hpp>

#include "storage/disk/disk_folder.hpp"

namespace convert::storage {

/// Where the bytes of a blob are until `commit`.
enum class StagingMode {
  unnamed,  ///< in an unnamed file, which cannot be left behind; falls back to `hidden`
  hidden,   ///< in a file with a hidden name
};

/// A Writer of a blob. Errors: those of `Storage::create`.
Result<std::unique_ptr<Writer>> disk_writer(std::shared_ptr<const DiskFolder> folder, const Key& key,
                                            StagingMode staging);

/// As `Storage::resume`: the bytes of a suspended blob are in a named file among the unfinished blobs.
Result<ResumedWriter> resumed_disk_writer(std::shared_ptr<const DiskFolder> folder, const Key& key,
                                          std::string_view token);

/// As `Storage::discard`.
Result<void> discard_suspended(const DiskFolder& folder, const Key& key, std::string_view token);

/// Opens a new file in the folder of unfinished blobs, without a name or with the name `hidden`. Empty, with
/// errno, on failure.
base::Descriptor open_unfinished(const DiskFolder& folder, StagingMode staging, HiddenFile& hidden);

}  // namespace convert::storage
