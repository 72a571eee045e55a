// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "archive/archive_entry.hpp"

namespace convert::archive {

/// A file to store as it is.
struct StoredFile {
  Reader* bytes = nullptr;
  std::string name;                   ///< safe
  const Reader* origin = nullptr;     ///< the Reader whose descriptor may know the file's time and mode
  std::optional<std::uint32_t> mode;  ///< else the descriptor's, else 0644
  std::optional<std::chrono::nanoseconds> modified;  ///< else the descriptor's, else now
};

/// Each file as one entry. Borrows the Readers.
std::unique_ptr<EntrySource> stored_files(std::vector<StoredFile> files);

}  // namespace convert::archive
