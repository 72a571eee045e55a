// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <convert/io.hpp>

#include "archive/libarchive.hpp"

namespace convert::archive {

/// Gives libarchive access to a Reader. Keeps the Reader's error, so that it is returned unchanged.
class LibarchiveReader {
 public:
  explicit LibarchiveReader(Reader& source);
  LibarchiveReader(const LibarchiveReader&) = delete;
  LibarchiveReader& operator=(const LibarchiveReader&) = delete;

  ::archive* handle() const { return handle_.get(); }
  /// Call after formats and filters are set. Returns ARCHIVE_OK or libarchive's status.
  int open();

  const std::optional<Error>& failure() const { return failure_; }
  /// Whether libarchive has tried to read beyond the end.
  bool ended() const { return ended_; }
  /// End of the last block that libarchive received.
  std::uint64_t delivered() const { return position_; }

 private:
  static la_ssize_t read(::archive*, void* self, const void** block);
  static la_int64_t skip(::archive*, void* self, la_int64_t bytes);
  static la_int64_t seek(::archive*, void* self, la_int64_t offset, int whence);
  la_ssize_t next_block(const void** block);

  Reader& source_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_start_ = 0;  // offset of the buffer in the source
  std::size_t buffered_ = 0;
  std::uint64_t position_ = 0;
  std::optional<Error> failure_;
  bool ended_ = false;
  ReadHandle handle_;
};

/// Converts a failed libarchive call. `what`: subject of the message ("The archive", an entry).
Error libarchive_read_error(const LibarchiveReader& reader, std::string_view what);

/// Reads the current entry in blocks; holes of sparse files are returned as zeros.
class EntryBlockReader {
 public:
  explicit EntryBlockReader(LibarchiveReader& reader) : reader_(reader) {}
  void start_entry();
  /// The next block; empty at the end of the entry. Valid until the next call of any function.
  Result<std::span<const std::byte>> next(std::string_view what);

 private:
  std::span<const std::byte> zeros();

  LibarchiveReader& reader_;
  std::uint64_t position_ = 0;      // bytes of the entry returned so far
  std::uint64_t block_offset_ = 0;  // offset of the pending block in the entry
  std::span<const std::byte> block_;
  bool ended_ = false;
  std::array<std::byte, std::size_t{32} << 10> zeros_{};
};

}  // namespace convert::archive
