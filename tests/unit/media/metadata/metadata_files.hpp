// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "media/format/media_formats.hpp"
#include "media/metadata/metadata.hpp"

// Short sounds in every container, made with FFmpeg's own calls around the functions under test.

namespace convert::media {

/// A picture full of noise.
Cover make_picture(AVCodecID codec, int width, int height);

/// Two seconds of sound with `metadata`; what went wrong, or nothing.
std::string make_file(const std::filesystem::path& file, const Format& format, const std::string& encoder,
                      bool forward, const Metadata& metadata, const std::optional<GaplessInfo>& gapless = {});

/// What the file says, by read_metadata.
Metadata read_file(const std::filesystem::path& file);

/// Bytes of encoded sound: those that FFmpeg finds in the file, without the headers of ADTS, and those made.
std::size_t audio_bytes(const std::filesystem::path& file);
std::size_t encoded_audio_bytes(const std::string& encoder);

}  // namespace convert::media
