// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/export.hpp>
#include <convert/format.hpp>

namespace convert {

enum class StreamKind : std::uint8_t { audio, video, cover, subtitle, data };

/// "audio", "video", "cover", "subtitle" or "data".
CONVERT_API std::string_view to_string(StreamKind kind) noexcept;

/// A loss or an irregularity that is not a failure.
enum class WarningCode : std::uint8_t {
  name_mismatch = 1,   ///< the extension of the name does not match the content
  truncated = 2,       ///< the input ends early; the present part was converted
  damaged = 3,         ///< parts of the input could not be decoded and were skipped
  metadata_lost = 4,   ///< tags, cover art, chapters or replay gain that the target cannot hold
  stream_dropped = 5,  ///< a stream that the target cannot hold
  precision_lost = 6,  ///< fewer bits or channels, or a lower sample rate: the target requires it
  padding = 7,         ///< the target cannot store the encoder's delay or padding
  forward_only = 8,    ///< the output lacks something because the Writer cannot seek
  loudness = 9,        ///< the requested loudness was not reached, or needed a limiter
  entry_skipped = 10,  ///< an archive entry that the target cannot hold
  incomplete = 11,     ///< a probe or a plan is incomplete because it does not read the whole input
};

CONVERT_API std::string_view to_string(WarningCode code) noexcept;

struct Warning {
  WarningCode code = WarningCode::damaged;
  std::string message;  ///< one sentence for the user
};

/// One stream of a media file. Zero and empty mean "unknown" or "does not apply".
struct StreamInfo {
  int index = 0;  ///< its number in the file
  StreamKind kind = StreamKind::data;
  std::string codec;     ///< "mp3", "aac", "pcm_s16le", "h264"
  std::string language;  ///< ISO 639-2, if the file specifies it
  bool is_default = false;
  std::optional<std::chrono::nanoseconds> start;  ///< of a stream that starts later than the file
  std::optional<std::chrono::nanoseconds> duration;
  std::int64_t bitrate = 0;  ///< bits per second
  int sample_rate = 0;       ///< Hz
  int channels = 0;
  std::string channel_layout;  ///< "stereo", "5.1(side)"
  int bits_per_sample = 0;     ///< of the stored samples, where that applies
  std::int64_t samples = 0;    ///< per channel, if the container stores the exact number
  int width = 0;               ///< pixels
  int height = 0;
  double frame_rate = 0;   ///< frames per second
  std::uint64_t size = 0;  ///< bytes, of cover art
};

struct Chapter {
  std::chrono::nanoseconds start{};
  std::chrono::nanoseconds end{};
  std::string title;
};

/// One entry of an archive.
struct EntryInfo {
  std::string name;  ///< UTF-8, as stored, "/" between folders
  enum class Kind : std::uint8_t { file, folder, link, other } kind = Kind::file;
  std::optional<std::uint64_t> size;  ///< unpacked bytes, if the archive stores it
  std::chrono::sys_seconds modified{};
  unsigned mode = 0;  ///< POSIX permission bits
};

/// "file", "folder", "link" or "other".
CONVERT_API std::string_view to_string(EntryInfo::Kind kind) noexcept;

/// The result of a probe.
struct MediaInfo {
  std::string format;  ///< a `Format::name`
  std::string title;   ///< `Format::title`
  Family family = Family::audio;
  std::optional<std::uint64_t> size;  ///< bytes
  std::optional<std::chrono::nanoseconds> duration;
  std::int64_t bitrate = 0;  ///< bits per second, of the whole file
  std::vector<StreamInfo> streams;
  std::map<std::string, std::string> tags;  ///< lower-case generic names (title, artist, album_artist, ...)
  std::vector<Chapter> chapters;
  std::vector<EntryInfo> entries;  ///< of archives
  std::vector<Warning> warnings;
  /// The bytes consumed from a forward-only Reader, in order. Pass them to `prefixed_reader` to continue.
  /// Empty for a seekable Reader.
  std::vector<std::byte> consumed;
};

}  // namespace convert
