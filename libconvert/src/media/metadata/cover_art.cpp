// SPDX-License-Identifier: MIT
#include "media/metadata/cover_art.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "media/metadata/byte_order.hpp"

namespace convert::media {
namespace {

constexpr std::array<std::string_view, 21> kPictureKinds{"Other",
                                                         "32x32 pixels 'file icon'",
                                                         "Other file icon",
                                                         "Cover (front)",
                                                         "Cover (back)",
                                                         "Leaflet page",
                                                         "Media (e.g. label side of CD)",
                                                         "Lead artist/lead performer/soloist",
                                                         "Artist/performer",
                                                         "Conductor",
                                                         "Band/Orchestra",
                                                         "Composer",
                                                         "Lyricist/text writer",
                                                         "Recording Location",
                                                         "During recording",
                                                         "During performance",
                                                         "Movie/video screen capture",
                                                         "A bright coloured fish",
                                                         "Illustration",
                                                         "Band/artist logotype",
                                                         "Publisher/Studio logotype"};

struct ImageType {
  AVCodecID codec;
  std::string_view mime;
  std::string_view extension;
};
constexpr std::array kImageTypes{
    ImageType{AV_CODEC_ID_MJPEG, "image/jpeg", "jpg"}, ImageType{AV_CODEC_ID_PNG, "image/png", "png"},
    ImageType{AV_CODEC_ID_GIF, "image/gif", "gif"},    ImageType{AV_CODEC_ID_BMP, "image/bmp", "bmp"},
    ImageType{AV_CODEC_ID_WEBP, "image/webp", "webp"}, ImageType{AV_CODEC_ID_TIFF, "image/tiff", "tiff"},
};

using ByteView = std::span<const std::byte>;

unsigned byte_at(ByteView file, std::size_t i) { return std::to_integer<unsigned>(file[i]); }
int big16(ByteView file, std::size_t i) {
  return static_cast<int>(byte_at(file, i) << 8u | byte_at(file, i + 1));
}
int little16(ByteView file, std::size_t i) {
  return static_cast<int>(byte_at(file, i) | byte_at(file, i + 1) << 8u);
}

bool has_text_at(ByteView file, std::size_t offset, std::string_view text) {
  if (file.size() < offset + text.size()) return false;
  return std::equal(text.begin(), text.end(), file.begin() + static_cast<std::ptrdiff_t>(offset),
                    [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

std::optional<ImageHeader> png_header(ByteView file) {
  if (file.size() < 26 || !has_text_at(file, 12, "IHDR")) return {};
  constexpr std::array<int, 7> channels{1, 0, 3, 1, 2, 0, 4};
  const unsigned color = byte_at(file, 25);
  const int depth = static_cast<int>(byte_at(file, 24)) * (color < channels.size() ? channels[color] : 0);
  return ImageHeader{static_cast<int>(read_be32(file, 16)), static_cast<int>(read_be32(file, 20)), depth, 0};
}

std::optional<ImageHeader> jpeg_header(ByteView file) {
  std::size_t i = 2;
  while (i + 10 <= file.size()) {
    if (byte_at(file, i) != 0xff) return {};
    const unsigned marker = byte_at(file, i + 1);
    if (marker == 0xff) {  // fill bytes before a marker
      ++i;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame)
      return ImageHeader{
          big16(file, i + 7), big16(file, i + 5),
          static_cast<int>(byte_at(file, i + 4) * (i + 9 < file.size() ? byte_at(file, i + 9) : 3)), 0};
    if (marker == 0xd9 || marker == 0xda) return {};
    i += 2 + static_cast<std::size_t>(big16(file, i + 2));
  }
  return {};
}

std::optional<ImageHeader> webp_header(ByteView file) {
  if (file.size() < 30 || !has_text_at(file, 8, "WEBP")) return {};
  if (has_text_at(file, 12, "VP8X")) {
    const auto field = [&](std::size_t i) {
      return 1 + (little16(file, i) | static_cast<int>(byte_at(file, i + 2)) << 16);
    };
    return ImageHeader{field(24), field(27), 0, 0};
  }
  if (has_text_at(file, 12, "VP8 "))
    return ImageHeader{little16(file, 26) & 0x3fff, little16(file, 28) & 0x3fff, 24, 0};
  if (!has_text_at(file, 12, "VP8L")) return {};
  const unsigned packed = read_le32(file, 21);
  return ImageHeader{static_cast<int>((packed & 0x3fffu) + 1),
                     static_cast<int>((packed >> 14u & 0x3fffu) + 1), 32, 0};
}

ImageHeader complete_image_header(const Cover& cover) {
  ImageHeader size = read_image_header(cover.bytes).value_or(ImageHeader{});
  if (size.width <= 0) size.width = cover.width;
  if (size.height <= 0) size.height = cover.height;
  return size;
}

}  // namespace

std::optional<ImageHeader> read_image_header(ByteView file) {
  if (has_text_at(file, 0, "\x89PNG")) return png_header(file);
  if (has_text_at(file, 0, "\xff\xd8")) return jpeg_header(file);
  if (has_text_at(file, 0, "RIFF")) return webp_header(file);
  if (has_text_at(file, 0, "GIF8") && file.size() >= 13) {
    const bool palette = (byte_at(file, 10) & 0x80u) != 0;
    const int bits = static_cast<int>(byte_at(file, 10) & 7u) + 1;
    return ImageHeader{little16(file, 6), little16(file, 8), bits, palette ? 1 << bits : 0};
  }
  if (has_text_at(file, 0, "BM") && file.size() >= 30) {
    const std::uint32_t height = read_le32(file, 22);  // negative: stored from the top
    return ImageHeader{static_cast<int>(read_le32(file, 18)),
                       static_cast<int>(height > 0x7fffffff ? 0u - height : height), little16(file, 28), 0};
  }
  return {};
}

std::string_view picture_mime(AVCodecID codec) noexcept {
  const auto* row = std::find_if(kImageTypes.begin(), kImageTypes.end(),
                                 [&](const ImageType& k) { return k.codec == codec; });
  return row == kImageTypes.end() ? std::string_view() : row->mime;
}

AVCodecID picture_codec(std::string_view mime) noexcept {
  const auto* row = std::find_if(kImageTypes.begin(), kImageTypes.end(),
                                 [&](const ImageType& k) { return k.mime == mime; });
  return row == kImageTypes.end() ? AV_CODEC_ID_NONE : row->codec;
}

std::string_view picture_extension(AVCodecID codec) noexcept {
  const auto* row = std::find_if(kImageTypes.begin(), kImageTypes.end(),
                                 [&](const ImageType& k) { return k.codec == codec; });
  return row == kImageTypes.end() ? std::string_view() : row->extension;
}

unsigned picture_type(std::string_view kind) noexcept {
  if (kind.empty()) return 3;
  const auto* found = std::find(kPictureKinds.begin(), kPictureKinds.end(), kind);
  return found == kPictureKinds.end() ? 0 : static_cast<unsigned>(found - kPictureKinds.begin());
}

std::string_view picture_kind(unsigned type) noexcept {
  return kPictureKinds[type < kPictureKinds.size() ? type : 0];
}

std::vector<std::byte> flac_picture_block(const Cover& cover) {
  const std::string_view mime = picture_mime(cover.codec);
  const ImageHeader size = complete_image_header(cover);
  std::vector<std::byte> out;
  out.reserve(cover.bytes.size() + mime.size() + cover.title.size() + 32);
  put_be32(out, picture_type(cover.kind));
  put_be32(out, static_cast<std::uint32_t>(mime.size()));
  put_text(out, mime);
  put_be32(out, static_cast<std::uint32_t>(cover.title.size()));
  put_text(out, cover.title);
  for (const int value : {size.width, size.height, size.depth, size.colors})
    put_be32(out, static_cast<std::uint32_t>(value));
  put_be32(out, static_cast<std::uint32_t>(cover.bytes.size()));
  out.insert(out.end(), cover.bytes.begin(), cover.bytes.end());
  return out;
}

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(bytes.size() - i, 3);
    unsigned word = 0;
    for (std::size_t j = 0; j < 3; ++j) word = word << 8u | (j < left ? byte_at(bytes, i + j) : 0u);
    for (unsigned j = 0; j < 4; ++j) out += j <= left ? kAlphabet[word >> (18u - 6u * j) & 63u] : '=';
  }
  return out;
}

}  // namespace convert::media
