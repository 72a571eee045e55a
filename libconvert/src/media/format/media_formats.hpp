// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include <convert/format.hpp>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// FFmpeg's muxer and its options for a writable format.
struct MuxerConfig {
  std::string_view format;      ///< `Format::name`
  const char* name;             ///< name of FFmpeg's muxer
  const char* options;          ///< key=value:key=value
  const char* forward_options;  ///< added when the Writer cannot seek
  bool big_endian_pcm;
  /// Codecs that are copied unless another codec is requested, space-separated; empty: all of the format's.
  std::string_view codecs_copied_by_default;
  /// Whether the duration of the last packet determines where the audio ends.
  bool last_packet_duration_sets_end = false;
};

/// The table of media formats.
std::span<const Format> formats() noexcept;

/// The format with exactly that name, or null.
const Format* find_media_format(std::string_view name) noexcept;

/// The muxer configuration of a format; null if the format is read-only.
const MuxerConfig* find_muxer_config(std::string_view format) noexcept;

/// Whether a file of that format declares the codec's delay and padding, so that players cut them off.
bool signals_padding(const Format& format, AVCodecID codec, bool forward);

/// Whether `format` can declare a delay of `samples` samples at the start.
bool signals_delay(const Format& format, std::int64_t samples);

}  // namespace convert::media
