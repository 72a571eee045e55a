// SPDX-License-Identifier: MIT
#include "archive/libarchive_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <string>
#include <utility>

namespace convert::archive {
namespace {

constexpr std::size_t kReadBlock = std::size_t{256} << 10;

}  // namespace

LibarchiveReader::LibarchiveReader(Reader& source)
    : source_(source), buffer_(kReadBlock), handle_(archive_read_new()) {}

int LibarchiveReader::open() {
  archive_read_set_callback_data(handle(), this);
  archive_read_set_read_callback(handle(), &LibarchiveReader::read);
  if (source_.seekable() && source_.size()) {
    archive_read_set_skip_callback(handle(), &LibarchiveReader::skip);
    archive_read_set_seek_callback(handle(), &LibarchiveReader::seek);
  }
  return archive_read_open1(handle());
}

la_ssize_t LibarchiveReader::next_block(const void** block) {
  const bool buffered = position_ >= buffer_start_ && position_ < buffer_start_ + buffered_;
  if (!buffered) {
    auto got = source_.read_at(position_, buffer_);
    if (!got) {
      failure_ = got.error();
      archive_set_error(handle(), EIO, "The input could not be read");
      return ARCHIVE_FATAL;
    }
    buffer_start_ = position_;
    buffered_ = *got;
    if (buffered_ == 0) ended_ = true;
  }
  const auto from = static_cast<std::size_t>(position_ - buffer_start_);
  *block = buffer_.data() + from;
  position_ = buffer_start_ + buffered_;
  return static_cast<la_ssize_t>(buffered_ - from);
}

la_ssize_t LibarchiveReader::read(::archive*, void* self, const void** block) {
  return static_cast<LibarchiveReader*>(self)->next_block(block);
}

la_int64_t LibarchiveReader::skip(::archive*, void* self, la_int64_t bytes) {
  auto& reader = *static_cast<LibarchiveReader*>(self);
  const auto size = reader.source_.size().value_or(reader.position_);
  const auto left = size > reader.position_ ? size - reader.position_ : 0;
  const auto skipped = std::min(static_cast<std::uint64_t>(std::max<la_int64_t>(bytes, 0)), left);
  reader.position_ += skipped;
  return static_cast<la_int64_t>(skipped);
}

la_int64_t LibarchiveReader::seek(::archive*, void* self, la_int64_t offset, int whence) {
  auto& reader = *static_cast<LibarchiveReader*>(self);
  const auto size = static_cast<la_int64_t>(reader.source_.size().value_or(0));
  const la_int64_t base = whence == SEEK_SET   ? 0
                          : whence == SEEK_END ? size
                                               : static_cast<la_int64_t>(reader.position_);
  if (offset > 0 ? base > size - offset : base + offset < 0) return ARCHIVE_FATAL;
  reader.position_ = static_cast<std::uint64_t>(base + offset);
  return base + offset;
}

Error libarchive_read_error(const LibarchiveReader& reader, std::string_view what) {
  if (reader.failure()) return *reader.failure();
  const std::string why = last_error(reader.handle());
  std::string lower = why;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto mentions = [&](const char* word) { return lower.find(word) != std::string::npos; };
  if (mentions("encrypt") || mentions("passphrase") || mentions("crypto")) {
    return {Errc::encrypted_input,
            fmt::format("{} is encrypted. Unpack it with its password, then convert the content.", what)};
  }
  if (archive_errno(reader.handle()) == ENOMEM) {
    return {Errc::limit_exceeded, fmt::format("{} needs more memory than is available ({}).", what, why)};
  }
  if (mentions("truncated") || reader.ended()) {
    return {Errc::truncated_input, fmt::format("{} ends early. Download or export it again.", what)};
  }
  return {Errc::corrupt_input, fmt::format("{} is damaged ({}). Get an undamaged copy.", what, why)};
}

void EntryBlockReader::start_entry() {
  position_ = 0;
  block_offset_ = 0;
  block_ = {};
  ended_ = false;
}

std::span<const std::byte> EntryBlockReader::zeros() {
  const auto count = std::min<std::uint64_t>(block_offset_ - position_, zeros_.size());
  position_ += count;
  return std::span(zeros_).first(static_cast<std::size_t>(count));
}

Result<std::span<const std::byte>> EntryBlockReader::next(std::string_view what) {
  for (;;) {
    if (block_offset_ > position_) return zeros();
    if (!block_.empty()) {
      position_ += block_.size();
      return std::exchange(block_, {});
    }
    if (ended_) return std::span<const std::byte>();
    const void* data = nullptr;
    std::size_t size = 0;
    auto offset = static_cast<la_int64_t>(position_);
    const int status = archive_read_data_block(reader_.handle(), &data, &size, &offset);
    // A warning here is a checksum mismatch (7z): treated as a failure.
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF) return libarchive_read_error(reader_, what);
    ended_ = status == ARCHIVE_EOF;
    block_offset_ = static_cast<std::uint64_t>(std::max<la_int64_t>(offset, 0));
    if (!ended_) block_ = std::span(static_cast<const std::byte*>(data), size);
  }
}

}  // namespace convert::archive
