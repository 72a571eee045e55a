// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <convert/format.hpp>
#include <convert/media_info.hpp>
#include <convert/output_spec.hpp>

#include "media/ffmpeg/handles.hpp"
#include "media/metadata/mp4_tags.hpp"

namespace convert::media {

/// Cover art.
struct Cover {
  AVCodecID codec = AV_CODEC_ID_NONE;  ///< MJPEG, PNG, GIF, BMP, WEBP, TIFF
  std::vector<std::byte> bytes;        ///< the image file
  int width = 0;                       ///< pixels, 0 if unknown
  int height = 0;
  std::string title;  ///< description, may be empty
  std::string kind;   ///< picture type, as in FFmpeg's stream tag "comment": "Cover (front)", ...
};

/// Tags, chapters and cover art of a file, under generic names.
struct Metadata {
  std::map<std::string, std::string>
      tags;  ///< lower-case names: title, artist, album_artist, track, date, ...
  std::vector<Chapter> chapters;
  std::vector<Cover> covers;
};

/// Reads the tags of the container and of the stream `audio` (Ogg has them there), chapters and cover art.
/// Leaves out technical tags (encoder, major_brand, ...). Opus' R128_*_GAIN become replaygain_*.
Metadata read_metadata(const AVFormatContext& input, const AVStream& audio);

/// Selects what is written to the target: applies the policy and the tags of `spec`, trims the chapters,
/// drops replay gain if the volume changes, and drops what `format` cannot hold. Each loss is reported in
/// `warnings` (`metadata_lost`). `forward`: the Writer cannot seek.
Metadata select_metadata(Metadata source, const OutputSpec& spec, const Format& format, bool forward,
                         std::vector<Warning>& warnings);

/// Adds `metadata` to `output` before its header is written. `audio` is the first stream, with its codec
/// known; `output.pb` is open. Covers that the format stores as streams or attachments are added after
/// `audio`; a leading ID3v2 tag (mp3, aac) is written to `output.pb` at once.
Result<void> attach_metadata(AVFormatContext& output, AVStream& audio, const Metadata& metadata,
                             const Format& format);

/// Writes the covers that are streams. Call directly after the header is written.
Result<void> write_covers(AVFormatContext& output, const Metadata& metadata, const Format& format);

/// Replaces av_write_trailer. Adds what the muxer cannot write: the ID3v2 chunk of WAV and AIFF, freeform
/// tags of MP4 (with `gapless`, if given). Call once, after the last packet. If the Writer cannot seek, calls
/// av_write_trailer only; `select_metadata` has then warned already.
Result<void> finish_output(AVFormatContext& output, const Metadata& metadata, const Format& format,
                           const std::optional<GaplessInfo>& gapless = {});

}  // namespace convert::media
