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

/// Detects the format by the first bytes; empty if it is not an archive or compressed file. For a compressed
/// file the container is `single_file`: its content is known only after decompression.
std::optional<ArchiveFormat> detect_archive_format(std::span<const std::byte> head);

/// Whether `head` starts with a tar header, by its checksum.
bool is_tar_header(std::span<const std::byte> head);

/// Whether a file is a tar without entries. Checks the name too: other files may start with zeros.
bool is_empty_tar(std::span<const std::byte> head, std::string_view name);

/// Whether a ZIP file is a document or a program in a format based on ZIP (docx, odt, epub, jar, apk). Such a
/// file is treated as one file, not as an archive.
Result<bool> is_zip_document(Reader& zip);
/// The same, by the name of the first entry only.
bool starts_as_zip_document(std::span<const std::byte> head);

/// Whether a 7z file is shorter than its header declares.
bool is_truncated_seven_zip(std::span<const std::byte> head, std::uint64_t size);

/// The metadata in a gzip header (RFC 1952).
struct GzipHeader {
  std::string name;  ///< UTF-8, without folders; empty if it is missing
  std::optional<std::chrono::sys_seconds> modified;
};
GzipHeader read_gzip_header(std::span<const std::byte> head);

}  // namespace convert::archive
