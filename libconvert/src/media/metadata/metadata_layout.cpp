// SPDX-License-Identifier: MIT
#include "media/metadata/metadata_layout.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "media/metadata/cover_art.hpp"
#include "media/metadata/mp4_tags.hpp"

namespace convert::media {
namespace {

constexpr std::array<std::string_view, 10> kRiffInfo{
    "title", "artist", "album", "date", "genre", "comment", "copyright", "language", "track", "encoded_by"};

// The size field of a FLAC metadata block has 24 bits.
constexpr std::size_t kMaxFlacBlock = (std::size_t{1} << 24u) - 1024;
// ASF has a 16-bit length of UTF-16 text in bytes, with the terminating zero.
constexpr std::size_t kMaxAsfUnits = 32'766;

struct LayoutRow {
  std::string_view format;
  MetadataLayout layout;
};
constexpr std::array kMetadataLayouts{
    LayoutRow{"mp3", MetadataLayout::id3_at_start}, LayoutRow{"aac", MetadataLayout::id3_at_start},
    LayoutRow{"wav", MetadataLayout::id3_at_end},   LayoutRow{"aiff", MetadataLayout::id3_at_end},
    LayoutRow{"m4a", MetadataLayout::mp4},          LayoutRow{"ogg", MetadataLayout::ogg},
    LayoutRow{"opus", MetadataLayout::ogg},         LayoutRow{"flac", MetadataLayout::flac},
    LayoutRow{"wma", MetadataLayout::asf},          LayoutRow{"mka", MetadataLayout::matroska},
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

MetadataLayout metadata_layout_of(const Format& format) noexcept {
  const auto* row = std::find_if(kMetadataLayouts.begin(), kMetadataLayouts.end(),
                                 [&](const LayoutRow& r) { return r.format == format.name; });
  return row == kMetadataLayouts.end() ? MetadataLayout::none : row->layout;
}

bool riff_info_supports(std::string_view generic) noexcept {
  return std::find(kRiffInfo.begin(), kRiffInfo.end(), generic) != kRiffInfo.end();
}

bool wav_needs_id3(const Metadata& metadata) noexcept {
  return !metadata.covers.empty() || !metadata.chapters.empty() ||
         !std::all_of(metadata.tags.begin(), metadata.tags.end(),
                      [](const auto& tag) { return riff_info_supports(tag.first); });
}

bool supports_tag(const Format& format, bool forward, std::string_view generic, std::string_view value) {
  const MetadataLayout layout = metadata_layout_of(format);
  const bool known_only = format.capabilities.known_tags_only || forward;
  if (layout == MetadataLayout::mp4 && known_only) return ipod_muxer_writes(generic, value);
  if (is_wav(format) && known_only) return riff_info_supports(generic);
  if (generic.starts_with("id3v2_priv."))
    return layout == MetadataLayout::id3_at_start || layout == MetadataLayout::id3_at_end;
  if (layout == MetadataLayout::asf) return utf16_units(value) <= kMaxAsfUnits;
  return true;
}

bool supports_cover(const Format& format, bool forward, const Cover& cover) {
  if (!format.capabilities.cover_art || picture_mime(cover.codec).empty() || cover.bytes.empty())
    return false;
  const MetadataLayout layout = metadata_layout_of(format);
  // FFmpeg's fragmented MP4 lists covers as tracks of an unknown type, and players do not find the audio.
  if (forward && (is_wav(format) || layout == MetadataLayout::mp4)) return false;
  switch (layout) {
    case MetadataLayout::mp4:
      return cover.codec == AV_CODEC_ID_MJPEG || cover.codec == AV_CODEC_ID_PNG ||
             cover.codec == AV_CODEC_ID_BMP;
    case MetadataLayout::flac:
      return cover.codec != AV_CODEC_ID_WEBP && cover.bytes.size() + cover.title.size() < kMaxFlacBlock;
    default:
      return true;
  }
}

std::size_t max_chapters(const Format& format, bool forward) {
  if (!format.capabilities.chapters) return 0;
  const MetadataLayout layout = metadata_layout_of(format);
  if (forward && (layout == MetadataLayout::mp4 || is_wav(format))) return 0;
  // CHAPTER000 to CHAPTER999.
  if (layout == MetadataLayout::ogg || layout == MetadataLayout::flac) return 1000;
  return std::numeric_limits<std::size_t>::max();
}

}  // namespace convert::media
