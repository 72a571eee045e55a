// SPDX-License-Identifier: MIT
#include "media/ffmpeg/avio.hpp"

#include <algorithm>
#include <cstring>

#include "base/try.hpp"

namespace convert::media {
namespace {

// Large enough that system calls do not show in profiles, small enough that seeking in an MP4 stays cheap.
constexpr int kReadBuffer = 64 << 10;
constexpr int kWriteBuffer = 256 << 10;

IoContext make_context(void* self, int size, bool write, int (*read)(void*, std::uint8_t*, int),
                       int (*put)(void*, std::uint8_t*, int),
                       std::int64_t (*seek)(void*, std::int64_t, int)) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(static_cast<std::size_t>(size)));
  if (buffer == nullptr) return nullptr;
  IoContext context(avio_alloc_context(buffer, size, write ? 1 : 0, self, read, put, seek));
  if (!context) av_free(buffer);
  return context;
}

/// The absolute offset of a seek; empty if it is invalid.
std::optional<std::uint64_t> seek_target(std::int64_t offset, int whence, std::uint64_t position,
                                         std::optional<std::uint64_t> size) {
  std::int64_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<std::int64_t>(position);
  if (whence == SEEK_END) {
    if (!size) return {};
    base = static_cast<std::int64_t>(*size);
  }
  if (base + offset < 0) return {};
  return static_cast<std::uint64_t>(base + offset);
}

}  // namespace

AvioReader::AvioReader(Reader& reader, const ConvertOptions& options) : reader_(reader), options_(options) {}

AVIOContext* AvioReader::context() {
  if (!context_) {
    context_ = make_context(this, kReadBuffer, false, &on_read, nullptr, &on_seek);
    if (context_) context_->seekable = reader_.seekable() ? AVIO_SEEKABLE_NORMAL : 0;
  }
  return context_.get();
}

Result<std::vector<std::byte>> AvioReader::peek(std::uint64_t offset, std::size_t want) {
  if (!reader_.seekable()) {
    while (head_.size() < offset + want) {
      CONVERT_TRY(options_.check_cancellation());
      const std::size_t have = head_.size();
      // Small steps: resize clears the new bytes, and a pipe returns little at a time.
      head_.resize(have + std::min<std::size_t>(static_cast<std::size_t>(offset) + want - have, kReadBuffer));
      auto got = reader_.read_at(have, std::span(head_).subspan(have));
      head_.resize(have + (got ? *got : 0));
      if (!got) return got.error();
      if (*got == 0) break;
    }
    const auto from = std::min<std::size_t>(static_cast<std::size_t>(offset), head_.size());
    const auto count = std::min(want, head_.size() - from);
    return std::vector<std::byte>(head_.begin() + static_cast<std::ptrdiff_t>(from),
                                  head_.begin() + static_cast<std::ptrdiff_t>(from + count));
  }
  std::vector<std::byte> bytes(want);
  std::size_t have = 0;
  while (have < want) {
    CONVERT_TRY_ASSIGN(auto got, reader_.read_at(offset + have, std::span(bytes).subspan(have)));
    if (got == 0) break;
    have += got;
  }
  bytes.resize(have);
  return bytes;
}

Result<std::size_t> AvioReader::read(std::uint64_t offset, std::span<std::byte> into) {
  CONVERT_TRY(options_.check_cancellation());
  if (offset >= head_.size()) return reader_.read_at(offset, into);
  const auto from = static_cast<std::size_t>(offset);
  const std::size_t count = std::min(into.size(), head_.size() - from);
  std::memcpy(into.data(), head_.data() + from, count);
  return count;
}

int AvioReader::on_read(void* self, std::uint8_t* into, int size) {
  auto& io = *static_cast<AvioReader*>(self);
  if (io.error_) return AVERROR_EXIT;
  auto got = io.read(io.position_, std::as_writable_bytes(std::span(into, static_cast<std::size_t>(size))));
  if (!got) {
    io.error_ = std::move(got).error();
    return AVERROR_EXIT;
  }
  if (*got == 0) return AVERROR_EOF;
  io.position_ += *got;
  return static_cast<int>(*got);
}

std::int64_t AvioReader::on_seek(void* self, std::int64_t offset, int whence) {
  auto& io = *static_cast<AvioReader*>(self);
  const int how = whence & ~AVSEEK_FORCE;
  const auto size = io.reader_.size();
  if (how == AVSEEK_SIZE) return size ? static_cast<std::int64_t>(*size) : AVERROR(ENOSYS);
  if (!io.reader_.seekable()) return AVERROR(ESPIPE);
  const auto to = seek_target(offset, how, io.position_, size);
  if (!to) return AVERROR(EINVAL);
  io.position_ = *to;
  return static_cast<std::int64_t>(*to);
}

AvioWriter::AvioWriter(Writer& writer) : writer_(writer) {}

AVIOContext* AvioWriter::context() {
  if (!context_) {
    context_ =
        make_context(this, kWriteBuffer, true, nullptr, &on_write, writer_.seekable() ? &on_seek : nullptr);
    if (context_) context_->seekable = writer_.seekable() ? AVIO_SEEKABLE_NORMAL : 0;
  }
  return context_.get();
}

Result<void> AvioWriter::write(std::span<const std::byte> from) {
  CONVERT_TRY(writer_.write_at(position_, from));
  position_ += from.size();
  size_ = std::max(size_, position_);
  return {};
}

int AvioWriter::on_write(void* self, std::uint8_t* from, int size) {
  auto& io = *static_cast<AvioWriter*>(self);
  if (io.error_) return AVERROR_EXIT;
  auto done = io.write(std::as_bytes(std::span(from, static_cast<std::size_t>(size))));
  if (!done) {
    io.error_ = std::move(done).error();
    return AVERROR_EXIT;
  }
  return size;
}

std::int64_t AvioWriter::on_seek(void* self, std::int64_t offset, int whence) {
  auto& io = *static_cast<AvioWriter*>(self);
  const int how = whence & ~AVSEEK_FORCE;
  if (how == AVSEEK_SIZE) return static_cast<std::int64_t>(io.size_);
  const auto to = seek_target(offset, how, io.position_, io.size_);
  if (!to) return AVERROR(EINVAL);
  io.position_ = *to;
  return static_cast<std::int64_t>(*to);
}

}  // namespace convert::media
