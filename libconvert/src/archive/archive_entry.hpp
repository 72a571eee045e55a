// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <convert/io.hpp>
#include <convert/media_info.hpp>

#include "archive/archive_formats.hpp"
#include "archive/conversion_context.hpp"
#include "archive/libarchive.hpp"

namespace convert::archive {

enum class EntryKind : std::uint8_t { file, folder, symbolic_link, hard_link, special };

/// One thing to store. `meta` keeps times, modes, owners and whatever else its source knew of it.
struct Entry {
  EntryHandle meta;
  std::string name;  ///< UTF-8; safe once it went through `EntrySanitizer`
  EntryKind kind = EntryKind::file;
  std::string target;  ///< of links, UTF-8
  std::optional<std::uint64_t> size;
  bool encrypted = false;
};

/// A new entry for a file that comes from no archive.
Entry make_file_entry(std::string name, std::optional<std::uint64_t> size, std::chrono::nanoseconds modified,
                      unsigned mode);

/// What libarchive read, with names as UTF-8 (`damaged` is told for those that were not).
Entry to_entry(::archive_entry* read, Container container, ConversionContext& context);

/// What a probe tells of it.
EntryInfo to_entry_info(const Entry& entry);

/// Entries, one after the other; each one's bytes before the next entry.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  virtual Result<std::optional<Entry>> next() = 0;
  /// The next bytes of the current entry; empty at its end. Valid until the next call.
  virtual Result<std::span<const std::byte>> read() = 0;
};

}  // namespace convert::archive
