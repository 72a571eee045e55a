// SPDX-License-Identifier: MIT
#include "archive/formats.hpp"

#include <algorithm>
#include <array>

#include "io/names.hpp"

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

constexpr Holds kOneFile;
constexpr Holds kFiles = {.several_files = true};

constexpr Format row(std::string_view name, std::string_view title,
                     std::span<const std::string_view> extensions, std::string_view mime_type, Holds holds,
                     std::span<const std::string_view> options, bool readable = true) {
  return {.name = name,
          .title = title,
          .family = Family::archive,
          .extensions = extensions,
          .mime_type = mime_type,
          .readable = readable,
          .writable = true,
          .codecs = {},
          .options = options,
          .holds = holds,
          .forward = Forward::complete,
          .forward_missing = {}};
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

constexpr std::array<Shape, kFormats.size()> kShapes = {{
    {Container::zip, Filter::none},
    {Container::seven_zip, Filter::none},
    {Container::tar, Filter::none},
    {Container::tar, Filter::gzip},
    {Container::tar, Filter::bzip2},
    {Container::tar, Filter::xz},
    {Container::tar, Filter::zstd},
    {Container::file, Filter::gzip},
    {Container::file, Filter::bzip2},
    {Container::file, Filter::xz},
    {Container::file, Filter::zstd},
    {Container::file, Filter::none},
}};

}  // namespace

std::span<const Format> formats() noexcept { return kFormats; }

const Format* find(std::string_view name) noexcept { return convert::find_format(kFormats, name); }

const Format& row_of(Shape shape) noexcept {
  const auto found = std::find(kShapes.begin(), kShapes.end(), shape);
  return kFormats[static_cast<std::size_t>(found - kShapes.begin())];
}

Shape shape_of(const Format& row) noexcept {
  const auto found =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& f) { return f.name == row.name; });
  return kShapes[static_cast<std::size_t>(found - kFormats.begin())];
}

std::optional<int> highest_level(Shape shape) noexcept {
  if (shape.filter == Filter::zstd) return 19;
  if (shape.filter == Filter::none &&
      (shape.container == Container::tar || shape.container == Container::file))
    return {};
  return 9;
}

}  // namespace convert::archive
