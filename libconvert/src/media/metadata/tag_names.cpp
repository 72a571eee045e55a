// SPDX-License-Identifier: MIT
#include "media/metadata/tag_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>

#include "base/utf8.hpp"

namespace convert::media {
namespace {

struct TagRow {
  std::string_view generic;
  std::string_view id3;     // ID3v2.4 frame, or TXXX:description
  std::string_view vorbis;  // as in common taggers for Ogg and FLAC
  std::string_view mp4;     // of a freeform atom; empty: the muxer writes iTunes' own atom
  std::string_view asf;
  std::string_view aliases;  // further names that are read, in lower case, between bars
};

constexpr std::array kTagRows{
    TagRow{"title", "TIT2", "TITLE", "", "title", "|inam|"},
    TagRow{"artist", "TPE1", "ARTIST", "", "artist", "|author|iart|"},
    TagRow{"album", "TALB", "ALBUM", "", "album", "|iprd|"},
    TagRow{"album_artist", "TPE2", "ALBUMARTIST", "", "album_artist", "|album artist|aart|"},
    TagRow{"composer", "TCOM", "COMPOSER", "", "composer", ""},
    TagRow{"genre", "TCON", "GENRE", "", "genre", "|ignr|"},
    TagRow{"track", "TRCK", "TRACKNUMBER", "", "track", "|itrk|iprt|part_number|wm/track|"},
    TagRow{"disc", "TPOS", "DISCNUMBER", "", "disc", ""},
    TagRow{"date", "TDRC", "DATE", "", "WM/Year", "|tdrl|icrd|"},
    TagRow{"comment", "COMM", "DESCRIPTION", "", "comment", "|icmt|"},
    TagRow{"lyrics", "USLT", "LYRICS", "", "WM/Lyrics", "|unsyncedlyrics|"},
    TagRow{"copyright", "TCOP", "COPYRIGHT", "", "copyright", "|icop|"},
    TagRow{"language", "TLAN", "LANGUAGE", "LANGUAGE", "language", "|ilng|"},
    TagRow{"publisher", "TPUB", "PUBLISHER", "PUBLISHER", "publisher", ""},
    TagRow{"performer", "TPE3", "PERFORMER", "PERFORMER", "performer", "|lead_performer|"},
    TagRow{"encoded_by", "TENC", "ENCODED_BY", "encoded_by", "encoded_by", "|itch|encoded-by|encodedby|"},
    TagRow{"compilation", "TCMP", "COMPILATION", "compilation", "WM/IsCompilation", "|itunescompilation|"},
    TagRow{"grouping", "TIT1", "GROUPING", "", "WM/ContentGroupDescription", ""},
    TagRow{"creation_time", "TDEN", "CREATION_TIME", "", "creation_time", "|creation-time|"},
    TagRow{"bpm", "TBPM", "BPM", "BPM", "WM/BeatsPerMinute", "|tmpo|"},
    TagRow{"isrc", "TSRC", "ISRC", "ISRC", "WM/ISRC", ""},
    TagRow{"mood", "TMOO", "MOOD", "MOOD", "WM/Mood", ""},
    TagRow{"lyricist", "TEXT", "LYRICIST", "LYRICIST", "WM/Writer", ""},
    TagRow{"remixer", "TPE4", "REMIXER", "REMIXER", "WM/ModifiedBy", "|mixartist|"},
    TagRow{"subtitle", "TIT3", "SUBTITLE", "SUBTITLE", "WM/SubTitle", ""},
    TagRow{"initial_key", "TKEY", "INITIALKEY", "initialkey", "WM/InitialKey", ""},
    TagRow{"media", "TMED", "MEDIA", "MEDIA", "WM/Media", ""},
    TagRow{"original_date", "TDOR", "ORIGINALDATE", "ORIGINALDATE", "WM/OriginalReleaseTime", "|tory|"},
    TagRow{"original_artist", "TOPE", "ORIGINALARTIST", "ORIGINAL ARTIST", "WM/OriginalArtist", ""},
    TagRow{"original_album", "TOAL", "ORIGINALALBUM", "ORIGINAL ALBUM", "WM/OriginalAlbumTitle", ""},
    TagRow{"disc_subtitle", "TSST", "DISCSUBTITLE", "DISCSUBTITLE", "WM/SetSubTitle", ""},
    TagRow{"title_sort", "TSOT", "TITLESORT", "sort_name", "WM/TitleSortOrder", "|title-sort|"},
    TagRow{"artist_sort", "TSOP", "ARTISTSORT", "sort_artist", "WM/ArtistSortOrder", "|artist-sort|"},
    TagRow{"album_sort", "TSOA", "ALBUMSORT", "sort_album", "WM/AlbumSortOrder", "|album-sort|"},
    TagRow{"album_artist_sort", "TSO2", "ALBUMARTISTSORT", "sort_album_artist", "WM/AlbumArtistSortOrder",
           ""},
    TagRow{"composer_sort", "TSOC", "COMPOSERSORT", "sort_composer", "WM/ComposerSortOrder", ""},
    TagRow{"musicbrainz_albumid", "TXXX:MusicBrainz Album Id", "MUSICBRAINZ_ALBUMID", "MusicBrainz Album Id",
           "MusicBrainz/Album Id", ""},
    TagRow{"musicbrainz_artistid", "TXXX:MusicBrainz Artist Id", "MUSICBRAINZ_ARTISTID",
           "MusicBrainz Artist Id", "MusicBrainz/Artist Id", ""},
    TagRow{"musicbrainz_albumartistid", "TXXX:MusicBrainz Album Artist Id", "MUSICBRAINZ_ALBUMARTISTID",
           "MusicBrainz Album Artist Id", "MusicBrainz/Album Artist Id", ""},
    TagRow{"musicbrainz_releasegroupid", "TXXX:MusicBrainz Release Group Id", "MUSICBRAINZ_RELEASEGROUPID",
           "MusicBrainz Release Group Id", "MusicBrainz/Release Group Id", ""},
    TagRow{"musicbrainz_trackid", "TXXX:MusicBrainz Track Id", "MUSICBRAINZ_TRACKID", "MusicBrainz Track Id",
           "MusicBrainz/Track Id", ""},
    TagRow{"acoustid_id", "TXXX:Acoustid Id", "ACOUSTID_ID", "Acoustid Id", "Acoustid/Id", ""},
};

constexpr std::array<std::string_view, 36> kTechnical{"encoder",
                                                      "encoding_tool",
                                                      "encoder_options",
                                                      "encoding_settings",
                                                      "major_brand",
                                                      "minor_version",
                                                      "compatible_brands",
                                                      "handler_name",
                                                      "vendor_id",
                                                      "itunsmpb",
                                                      "itunpgap",
                                                      "duration",
                                                      "tlen",
                                                      "tsse",
                                                      "tsiz",
                                                      "tdly",
                                                      "tflt",
                                                      "metadata_block_picture",
                                                      "waveformatextensible_channel_mask",
                                                      "bps",
                                                      "number_of_frames",
                                                      "number_of_bytes",
                                                      "gapless_playback",
                                                      "software",
                                                      "isft",
                                                      "isvbr",
                                                      "wmfsdkversion",
                                                      "wmfsdkneeded",
                                                      "deviceconformancetemplate",
                                                      "wm/encodingtime",
                                                      "wm/encodingsettings",
                                                      "averagelevel",
                                                      "peakvalue",
                                                      "variant_bitrate",
                                                      "filename",
                                                      "mimetype"};

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

using NameTable = std::map<std::string, std::string_view, std::less<>>;

void add_aliases(NameTable& names, const TagRow& row) {
  std::string_view rest = row.aliases;
  while (rest.size() > 1) {
    rest.remove_prefix(1);
    const auto end = rest.find('|');
    names.emplace(rest.substr(0, end), row.generic);
    rest.remove_prefix(end);
  }
}

// Maps each known name to its generic name. Generic names come first: they map to themselves.
NameTable make_names() {
  NameTable names;
  for (const TagRow& row : kTagRows) names.emplace(row.generic, row.generic);
  for (const TagRow& row : kTagRows) {
    const std::string_view id3 = row.id3.starts_with("TXXX:") ? row.id3.substr(5) : row.id3;
    for (const std::string_view name : {id3, row.mp4, row.asf})
      if (!name.empty()) names.emplace(to_lower(name), row.generic);
    // FFmpeg itself maps DESCRIPTION to comment in Vorbis comments; elsewhere it is a tag of its own.
    if (row.vorbis != "DESCRIPTION") names.emplace(to_lower(row.vorbis), row.generic);
    add_aliases(names, row);
  }
  return names;
}

std::string vorbis_name(std::string_view generic) {
  std::string out(generic);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    if (c < 0x20 || c > 0x7d || c == '=') c = '_';
  }
  return out;
}

struct Utf8Scan {
  bool invalid = false;
  bool beyond_ascii = false;
};

Utf8Scan scan_utf8(std::string_view text) {
  Utf8Scan found;
  while (!text.empty()) {
    const std::size_t length = base::utf8_sequence_length(text);
    found.invalid = found.invalid || length == 0;
    found.beyond_ascii = found.beyond_ascii || length > 1;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return found;
}

constexpr double kReferenceDistance = 5;  // dB: -18 LUFS against -23

template <class Number>
std::optional<Number> leading_number(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return {};
  return value;
}

}  // namespace

std::string generic_name(std::string_view raw) {
  static const NameTable names = make_names();
  std::string name = to_lower(repair_utf8(raw));
  if (const auto found = names.find(name); found != names.end()) return std::string(found->second);
  if (name.starts_with("lyrics-")) return "lyrics";
  return name;
}

std::string tag_name_in(TagStyle style, std::string_view generic) {
  const auto* row =
      std::find_if(kTagRows.begin(), kTagRows.end(), [&](const TagRow& r) { return r.generic == generic; });
  const bool known = row != kTagRows.end();
  switch (style) {
    case TagStyle::id3:
      return known ? std::string(row->id3) : "TXXX:" + std::string(generic);
    case TagStyle::vorbis:
      return known ? std::string(row->vorbis) : vorbis_name(generic);
    case TagStyle::mp4:
      return std::string(known && !row->mp4.empty() ? row->mp4 : generic);
    case TagStyle::asf:
      return std::string(known ? row->asf : generic);
  }
  return std::string(generic);
}

bool is_technical(std::string_view generic) {
  return generic.empty() || generic.starts_with("_statistics_") || generic.starts_with("bps-") ||
         generic.starts_with("duration-") || generic.starts_with("number_of_") ||
         std::find(kTechnical.begin(), kTechnical.end(), generic) != kTechnical.end();
}

bool is_replay_gain(std::string_view generic) {
  return generic.starts_with("replaygain_") || generic.starts_with("r128_") ||
         generic.starts_with("itunnorm") || generic.starts_with("mp3gain_");
}

std::string repair_utf8(std::string_view text) {
  const Utf8Scan scan = scan_utf8(text);
  if (!scan.invalid) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t length = base::utf8_sequence_length(text);
    if (length > 0)
      out += text.substr(0, length);
    else if (scan.beyond_ascii)
      out += "\xef\xbf\xbd";
    else
      base::append_utf8(out, static_cast<unsigned char>(text.front()));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::optional<std::string> r128_gain(std::string_view replay_gain) {
  const auto gain = leading_number<double>(replay_gain);
  if (!gain || !std::isfinite(*gain)) return {};
  const double value = std::round((*gain - kReferenceDistance) * 256);
  if (value < -32768 || value > 32767) return {};
  return fmt::format("{}", static_cast<int>(value));
}

std::optional<std::string> replay_gain(std::string_view r128) {
  const auto value = leading_number<int>(r128);
  if (!value || *value < -32768 || *value > 32767) return {};
  return fmt::format("{:.2f} dB", *value / 256.0 + kReferenceDistance);
}

}  // namespace convert::media
