// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "media/format/media_formats.hpp"
#include "media/metadata/metadata.hpp"

// Short audio files in every container, made with FFmpeg's own calls around the functions under test.

namespace convert::media {

/// A picture of noise.
Cover make_picture(AVCodecID codec, int width, int height);

/// Writes two seconds of audio with `metadata`; returns an error message, or empty.
std::string make_file(const std::filesystem::path& file, const Format& format, const std::string& encoder,
                      bool forward, const Metadata& metadata, const std::optional<GaplessInfo>& gapless = {});

/// Reads the file's metadata with read_metadata.
Metadata read_file(const std::filesystem::path& file);

/// Bytes of encoded audio in the file, without ADTS headers; and the bytes that were encoded.
std::size_t audio_bytes(const std::filesystem::path& file);
std::size_t encoded_audio_bytes(const std::string& encoder);

}  // namespace convert::media
