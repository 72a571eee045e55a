// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <convert/format.hpp>

namespace convert::archive {

/// What holds the entries. `file` is no container: one file's bytes and nothing else.
enum class Container : std::uint8_t { single_file, zip, seven_zip, tar };

/// What compresses a whole file from outside.
enum class Compression : std::uint8_t { none, gzip, bzip2, xz, zstd };

/// Every format of this room is a container in at most one filter.
struct ArchiveFormat {
  Container container = Container::single_file;
  Compression compression = Compression::none;
  bool operator==(const ArchiveFormat&) const = default;
};

std::span<const Format> formats() noexcept;

/// The row with that name or extension, or null.
const Format* find_archive_format(std::string_view name) noexcept;
const Format& format_row(ArchiveFormat archive_format) noexcept;
ArchiveFormat archive_format_of(const Format& row) noexcept;

/// The highest `OutputSpec::level` that the shape takes; empty if it has no levels.
std::optional<int> max_level(ArchiveFormat archive_format) noexcept;

/// Whether a target must know an entry's size before its bytes.
constexpr bool needs_sizes(ArchiveFormat target) noexcept {
  return target.container == Container::tar || target.container == Container::seven_zip;
}

}  // namespace convert::archive
