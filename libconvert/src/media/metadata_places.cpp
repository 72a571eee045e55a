// SPDX-License-Identifier: MIT
#include "media/metadata_places.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "media/mp4_tags.hpp"
#include "media/picture_block.hpp"

namespace convert::media {
namespace {

constexpr std::array<std::string_view, 10> kRiffInfo{
    "title", "artist", "album", "date", "genre", "comment", "copyright", "language", "track", "encoded_by"};

// A FLAC metadata block says its size in 24 bits.
constexpr std::size_t kFlacBlock = (std::size_t{1} << 24u) - 1024;
// ASF says the length of a value in bytes of UTF-16, in 16 bits, the zero at the end included.
constexpr std::size_t kAsfUnits = 32'766;

struct Row {
  std::string_view format;
  Carrier carrier;
};
constexpr std::array kCarriers{
    Row{"mp3", Carrier::id3_first}, Row{"aac", Carrier::id3_first}, Row{"wav", Carrier::id3_last},
    Row{"aiff", Carrier::id3_last}, Row{"m4a", Carrier::mp4},       Row{"ogg", Carrier::ogg},
    Row{"opus", Carrier::ogg},      Row{"flac", Carrier::flac},     Row{"wma", Carrier::asf},
    Row{"mka", Carrier::matroska},
};

std::size_t utf16_units(std::string_view utf8) {
  std::size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xc0u) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

bool is_wav(const Format& format) { return format.name == "wav"; }

}  // namespace

Carrier carrier_of(const Format& format) noexcept {
  const auto* row =
      std::find_if(kCarriers.begin(), kCarriers.end(), [&](const Row& r) { return r.format == format.name; });
  return row == kCarriers.end() ? Carrier::none : row->carrier;
}

bool riff_info_holds(std::string_view generic) noexcept {
  return std::find(kRiffInfo.begin(), kRiffInfo.end(), generic) != kRiffInfo.end();
}

bool wav_needs_id3(const Metadata& metadata) noexcept {
  return !metadata.covers.empty() || !metadata.chapters.empty() ||
         !std::all_of(metadata.tags.begin(), metadata.tags.end(),
                      [](const auto& tag) { return riff_info_holds(tag.first); });
}

bool holds_tag(const Format& format, bool forward, std::string_view generic, std::string_view value) {
  const Carrier carrier = carrier_of(format);
  const bool known_only = format.holds.known_tags_only || forward;
  if (carrier == Carrier::mp4 && known_only) return ipod_muxer_writes(generic, value);
  if (is_wav(format) && known_only) return riff_info_holds(generic);
  if (generic.starts_with("id3v2_priv."))
    return carrier == Carrier::id3_first || carrier == Carrier::id3_last;
  if (carrier == Carrier::asf) return utf16_units(value) <= kAsfUnits;
  return true;
}

bool holds_cover(const Format& format, bool forward, const Cover& cover) {
  if (!format.holds.cover || picture_mime(cover.codec).empty() || cover.bytes.empty()) return false;
  const Carrier carrier = carrier_of(format);
  // FFmpeg's fragmented MP4 lists covers as tracks of no known kind, and the sound is not found.
  if (forward && (is_wav(format) || carrier == Carrier::mp4)) return false;
  switch (carrier) {
    case Carrier::mp4:
      return cover.codec == AV_CODEC_ID_MJPEG || cover.codec == AV_CODEC_ID_PNG ||
             cover.codec == AV_CODEC_ID_BMP;
    case Carrier::flac:
      return cover.codec != AV_CODEC_ID_WEBP && cover.bytes.size() + cover.title.size() < kFlacBlock;
    default:
      return true;
  }
}

std::size_t chapter_room(const Format& format, bool forward) {
  if (!format.holds.chapters) return 0;
  const Carrier carrier = carrier_of(format);
  if (forward && (carrier == Carrier::mp4 || is_wav(format))) return 0;
  // CHAPTER000 to CHAPTER999.
  if (carrier == Carrier::ogg || carrier == Carrier::flac) return 1000;
  return std::numeric_limits<std::size_t>::max();
}

}  // namespace convert::media
