// SPDX-License-Identifier: MIT
#include "media/metadata/id3v2.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "media/metadata/byte_order.hpp"
#include "media/metadata/cover_art.hpp"
#include "media/metadata/tag_names.hpp"

namespace convert::media {
namespace {

using Bytes = std::vector<std::byte>;

constexpr unsigned kEncodingUtf8 = 3;
constexpr std::string_view kNoLanguage = "XXX";
constexpr std::string_view kPrivatePrefix = "id3v2_priv.";  // FFmpeg's prefix for private frames

// Synchsafe: seven bits per byte, so that no decoder takes a size for an MPEG frame header.
void put_size(Bytes& out, std::size_t size) {
  for (unsigned shift = 28; shift > 0; shift -= 7)
    put_u8(out, static_cast<unsigned>(size >> (shift - 7)) & 0x7fu);
}

void put_string(Bytes& out, std::string_view text) {
  put_text(out, text);
  put_u8(out, 0);
}

void put_frame(Bytes& out, std::string_view id, const Bytes& body) {
  put_text(out, id);
  put_size(out, body.size());
  put_u8(out, 0);  // flags
  put_u8(out, 0);
  out.insert(out.end(), body.begin(), body.end());
}

void put_text_frame(Bytes& out, std::string_view id, std::string_view value) {
  Bytes body;
  put_u8(body, kEncodingUtf8);
  put_text(body, value);
  put_frame(out, id, body);
}

void put_user_frame(Bytes& out, std::string_view description, std::string_view value) {
  Bytes body;
  put_u8(body, kEncodingUtf8);
  put_string(body, description);
  put_text(body, value);
  put_frame(out, "TXXX", body);
}

// COMM and USLT: language, description (empty here), text.
void put_comment_frame(Bytes& out, std::string_view id, std::string_view value) {
  Bytes body;
  put_u8(body, kEncodingUtf8);
  put_text(body, kNoLanguage);
  put_string(body, "");
  put_text(body, value);
  put_frame(out, id, body);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// FFmpeg returns the bytes of a private frame as text, with \xNN for bytes that are not printable.
void put_private_frame(Bytes& out, std::string_view owner, std::string_view value) {
  Bytes body;
  put_string(body, owner);
  while (!value.empty()) {
    const bool escaped =
        value.size() >= 4 && value.starts_with("\\x") && hex_digit(value[2]) >= 0 && hex_digit(value[3]) >= 0;
    if (escaped)
      put_u8(body, static_cast<unsigned>(hex_digit(value[2]) * 16 + hex_digit(value[3])));
    else
      put_text(body, value.substr(0, 1));
    value.remove_prefix(escaped ? 4 : 1);
  }
  put_frame(out, "PRIV", body);
}

void put_tag(Bytes& out, std::string_view generic, std::string_view value) {
  if (generic.starts_with(kPrivatePrefix))
    return put_private_frame(out, generic.substr(kPrivatePrefix.size()), value);
  const std::string name = tag_name_in(TagStyle::id3, generic);
  if (name.starts_with("TXXX:")) return put_user_frame(out, std::string_view(name).substr(5), value);
  if (name == "COMM" || name == "USLT") return put_comment_frame(out, name, value);
  put_text_frame(out, name, value);
}

void put_picture(Bytes& out, const Cover& cover) {
  Bytes body;
  body.reserve(cover.bytes.size() + cover.title.size() + 32);
  put_u8(body, kEncodingUtf8);
  put_string(body, picture_mime(cover.codec));
  put_u8(body, picture_type(cover.kind));
  put_string(body, cover.title);
  body.insert(body.end(), cover.bytes.begin(), cover.bytes.end());
  put_frame(out, "APIC", body);
}

std::string chapter_id(std::size_t index) { return "ch" + std::to_string(index); }

std::uint32_t milliseconds_of(std::chrono::nanoseconds time) {
  const auto count = std::chrono::round<std::chrono::milliseconds>(time).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(count, 0, std::numeric_limits<std::uint32_t>::max() - 1));
}

void put_chapter(Bytes& out, const Chapter& chapter, std::size_t index) {
  Bytes body;
  put_string(body, chapter_id(index));
  put_be32(body, milliseconds_of(chapter.start));
  put_be32(body, milliseconds_of(chapter.end));
  put_be32(body, 0xffffffff);  // byte offsets: unused
  put_be32(body, 0xffffffff);
  // FFmpeg shows the identifier of a chapter that has no title at all.
  const std::string_view title = chapter.title.empty() ? " " : std::string_view(chapter.title);
  put_text_frame(body, "TIT2", base::utf8_prefix(title, kMaxId3ChapterTitle));
  put_frame(out, "CHAP", body);
}

// CTOC holds at most 255 chapters. Without it, readers sort the chapters by time.
void put_table_of_contents(Bytes& out, std::size_t chapters) {
  if (chapters == 0 || chapters > 255) return;
  Bytes body;
  put_string(body, "toc");
  put_u8(body, 3);  // top level, ordered
  put_u8(body, static_cast<unsigned>(chapters));
  for (std::size_t i = 0; i < chapters; ++i) put_string(body, chapter_id(i));
  put_frame(out, "CTOC", body);
}

}  // namespace

std::vector<std::byte> id3v2_tag(const Metadata& metadata) {
  Bytes frames;
  for (const auto& [name, value] : metadata.tags) put_tag(frames, name, value);
  put_table_of_contents(frames, metadata.chapters.size());
  for (std::size_t i = 0; i < metadata.chapters.size(); ++i) put_chapter(frames, metadata.chapters[i], i);
  for (const Cover& cover : metadata.covers) put_picture(frames, cover);
  if (frames.empty()) return {};

  Bytes tag;
  tag.reserve(frames.size() + 10);
  put_text(tag, "ID3");
  put_u8(tag, 4);
  put_u8(tag, 0);
  put_u8(tag, 0);
  put_size(tag, frames.size());
  tag.insert(tag.end(), frames.begin(), frames.end());
  return tag;
}

}  // namespace convert::media
