// SPDX-License-Identifier: MIT
#include "archive/archive_detection.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "archive/entry_names.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"

namespace convert::archive {
namespace {

using Bytes = std::span<const std::byte>;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::uint64_t little_endian(Bytes bytes, std::size_t offset, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i > 0; --i)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[offset + i - 1]);
  return value;
}

bool has_magic(Bytes head, std::string_view magic) { return text_of(head).starts_with(magic); }

constexpr std::size_t kTarBlock = 512;
constexpr std::size_t kChecksumOffset = 148;
constexpr std::size_t kChecksumLength = 8;

std::optional<unsigned> octal(std::string_view field) {
  unsigned value = 0;
  bool any = false;
  for (const char c : field) {
    if (c == ' ' && !any) continue;
    if (c < '0' || c > '7') break;
    value = value * 8 + static_cast<unsigned>(c - '0');
    any = true;
  }
  return any ? std::optional(value) : std::nullopt;
}

// The parts of ZIP that identify a document (PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.16).
constexpr std::string_view kLocalHeader{"PK\3\4", 4};
constexpr std::string_view kCentralHeader{"PK\1\2", 4};
constexpr std::string_view kEndRecord{"PK\5\6", 4};
constexpr std::size_t kLocalHeaderSize = 30;
constexpr std::size_t kCentralHeaderSize = 46;
constexpr std::size_t kEndRecordSize = 22;
constexpr std::size_t kMaxComment = 65535;
constexpr std::size_t kMaxDirectoryBytes = std::size_t{1} << 20;

bool is_document_part(std::string_view name) {
  return name == "[Content_Types].xml" || name == "META-INF/MANIFEST.MF" || name == "AndroidManifest.xml";
}

Result<std::vector<std::byte>> read_range(Reader& reader, std::uint64_t offset, std::size_t count) {
  std::vector<std::byte> bytes(count);
  std::size_t filled = 0;
  while (filled < count) {
    CONVERT_TRY_ASSIGN(auto got, reader.read_at(offset + filled, std::span(bytes).subspan(filled)));
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

bool directory_lists_document_part(Bytes directory) {
  while (directory.size() >= kCentralHeaderSize && has_magic(directory, kCentralHeader)) {
    const auto name = static_cast<std::size_t>(little_endian(directory, 28, 2));
    const auto rest =
        static_cast<std::size_t>(little_endian(directory, 30, 2) + little_endian(directory, 32, 2));
    if (directory.size() < kCentralHeaderSize + name + rest) return false;
    if (is_document_part(text_of(directory.subspan(kCentralHeaderSize, name)))) return true;
    directory = directory.subspan(kCentralHeaderSize + name + rest);
  }
  return false;
}

}  // namespace

bool is_tar_header(std::span<const std::byte> head) {
  if (head.size() < kTarBlock) return false;
  const auto block = head.first(kTarBlock);
  const auto stored_sum = octal(text_of(block.subspan(kChecksumOffset, kChecksumLength)));
  if (!stored_sum || block[0] == std::byte{0}) return false;
  unsigned sum = kChecksumLength * ' ';
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    if (i < kChecksumOffset || i >= kChecksumOffset + kChecksumLength)
      sum += std::to_integer<unsigned>(block[i]);
  }
  return sum == *stored_sum;
}

bool is_empty_tar(std::span<const std::byte> head, std::string_view name) {
  // POSIX.1-2017, pax, "ustar Interchange Format": two blocks of zeros mark the end.
  if (head.size() < 2 * kTarBlock || !name.ends_with(".tar")) return false;
  return std::all_of(head.begin(), head.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

std::optional<ArchiveFormat> detect_archive_format(std::span<const std::byte> head) {
  if (has_magic(head, kLocalHeader) || has_magic(head, kEndRecord))
    return ArchiveFormat{Container::zip, Compression::none};
  if (has_magic(head, {"7z\xBC\xAF\x27\x1C", 6}))
    return ArchiveFormat{Container::seven_zip, Compression::none};
  if (has_magic(head, {"\x1F\x8B\x08", 3})) return ArchiveFormat{Container::single_file, Compression::gzip};
  if (has_magic(head, {"\xFD"
                       "7zXZ\0",
                       6}))
    return ArchiveFormat{Container::single_file, Compression::xz};
  if (has_magic(head, {"\x28\xB5\x2F\xFD", 4}))
    return ArchiveFormat{Container::single_file, Compression::zstd};
  // "BZh", a level, then either a block or the end of the stream.
  const auto text = text_of(head);
  if (text.size() >= 10 && text.starts_with("BZh") && text[3] >= '1' && text[3] <= '9' &&
      (text.substr(4, 6) == "1AY&SY" || text.substr(4, 6) == "\x17\x72\x45\x38\x50\x90")) {
    return ArchiveFormat{Container::single_file, Compression::bzip2};
  }
  if (is_tar_header(head)) return ArchiveFormat{Container::tar, Compression::none};
  return {};
}

bool starts_as_zip_document(std::span<const std::byte> head) {
  if (head.size() < kLocalHeaderSize || !has_magic(head, kLocalHeader)) return false;
  const auto length = static_cast<std::size_t>(little_endian(head, 26, 2));
  if (head.size() < kLocalHeaderSize + length) return false;
  const auto name = text_of(head.subspan(kLocalHeaderSize, length));
  return name == "mimetype" || is_document_part(name);
}

Result<bool> is_zip_document(Reader& zip) {
  CONVERT_TRY_ASSIGN(auto head, read_range(zip, 0, 512));
  if (starts_as_zip_document(head)) return true;
  const auto size = zip.size().value_or(0);
  const auto tail_size =
      static_cast<std::size_t>(std::min<std::uint64_t>(size, kEndRecordSize + kMaxComment));
  CONVERT_TRY_ASSIGN(auto tail, read_range(zip, size - tail_size, tail_size));
  const auto end = text_of(tail).rfind(kEndRecord);
  if (end == std::string_view::npos || tail.size() - end < kEndRecordSize) return false;
  const auto length = little_endian(tail, end + 12, 4);
  const auto offset = little_endian(tail, end + 16, 4);
  if (offset >= size) return false;
  CONVERT_TRY_ASSIGN(
      auto directory,
      read_range(zip, offset, static_cast<std::size_t>(std::min<std::uint64_t>(length, kMaxDirectoryBytes))));
  return directory_lists_document_part(directory);
}

bool is_truncated_seven_zip(std::span<const std::byte> head, std::uint64_t size) {
  constexpr std::size_t kSignatureHeader = 32;
  if (head.size() < kSignatureHeader) return true;
  const auto offset = little_endian(head, 12, 8);
  const auto length = little_endian(head, 20, 8);
  return offset > size || length > size || kSignatureHeader + offset + length > size;
}

GzipHeader read_gzip_header(std::span<const std::byte> head) {
  constexpr std::size_t kFixed = 10;
  constexpr unsigned kExtra = 4;
  constexpr unsigned kName = 8;
  GzipHeader header;
  if (head.size() < kFixed) return header;
  const auto flags = std::to_integer<unsigned>(head[3]);
  if (const auto time = little_endian(head, 4, 4); time != 0) {
    header.modified = std::chrono::sys_seconds(std::chrono::seconds(time));
  }
  std::size_t at = kFixed;
  if ((flags & kExtra) != 0) {
    if (head.size() < at + 2) return header;
    at += 2 + static_cast<std::size_t>(little_endian(head, at, 2));
  }
  if ((flags & kName) == 0 || at >= head.size()) return header;
  const auto rest = text_of(head.subspan(at));
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) return header;
  const auto name = rest.substr(0, end);
  header.name = last_component(base::is_utf8(name) ? std::string(name) : from_latin1(name)).value_or("");
  return header;
}

}  // namespace convert::archive
