// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include <convert/storage.hpp>

#include "storage/disk/disk_folder.hpp"

namespace convert::storage {

/// A name in a folder. The name of a folder ends with a slash, so that names sort like keys.
struct FolderEntry {
  std::string name;
  bool is_folder() const { return name.back() == '/'; }
};

/// The regular files and the folders in an open folder, unordered.
Result<std::vector<FolderEntry>> entries_of(int folder);

/// As `Storage::list`. Reads only folders that can hold such keys.
Result<std::vector<Blob>> list_blobs(const DiskFolder& folder, std::string_view prefix,
                                     std::string_view after, std::size_t max);

/// When the file got its name (ctime). The time of its content is not usable: a Writer may write long before
/// it commits, and a copy is another name of the same file.
Time time_of(const struct stat& status);

/// Describes a file in an open folder as a blob. Errors: `not_found`, also if it is not a regular file.
Result<Blob> stat_blob(int folder, const std::string& name, std::string_view key);

}  // namespace convert::storage
