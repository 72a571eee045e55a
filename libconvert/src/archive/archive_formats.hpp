// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <convert/format.hpp>

namespace convert::archive {

/// The archive container. `single_file`: no container, only the bytes of one file.
enum class Container : std::uint8_t { single_file, zip, seven_zip, tar };

/// The compression around the whole file.
enum class Compression : std::uint8_t { none, gzip, bzip2, xz, zstd };

/// Every archive format is a container, optionally compressed.
struct ArchiveFormat {
  Container container = Container::single_file;
  Compression compression = Compression::none;
  bool operator==(const ArchiveFormat&) const = default;
};

std::span<const Format> formats() noexcept;

/// The format with that name or extension, or null.
const Format* find_archive_format(std::string_view name) noexcept;
const Format& format_row(ArchiveFormat archive_format) noexcept;
ArchiveFormat archive_format_of(const Format& row) noexcept;

/// Whether the target must know the size of an entry before its bytes.
constexpr bool needs_sizes(ArchiveFormat target) noexcept {
  return target.container == Container::tar || target.container == Container::seven_zip;
}

}  // namespace convert::archive
