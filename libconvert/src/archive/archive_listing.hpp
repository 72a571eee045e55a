// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <convert/media_info.hpp>

#include "archive/archive_formats.hpp"
#include "archive/conversion_context.hpp"

namespace convert::archive {

/// The result of `list_archive`.
struct ArchiveListing {
  std::optional<ArchiveFormat> archive_format;  ///< empty: a file that is stored unchanged
  std::vector<EntryInfo> entries;
  bool complete = true;  ///< all entries are listed
  std::uint64_t files = 0;
  std::optional<std::uint64_t> unpacked = 0;  ///< bytes of all entries, if all sizes are declared
};

/// How complete and how strict a listing is.
struct ListingMode {
  bool documents_are_archives = true;
  bool strict = false;  ///< fail where a conversion would fail (unsafe names, encryption)
};

/// Lists the entries of an input. Reads headers only; of formats without a list of entries, only the start.
Result<ArchiveListing> list_archive(const Input& input, ListingMode mode, ConversionContext& context);

}  // namespace convert::archive
