// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/archive_entry.hpp"
#include "archive/conversion_context.hpp"
#include "archive/libarchive.hpp"

namespace convert::archive {

/// Passes libarchive's output to a forward-only Writer. Keeps the Writer's error.
class LibarchiveWriter {
 public:
  LibarchiveWriter(Writer& target, ConversionContext& context) : target_(target), context_(context) {}
  LibarchiveWriter(const LibarchiveWriter&) = delete;
  LibarchiveWriter& operator=(const LibarchiveWriter&) = delete;

  int open(::archive* handle);
  /// Adds name and time to the gzip header, which libarchive leaves out. Call before the first bytes are
  /// written.
  void set_gzip_header_name(std::string name, std::int64_t modified);
  const std::optional<Error>& failure() const { return failure_; }
  /// What happens to further output: used to discard what libarchive still holds when the archive is
  /// abandoned.
  enum class WriteMode : std::uint8_t { write, discard, fail };
  void set_write_mode(WriteMode mode) { write_mode_ = mode; }

 private:
  static la_ssize_t write(::archive*, void* self, const void* bytes, std::size_t count);
  Result<void> put(std::span<const std::byte> bytes);
  Result<void> put_gzip_header(std::span<const std::byte> header);

  struct GzipName {
    std::string name;
    std::int64_t modified = 0;
  };
  Writer& target_;
  ConversionContext& context_;
  std::uint64_t offset_ = 0;
  std::optional<GzipName> gzip_name_;
  std::optional<Error> failure_;
  WriteMode write_mode_ = WriteMode::write;
};

struct WriterSettings {
  ArchiveFormat archive_format;
  std::optional<int> level;  ///< empty: the default of the usual tool
  unsigned threads = 1;
};

/// Writes the entries of one output, forward-only, in bounded memory.
class ArchiveWriter {
 public:
  /// Borrows `target`.
  static Result<std::unique_ptr<ArchiveWriter>> open(const WriterSettings& settings, Writer& target,
                                                     ConversionContext& context);

  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// The size of the entry must be known if `needs_sizes(archive_format)`.
  Result<void> start_entry(const Entry& entry);
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> finish_entry();
  /// Call after the last entry. Does not commit the target.
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
