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
  int colors = 0;  ///< of the palette of a GIF, else 0
};

/// What the header of a JPEG, PNG, GIF, BMP or WebP says; nothing if it is none of these or cut.
std::optional<ImageHeader> read_image_header(std::span<const std::byte> file);

/// "image/jpeg", ...; empty for codecs that are no picture of ours.
std::string_view picture_mime(AVCodecID codec) noexcept;

/// The codec of "image/jpeg", ...; none for other types.
AVCodecID picture_codec(std::string_view mime) noexcept;

/// The usual extension of a picture's file: "jpg", ...
std::string_view picture_extension(AVCodecID codec) noexcept;

/// The number of a picture's kind, as ID3v2 and FLAC share it: 3 for "Cover (front)" and for what isn't said.
unsigned picture_type(std::string_view kind) noexcept;

/// The name of such a number, as FFmpeg spells it.
std::string_view picture_kind(unsigned type) noexcept;

/// The body of a FLAC picture block (RFC 9639, 8.8), without the header of the metadata block.
std::vector<std::byte> flac_picture_block(const Cover& cover);

std::string base64(std::span<const std::byte> bytes);

}  // namespace convert::media
