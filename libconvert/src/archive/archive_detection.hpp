// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <convert/io.hpp>

#include "archive/archive_formats.hpp"

namespace convert::archive {

/// What the first bytes say. Nothing if they are no format of this room. For a compressed file the container
/// is `file`: what is inside shows only when it is unpacked.
std::optional<ArchiveFormat> detect_archive_format(std::span<const std::byte> head);

/// Whether a block of 512 bytes is a tar header: its checksum says so.
bool is_tar_header(std::span<const std::byte> head);

/// Whether a file, by its first bytes and its name, is a tar without entries: without a name anything that
/// begins with zeros could be one.
bool is_empty_tar(std::span<const std::byte> head, std::string_view name);

/// Whether a ZIP file is a document or a program whose format builds on ZIP (docx, odt, epub, jar, apk):
/// such a file is one file to its owner, not an archive to repack.
Result<bool> is_zip_document(Reader& zip);
/// The same by the first entry's name alone.
bool starts_as_zip_document(std::span<const std::byte> head);

/// Whether a 7z file is shorter than its own header says.
bool is_truncated_seven_zip(std::span<const std::byte> head, std::uint64_t size);

/// What a gzip file says of the file in it (RFC 1952).
struct GzipHeader {
  std::string name;  ///< UTF-8, no folders; empty if it is not said
  std::optional<std::chrono::sys_seconds> modified;
};
GzipHeader read_gzip_header(std::span<const std::byte> head);

}  // namespace convert::archive
