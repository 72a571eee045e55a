// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include <convert/format.hpp>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// What FFmpeg has to be told to make one of the writable formats.
struct MuxerConfig {
  std::string_view format;      ///< `Format::name`
  const char* name;             ///< FFmpeg's muxer
  const char* options;          ///< key=value:key=value
  const char* forward_options;  ///< added when the Writer cannot seek
  bool big_endian_pcm;
  std::string_view codecs_copied_by_default;  ///< the codecs copied unasked, space-separated; empty: all that
                                              ///< the format holds
  bool last_packet_duration_sets_end = false;  ///< of the last packet: it says where the sound ends
};

/// The media rows of the table of formats.
std::span<const Format> formats() noexcept;

/// The row with exactly that name, or null.
const Format* find_media_format(std::string_view name) noexcept;

/// How to write a format; null for those that are only read.
const MuxerConfig* find_muxer_config(std::string_view format) noexcept;

/// Whether a file of that format says how much of the codec's delay and padding to cut away.
bool signals_padding(const Format& format, AVCodecID codec, bool forward);

/// Whether a file of `format` can say that so many samples at its begin are not the sound's.
bool signals_delay(const Format& format, std::int64_t samples);

}  // namespace convert::media
