// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <convert/media_info.hpp>

#include "archive/archive_formats.hpp"
#include "archive/conversion_context.hpp"

namespace convert::archive {

/// What a look at an input finds.
struct ArchiveListing {
  std::optional<ArchiveFormat> archive_format;  ///< nothing: a file that is stored as it is
  std::vector<EntryInfo> entries;
  bool complete = true;  ///< all entries were seen
  std::uint64_t files = 0;
  std::optional<std::uint64_t> unpacked = 0;  ///< bytes of all entries, if each says its size
};

/// How far a look goes, and how strict it is.
struct ListingMode {
  bool documents_are_archives = true;
  bool strict = false;  ///< fail on what a conversion would fail on (unsafe names, encryption)
};

/// Reads little: headers only, and of what has no list of its entries no more than its begin.
Result<ArchiveListing> list_archive(const Input& input, ListingMode mode, ConversionContext& context);

}  // namespace convert::archive
