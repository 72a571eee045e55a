// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "archive/archive_entry.hpp"

namespace convert::archive {

/// The entries of a zip, 7z or tar as they are stored. `bytes` must be seekable for zip and 7z, but a zip may
/// be looked at forwards (without modes and links). Borrows both; `bytes` may be gone when it is destroyed.
Result<std::unique_ptr<EntrySource>> open_entries(Container container, Reader& bytes,
                                                  ConversionContext& context);

}  // namespace convert::archive
