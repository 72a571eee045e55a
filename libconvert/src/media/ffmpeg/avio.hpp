// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <convert/io.hpp>
#include <convert/options.hpp>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// Gives FFmpeg access to a Reader: the only way in which FFmpeg reads input.
class AvioReader {
 public:
  /// Borrows both for its lifetime.
  AvioReader(Reader& reader, const ConvertOptions& options);
  AvioReader(const AvioReader&) = delete;
  AvioReader& operator=(const AvioReader&) = delete;

  /// Up to `want` bytes at `offset`, without consuming them. A forward-only Reader buffers everything from
  /// offset 0.
  Result<std::vector<std::byte>> peek(std::uint64_t offset, std::size_t want);

  /// The buffered first bytes of a forward-only Reader.
  std::vector<std::byte> take_head() { return std::move(head_); }

  /// Null if out of memory. Owned by this object.
  AVIOContext* context();

  /// The error of the Reader or of `ConvertOptions::check_cancellation`. FFmpeg only reports that a read
  /// failed.
  const std::optional<Error>& error() const { return error_; }

  bool seekable() const { return reader_.seekable(); }
  std::optional<std::uint64_t> size() const { return reader_.size(); }
  Reader& reader() { return reader_; }

 private:
  static int on_read(void* self, std::uint8_t* into, int size);
  static std::int64_t on_seek(void* self, std::int64_t offset, int whence);
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into);

  Reader& reader_;
  const ConvertOptions& options_;
  std::vector<std::byte> head_;
  std::uint64_t position_ = 0;
  std::optional<Error> error_;
  IoContext context_;
};

/// Gives FFmpeg access to a Writer.
class AvioWriter {
 public:
  explicit AvioWriter(Writer& writer);
  AvioWriter(const AvioWriter&) = delete;
  AvioWriter& operator=(const AvioWriter&) = delete;

  AVIOContext* context();
  const std::optional<Error>& error() const { return error_; }
  std::uint64_t size() const { return size_; }

 private:
  static int on_write(void* self, std::uint8_t* from, int size);
  static std::int64_t on_seek(void* self, std::int64_t offset, int whence);
  Result<void> write(std::span<const std::byte> from);

  Writer& writer_;
  std::uint64_t position_ = 0;
  std::uint64_t size_ = 0;
  std::optional<Error> error_;
  IoContext context_;
};

}  // namespace convert::media
