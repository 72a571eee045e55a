// SPDX-License-Identifier: MIT
#include "media/metadata/mp4_tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "media/metadata/byte_order.hpp"

namespace convert::media {
namespace {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

constexpr std::array<std::string_view, 17> kTexts{
    "title",    "artist", "album_artist", "composer", "album",   "date",
    "comment",  "genre",  "copyright",    "grouping", "lyrics",  "description",
    "synopsis", "show",   "episode_id",   "network",  "keywords"};
constexpr std::array<std::string_view, 5> kSmallNumbers{"episode_sort", "season_number", "media_type",
                                                        "hd_video", "compilation"};

bool is_number(std::string_view text, unsigned minimum, unsigned maximum) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= minimum && value <= maximum;
}

bool is_number_of_total(std::string_view text) {
  const auto slash = text.find('/');
  if (!is_number(text.substr(0, slash), 1, 65535)) return false;
  return slash == std::string_view::npos || is_number(text.substr(slash + 1), 0, 65535);
}

bool is_language(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// A box inside `in`.
struct Box {
  std::size_t begin = 0;
  std::size_t size = 0;
};

bool has_type(ByteView in, std::size_t begin, std::string_view type) {
  return std::equal(type.begin(), type.end(), in.begin() + static_cast<std::ptrdiff_t>(begin) + 4,
                    [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

/// The child of type `type` among the boxes from `from` to `to`. Sets `broken` if they are malformed.
std::optional<Box> find_child(ByteView in, std::size_t from, std::size_t to, std::string_view type,
                              bool& broken) {
  while (from + 8 <= to) {
    const std::size_t size = read_be32(in, from);
    if (size < 8 || size > to - from) {
      broken = true;
      return {};
    }
    if (has_type(in, from, type)) return Box{from, size};
    from += size;
  }
  broken = from != to;
  return {};
}

void put_box(Bytes& out, std::string_view type, const Bytes& body) {
  put_be32(out, static_cast<std::uint32_t>(body.size() + 8));
  put_text(out, type);
  out.insert(out.end(), body.begin(), body.end());
}

void put_text_box(Bytes& out, std::string_view type, std::initializer_list<std::uint32_t> words,
                  std::string_view text) {
  Bytes body;
  for (const std::uint32_t word : words) put_be32(body, word);
  put_text(body, text);
  put_box(out, type, body);
}

Bytes freeform_atoms(const std::map<std::string, std::string>& tags) {
  Bytes out;
  for (const auto& [name, value] : tags) {
    Bytes body;
    put_text_box(body, "mean", {0}, "com.apple.iTunes");
    put_text_box(body, "name", {0}, name);
    put_text_box(body, "data", {1, 0}, value);  // 1: UTF-8
    put_box(out, "----", body);
  }
  return out;
}

// The handler that announces iTunes metadata.
void put_handler(Bytes& out) {
  Bytes body;
  put_be32(body, 0);
  put_be32(body, 0);
  put_text(body, "mdirappl");
  put_be32(body, 0);
  put_be32(body, 0);
  put_u8(body, 0);
  put_box(out, "hdlr", body);
}

struct Level {
  std::string_view type;
  std::size_t header;  // bytes before its children
};
constexpr std::array kPath{Level{"udta", 8}, Level{"meta", 12}, Level{"ilst", 8}};

/// Wraps `atoms` in the boxes of the path from `first` on.
Bytes wrap(std::size_t first, Bytes atoms) {
  for (std::size_t i = kPath.size(); i-- > first;) {
    Bytes body;
    if (kPath[i].type == "meta") {
      put_be32(body, 0);  // version and flags
      put_handler(body);
    }
    body.insert(body.end(), atoms.begin(), atoms.end());
    atoms.clear();
    put_box(atoms, kPath[i].type, body);
  }
  return atoms;
}

void grow(Bytes& out, std::size_t box, std::size_t by) {
  const auto size = static_cast<std::uint32_t>(read_be32(out, box) + by);
  for (unsigned i = 0; i < 4; ++i) out[box + i] = static_cast<std::byte>(size >> (24 - 8 * i) & 0xffu);
}

}  // namespace

bool ipod_muxer_writes(std::string_view generic, std::string_view value) {
  const auto among = [&](const auto& names) {
    return std::find(names.begin(), names.end(), generic) != names.end();
  };
  if (generic == "track" || generic == "disc") return is_number_of_total(value);
  if (generic == "bpm") return is_number(value, 1, 65535);
  if (generic == "language") return is_language(value);
  if (generic == "creation_time") return value.size() >= 19 && value[4] == '-' && value[7] == '-';
  if (among(kSmallNumbers)) return is_number(value, 0, 255);
  return !generic.empty() && among(kTexts);
}

std::string itunes_gapless(const GaplessInfo& gapless) {
  std::string text =
      fmt::format(" 00000000 {:08X} {:08X} {:016X}", gapless.delay, gapless.padding, gapless.samples);
  for (int i = 0; i < 8; ++i) text += " 00000000";
  return text;
}

std::optional<std::vector<std::byte>> add_freeform_tags(std::span<const std::byte> moov,
                                                        const std::map<std::string, std::string>& tags) {
  if (moov.size() < 8 || read_be32(moov, 0) != moov.size() || !has_type(moov, 0, "moov")) return {};
  // Follow the path as far as it exists; append what is missing to the innermost box found.
  std::vector<std::size_t> parents{0};
  std::size_t from = 8;
  std::size_t to = moov.size();
  std::size_t level = 0;
  for (; level < kPath.size(); ++level) {
    bool broken = false;
    const auto child = find_child(moov, from, to, kPath[level].type, broken);
    if (broken || (child && child->size < kPath[level].header)) return {};
    if (!child) break;
    parents.push_back(child->begin);
    from = child->begin + kPath[level].header;
    to = child->begin + child->size;
  }
  const Bytes added = wrap(level, freeform_atoms(tags));
  if (added.size() > std::numeric_limits<std::uint32_t>::max() - moov.size()) return {};
  Bytes out;
  out.reserve(moov.size() + added.size());
  out.assign(moov.begin(), moov.begin() + static_cast<std::ptrdiff_t>(to));
  out.insert(out.end(), added.begin(), added.end());
  out.insert(out.end(), moov.begin() + static_cast<std::ptrdiff_t>(to), moov.end());
  for (const std::size_t parent : parents) grow(out, parent, added.size());
  return out;
}

}  // namespace convert::media
