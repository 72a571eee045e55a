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

/// One entry of an archive. `meta` keeps times, modes, owners and other attributes of the source.
struct Entry {
  EntryHandle meta;
  std::string name;  ///< UTF-8; safe after `EntrySanitizer::sanitize`
  EntryKind kind = EntryKind::file;
  std::string target;  ///< target of a link, UTF-8
  std::optional<std::uint64_t> size;
  bool encrypted = false;
};

/// A new entry for a file that is not from an archive.
Entry make_file_entry(std::string name, std::optional<std::uint64_t> size, std::chrono::nanoseconds modified,
                      unsigned mode);

/// Converts an entry that libarchive read; names become UTF-8, with a warning `damaged` for names that are
/// not.
Entry to_entry(::archive_entry* read, Container container, ConversionContext& context);

/// The description of an entry for `probe`.
EntryInfo to_entry_info(const Entry& entry);

/// A sequence of entries. The bytes of an entry are read before the next entry.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  virtual Result<std::optional<Entry>> next() = 0;
  /// The next bytes of the current entry; empty at its end. Valid until the next call.
  virtual Result<std::span<const std::byte>> read() = 0;
};

}  // namespace convert::archive
