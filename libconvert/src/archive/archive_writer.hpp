// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/archive_entry.hpp"
#include "archive/sink.hpp"

namespace convert::archive {

struct WriterSettings {
  ArchiveFormat archive_format;
  std::optional<int> level;  ///< empty: as the usual tool does by default
  unsigned threads = 1;
};

/// Stores entries in one output, forwards, in bounded memory.
class ArchiveWriter {
 public:
  /// Borrows `target`.
  static Result<std::unique_ptr<ArchiveWriter>> open(const WriterSettings& settings, Writer& target,
                                                     ConversionContext& context);

  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// The entry's size must be known if `needs_sizes(archive_format)`.
  Result<void> start_entry(const Entry& entry);
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> finish_entry();
  /// After the last entry. Does not commit the target.
  Result<void> close();

 private:
  ArchiveWriter(const WriterSettings& settings, Writer& target, ConversionContext& context)
      : archive_format_(settings.archive_format), output_(target, context), handle_(archive_write_new()) {}
  Result<void> start(const WriterSettings& settings);
  Result<void> check(int status);

  ArchiveFormat archive_format_;
  LibarchiveWriter output_;
  std::string name_;
  bool closed_ = false;
  WriteHandle handle_;
};

}  // namespace convert::archive
