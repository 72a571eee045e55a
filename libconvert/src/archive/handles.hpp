// SPDX-License-Identifier: MIT
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace convert::archive {

struct ReadHandleDeleter {
  void operator()(::archive* handle) const noexcept { archive_read_free(handle); }
};
struct WriteHandleDeleter {
  void operator()(::archive* handle) const noexcept { archive_write_free(handle); }
};
struct EntryHandleDeleter {
  void operator()(::archive_entry* handle) const noexcept { archive_entry_free(handle); }
};

using ReadHandle = std::unique_ptr<::archive, ReadHandleDeleter>;
using WriteHandle = std::unique_ptr<::archive, WriteHandleDeleter>;
using EntryHandle = std::unique_ptr<::archive_entry, EntryHandleDeleter>;

/// What libarchive says about its last failure; never null.
inline const char* last_error(::archive* handle) noexcept {
  const char* text = archive_error_string(handle);
  return text != nullptr ? text : "no reason given";
}

}  // namespace convert::archive
