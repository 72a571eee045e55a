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

/// A picture that belongs to the sound.
struct Cover {
  AVCodecID codec = AV_CODEC_ID_NONE;  ///< MJPEG, PNG, GIF, BMP, WEBP, TIFF
  std::vector<std::byte> bytes;        ///< the picture's file
  int width = 0;                       ///< pixels, 0 if unknown
  int height = 0;
  std::string title;  ///< a description, may be empty
  std::string kind;   ///< "Cover (front)", ... FFmpeg's "comment" tag of the stream
};

/// What a file carries besides the sound itself, under generic names.
struct Metadata {
  std::map<std::string, std::string>
      tags;  ///< lower-case names: title, artist, album_artist, track, date, ...
  std::vector<Chapter> chapters;
  std::vector<Cover> covers;
};

/// What the opened input says of `audio` and of the whole: tags of the container and of the stream (Ogg has
/// them there), without technical ones (encoder, major_brand, ...). Opus' R128_*_GAIN become replaygain_*.
Metadata read_metadata(const AVFormatContext& input, const AVStream& audio);

/// What of `source` goes into the target: the policy and the tags of `spec`, chapters cut to the trim,
/// replay gain left out when the volume changes, and what `format` cannot hold left out, each with a warning
/// (`metadata_lost`) that names it. `forward`: the Writer cannot seek.
Metadata select_metadata(Metadata source, const OutputSpec& spec, const Format& format, bool forward,
                         std::vector<Warning>& warnings);

/// Puts `metadata` into `output` before its header is written; `audio` is its first stream, with its codec
/// known, and `output.pb` is open. Where the target holds covers as streams or attachments, those are added
/// after `audio`; where it begins with an ID3v2 tag (mp3, aac), that is written to `output.pb` at once.
Result<void> attach_metadata(AVFormatContext& output, AVStream& audio, const Metadata& metadata,
                             const Format& format);

/// Writes the covers that are streams, right after the header.
Result<void> write_covers(AVFormatContext& output, const Metadata& metadata, const Format& format);

/// Ends the file, in place of av_write_trailer, and adds what the muxer has no means for: the ID3v2 chunk of
/// WAV and AIFF, iTunes' freeform tags of MP4 (and in them `gapless`, if given). Call it once, after the last
/// packet. Where the Writer cannot seek it is av_write_trailer alone: `select_metadata` has said so before.
Result<void> finish_output(AVFormatContext& output, const Metadata& metadata, const Format& format,
                           const std::optional<GaplessInfo>& gapless = {});

}  // namespace convert::media
