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

// bzip2 and Zstandard have no level 0.
constexpr std::array kLevels0To9{OptionRange{.option = "level", .codec = {}, .min = 0, .max = 9}};
constexpr std::array kLevels1To9{OptionRange{.option = "level", .codec = {}, .min = 1, .max = 9}};
constexpr std::array kLevels1To19{OptionRange{.option = "level", .codec = {}, .min = 1, .max = 19}};

constexpr FormatCapabilities kOneFile;
constexpr FormatCapabilities kFiles = {.multiple_inputs = true};

constexpr Format row(std::string_view name, std::string_view title,
                     std::span<const std::string_view> extensions, std::string_view mime_type,
                     FormatCapabilities capabilities, std::span<const std::string_view> options,
                     std::span<const OptionRange> ranges, bool readable = true) {
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
          .forward_only_missing = {},
          .option_ranges = ranges};
}

constexpr std::array kFormats = {
    row("zip", "ZIP archive", kZip, "application/zip", kFiles, kLevels, kLevels0To9),
    row("7z", "7-Zip archive", k7z, "application/x-7z-compressed", kFiles, kLevels, kLevels0To9),
    row("tar", "tar archive", kTar, "application/x-tar", kFiles, kEntry, {}),
    row("tar.gz", "tar archive, gzip-compressed", kTarGz, "application/gzip", kFiles, kLevels, kLevels0To9),
    row("tar.bz2", "tar archive, bzip2-compressed", kTarBz2, "application/x-bzip2", kFiles, kLevels,
        kLevels1To9),
    row("tar.xz", "tar archive, xz-compressed", kTarXz, "application/x-xz", kFiles, kLevels, kLevels0To9),
    row("tar.zst", "tar archive, Zstandard-compressed", kTarZst, "application/zstd", kFiles, kLevels,
        kLevels1To19),
    row("gz", "gzip-compressed file", kGz, "application/gzip", kOneFile, kLevels, kLevels0To9),
    row("bz2", "bzip2-compressed file", kBz2, "application/x-bzip2", kOneFile, kLevels, kLevels1To9),
    row("xz", "xz-compressed file", kXz, "application/x-xz", kOneFile, kLevels, kLevels0To9),
    row("zst", "Zstandard-compressed file", kZst, "application/zstd", kOneFile, kLevels, kLevels1To19),
    row("raw", "the file as it is", {}, "application/octet-stream", kOneFile, kEntry, {}, false),
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

}  // namespace convert::archive
