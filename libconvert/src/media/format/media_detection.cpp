// SPDX-License-Identifier: MIT
#include "media/format/media_detection.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "media/ffmpeg/allow_list.hpp"

namespace convert::media {
namespace {

constexpr int kConfidentScore = 75;  // a magic number matched
constexpr int kMinScore = 5;         // below this, noise scores the same
constexpr int kMinMp3Score = 51;
constexpr std::size_t kShortHead = 2048;
constexpr std::size_t kLongHead = 8192;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool starts_with_any(std::string_view text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return text.starts_with(w); });
}

bool is_text(std::string_view head) {
  return std::none_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\r' && c != '\n';
  });
}

// Playlists, manifests and scripts: anything that makes a player open other files.
bool is_reference(std::span<const std::byte> head) {
  static constexpr auto kStarts = std::to_array<std::string_view>(
      {"#EXTM3U", "ffconcat version", "[playlist]", "[Playlist]", "[Reference]", "<asx", "<ASX", "<MPD",
       "<smil", "<SmoothStreamingMedia", "v=0\r\no=", "v=0\no=", "RTSPtext", "#EXT-X-", "<playlist", "<WPL",
       "<?wpl"});
  static constexpr auto kRoots = std::to_array<std::string_view>(
      {"<MPD", "<playlist", "<smil", "<asx", "<ASX", "<SmoothStreamingMedia", "<x:playlist"});
  static constexpr auto kLines = std::to_array<std::string_view>(
      {"http://", "https://", "rtsp://", "rtmp://", "mms://", "file://", "ftp://", "concat:", "subfile,",
       "file '", "file \"", "file /", "file .", "file http", "FILE \"", "File1="});
  std::string_view text = as_text(head.first(std::min(head.size(), kShortHead)));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!is_text(text)) return false;
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (starts_with_any(text, kStarts)) return true;
  if (text.starts_with("<?xml")) {
    return std::any_of(kRoots.begin(), kRoots.end(),
                       [&](std::string_view root) { return text.find(root) != std::string_view::npos; });
  }
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (starts_with_any(text, kLines)) return true;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  return false;
}

bool opens_other_files(std::string_view demuxer) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"hls", "applehttp", "hls,applehttp", "dash", "concat", "concatf",
                                       "sdp", "rtsp", "rtp", "imf", "xspf"});
  return std::find(kNames.begin(), kNames.end(), demuxer) != kNames.end();
}

DetectedContainer probe_with_ffmpeg(std::span<const std::byte> head) {
  std::vector<unsigned char> padded(head.size() + AVPROBE_PADDING_SIZE);
  std::transform(head.begin(), head.end(), padded.begin(),
                 [](std::byte b) { return static_cast<unsigned char>(b); });
  AVProbeData data{};
  data.filename = "";
  data.buf = padded.data();
  data.buf_size = static_cast<int>(head.size());
  DetectedContainer result;
  const AVInputFormat* found = av_probe_input_format3(&data, 1, &result.score);
  if (found == nullptr) return {};
  if (opens_other_files(found->name)) return {nullptr, result.score, true};
  if (!is_allowed_demuxer(*found)) return {};
  result.demuxer = found;
  return result;
}

std::uint32_t read_big_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t count) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

}  // namespace

DetectedContainer detect_container(std::span<const std::byte> head, bool whole) {
  if (is_reference(head)) return {nullptr, 100, true};
  // Probing much data with every demuxer is slow. Most formats match in the first bytes, MP3 after seven
  // frames.
  for (const std::size_t size : {kShortHead, kLongHead}) {
    if (head.size() <= size) break;
    const DetectedContainer quick = probe_with_ffmpeg(head.first(size));
    const bool mp3 = quick.demuxer != nullptr && std::string_view(quick.demuxer->name) == "mp3";
    if (quick.score >= (mp3 ? kMinMp3Score : kConfidentScore)) return quick;
  }
  DetectedContainer found = probe_with_ffmpeg(head);
  const int min_score = whole ? 1 : kMinScore;
  if (!found.reference && found.score < min_score) return {};
  return found;
}

std::size_t id3v2_length(std::span<const std::byte> head) noexcept {
  constexpr std::size_t kHeader = 10;
  if (head.size() < kHeader || !as_text(head).starts_with("ID3")) return 0;
  std::size_t size = 0;
  for (std::size_t i = 6; i < kHeader; ++i) {
    const auto byte = std::to_integer<unsigned>(head[i]);
    if (byte > 0x7F) return 0;
    size = size << 7 | byte;
  }
  const bool footer = (std::to_integer<unsigned>(head[5]) & 0x10U) != 0;
  return size + kHeader + (footer ? kHeader : 0);
}

bool may_hide_bitstream(std::span<const std::byte> head) noexcept {
  using namespace std::string_view_literals;
  // ETSI TS 102 114, 5.3.1: 16 and 14 bits per word, either byte order. IEC 61937-1: Pa and Pb.
  static constexpr auto kSyncWords =
      std::to_array({"\x7F\xFE\x80\x01"sv, "\xFE\x7F\x01\x80"sv, "\x1F\xFF\xE8\x00"sv, "\xFF\x1F\x00\xE8"sv,
                     "\x72\xF8\x1F\x4E"sv, "\xF8\x72\x4E\x1F"sv});
  const std::string_view text = as_text(head);
  return std::any_of(kSyncWords.begin(), kSyncWords.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool moov_is_after_mdat(std::span<const std::byte> head) noexcept {
  const std::string_view text = as_text(head);
  std::size_t at = 0;
  while (at + 8 <= head.size()) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | std::to_integer<std::size_t>(head[at + i]);
    const std::string_view type = text.substr(at + 4, 4);
    if (type == "moov" || type == "moof") return false;
    if (type == "mdat") return true;
    if (size < 8) return true;  // 64-bit or open-ended boxes are only used for media data
    at += size;
  }
  return at > head.size();  // a long box of another type: assume the worst
}

std::optional<std::int64_t> lame_sample_count(std::span<const std::byte> first_frame) noexcept {
  constexpr std::size_t kNeeded = 36 + 8 + 4 + 4 + 100 + 4 + 24;
  if (first_frame.size() < kNeeded) return {};
  const std::uint32_t header = read_big_endian(first_frame, 0, 4);
  const bool layer3 = header >> 21U == 0x7FFU && (header >> 17U & 3U) == 1U;
  if (!layer3) return {};
  const bool mpeg1 = (header >> 19U & 3U) == 3U;
  const bool mono = (header >> 6U & 3U) == 3U;
  std::size_t at = 4 + (mpeg1 ? (mono ? 17U : 32U) : (mono ? 9U : 17U));
  const std::string_view text(reinterpret_cast<const char*>(first_frame.data()), first_frame.size());
  if (const auto mark = text.substr(at, 4); mark != "Xing" && mark != "Info") return {};
  const std::uint32_t flags = read_big_endian(first_frame, at + 4, 4);
  constexpr std::uint32_t kFrames = 1;
  if ((flags & kFrames) == 0) return {};
  const std::int64_t frames = read_big_endian(first_frame, at + 8, 4);
  at += 12 + ((flags & 2U) != 0 ? 4U : 0U) + ((flags & 4U) != 0 ? 100U : 0U) + ((flags & 8U) != 0 ? 4U : 0U);
  if (first_frame[at] == std::byte{0}) return {};  // no encoder name: the rest of the tag is unset
  constexpr std::size_t kDelaysAt = 21;
  const std::uint32_t delays = read_big_endian(first_frame, at + kDelaysAt, 3);
  const std::int64_t samples = frames * (mpeg1 ? 1152 : 576) - (delays >> 12U) - (delays & 0xFFFU);
  return samples > 0 ? std::optional(samples) : std::nullopt;
}

}  // namespace convert::media
