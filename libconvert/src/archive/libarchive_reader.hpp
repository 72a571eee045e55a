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

/// libarchive reading from a Reader. Keeps what the Reader failed with, so that it comes out unchanged.
class LibarchiveReader {
 public:
  explicit LibarchiveReader(Reader& source);
  LibarchiveReader(const LibarchiveReader&) = delete;
  LibarchiveReader& operator=(const LibarchiveReader&) = delete;

  ::archive* handle() const { return handle_.get(); }
  /// After the formats and filters were chosen. ARCHIVE_OK, or how libarchive failed.
  int open();

  const std::optional<Error>& failure() const { return failure_; }
  /// Whether libarchive has asked for bytes beyond the end.
  bool ended() const { return ended_; }
  /// Where the last block that libarchive got ends.
  std::uint64_t delivered() const { return position_; }

 private:
  static la_ssize_t read(::archive*, void* self, const void** block);
  static la_int64_t skip(::archive*, void* self, la_int64_t bytes);
  static la_int64_t seek(::archive*, void* self, la_int64_t offset, int whence);
  la_ssize_t next_block(const void** block);

  Reader& source_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_start_ = 0;  // where in the source the buffer's bytes are
  std::size_t buffered_ = 0;
  std::uint64_t position_ = 0;
  std::optional<Error> failure_;
  bool ended_ = false;
  ReadHandle handle_;
};

/// What a failed call of libarchive means. `what` names the thing that was read ("The archive", an entry).
Error libarchive_read_error(const LibarchiveReader& reader, std::string_view what);

/// The bytes of the entry that libarchive stands at, block by block; the holes of sparse files as zeros.
class EntryBlockReader {
 public:
  explicit EntryBlockReader(LibarchiveReader& reader) : reader_(reader) {}
  void start_entry();
  /// The next block, valid until the next call of anything; empty at the end of the entry.
  Result<std::span<const std::byte>> next(std::string_view what);

 private:
  std::span<const std::byte> zeros();

  LibarchiveReader& reader_;
  std::uint64_t position_ = 0;      // how much of the entry was handed out
  std::uint64_t block_offset_ = 0;  // where in the entry the waiting block belongs
  std::span<const std::byte> block_;
  bool ended_ = false;
  std::array<std::byte, std::size_t{32} << 10> zeros_{};
};

}  // namespace convert::archive
