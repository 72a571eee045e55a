// SPDX-License-Identifier: MIT
#include "archive/archive_formats.hpp"

#include <algorithm>
#include <array>

#include "conversion/format_lookup.hpp"

namespace convert::archive {
namespace {

using Names = std::string_view[];

constexpr Names kZip = {"zip"};
constexpr Names k7z = {"7z"};
constexpr Names kTar = {"tar"};
constexpr Names kTarGz = {"tar.gz", "tgz"};
constexpr Names kTarBz2 = {"tar.bz2", "tbz2", "tbz"};
constexpr Names kTarXz = {"tar.xz", "txz"};
constexpr Names kTarZst = {"tar.zst", "tzst"};
constexpr Names kGz = {"gz"};
constexpr Names kBz2 = {"bz2"};
constexpr Names kXz = {"xz"};
constexpr Names kZst = {"zst"};
constexpr Names kLevels = {"level", "entry"};
constexpr Names kEntry = {"entry"};

constexpr FormatCapabilities kOneFile;
constexpr FormatCapabilities kFiles = {.multiple_inputs = true};

constexpr Format row(std::string_view name, std::string_view title,
                     std::span<const std::string_view> extensions, std::string_view mime_type,
                     FormatCapabilities capabilities, std::span<const std::string_view> options,
                     bool readable = true) {
  return {.name = name,
          .title = title,
          .family = Family::archive,
          .extensions = extensions,
          .mime_type = mime_type,
          .readable = readable,
          .writable = true,
          .codecs = {},
          .options = options,
          .capabilities = capabilities,
          .forward_only = ForwardOnlySupport::complete,
          .forward_only_missing = {}};
}

constexpr std::array kFormats = {
    row("zip", "ZIP archive", kZip, "application/zip", kFiles, kLevels),
    row("7z", "7-Zip archive", k7z, "application/x-7z-compressed", kFiles, kLevels),
    row("tar", "tar archive", kTar, "application/x-tar", kFiles, kEntry),
    row("tar.gz", "tar archive, gzip-compressed", kTarGz, "application/gzip", kFiles, kLevels),
    row("tar.bz2", "tar archive, bzip2-compressed", kTarBz2, "application/x-bzip2", kFiles, kLevels),
    row("tar.xz", "tar archive, xz-compressed", kTarXz, "application/x-xz", kFiles, kLevels),
    row("tar.zst", "tar archive, Zstandard-compressed", kTarZst, "application/zstd", kFiles, kLevels),
    row("gz", "gzip-compressed file", kGz, "application/gzip", kOneFile, kLevels),
    row("bz2", "bzip2-compressed file", kBz2, "application/x-bzip2", kOneFile, kLevels),
    row("xz", "xz-compressed file", kXz, "application/x-xz", kOneFile, kLevels),
    row("zst", "Zstandard-compressed file", kZst, "application/zstd", kOneFile, kLevels),
    row("raw", "the file as it is", {}, "application/octet-stream", kOneFile, kEntry, false),
};

constexpr std::array<ArchiveFormat, kFormats.size()> kArchiveFormats = {{
    {Container::zip, Compression::none},
    {Container::seven_zip, Compression::none},
    {Container::tar, Compression::none},
    {Container::tar, Compression::gzip},
    {Container::tar, Compression::bzip2},
    {Container::tar, Compression::xz},
    {Container::tar, Compression::zstd},
    {Container::single_file, Compression::gzip},
    {Container::single_file, Compression::bzip2},
    {Container::single_file, Compression::xz},
    {Container::single_file, Compression::zstd},
    {Container::single_file, Compression::none},
}};

}  // namespace

std::span<const Format> formats() noexcept { return kFormats; }

const Format* find_archive_format(std::string_view name) noexcept {
  return convert::find_format(kFormats, name);
}

const Format& format_row(ArchiveFormat archive_format) noexcept {
  const auto found = std::find(kArchiveFormats.begin(), kArchiveFormats.end(), archive_format);
  return kFormats[static_cast<std::size_t>(found - kArchiveFormats.begin())];
}

ArchiveFormat archive_format_of(const Format& row) noexcept {
  const auto found =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& f) { return f.name == row.name; });
  return kArchiveFormats[static_cast<std::size_t>(found - kFormats.begin())];
}

std::optional<int> max_level(ArchiveFormat archive_format) noexcept {
  if (archive_format.compression == Compression::zstd) return 19;
  if (archive_format.compression == Compression::none &&
      (archive_format.container == Container::tar || archive_format.container == Container::single_file))
    return {};
  return 9;
}

}  // namespace convert::archive
