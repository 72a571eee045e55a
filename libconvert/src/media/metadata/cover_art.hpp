// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "media/metadata/metadata.hpp"

namespace convert::media {

struct ImageHeader {
  int width = 0;
  int height = 0;
  int depth = 0;   ///< bits per pixel, 0 if unknown
  int colors = 0;  ///< palette size of a GIF, else 0
};

/// Parses the header of a JPEG, PNG, GIF, BMP or WebP; empty if it is none of these or truncated.
std::optional<ImageHeader> read_image_header(std::span<const std::byte> file);

/// "image/jpeg", ...; empty for codecs that are not supported as cover art.
std::string_view picture_mime(AVCodecID codec) noexcept;

/// The codec for "image/jpeg", ...; AV_CODEC_ID_NONE for other types.
AVCodecID picture_codec(std::string_view mime) noexcept;

/// The usual file extension: "jpg", ...
std::string_view picture_extension(AVCodecID codec) noexcept;

/// The picture type number of ID3v2 and FLAC; 3 ("Cover (front)") if `kind` is empty.
unsigned picture_type(std::string_view kind) noexcept;

/// FFmpeg's name for a picture type number.
std::string_view picture_kind(unsigned type) noexcept;

/// The body of a FLAC picture block (RFC 9639, 8.8), without the metadata block header.
std::vector<std::byte> flac_picture_block(const Cover& cover);

std::string base64(std::span<const std::byte> bytes);

}  // namespace convert::media
