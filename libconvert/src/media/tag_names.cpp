// SPDX-License-Identifier: MIT
#include "media/tag_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "io/utf8.hpp"

namespace convert::media {
namespace {

struct Row {
  std::string_view generic;
  std::string_view id3;     // a frame of ID3v2.4, or TXXX:description
  std::string_view vorbis;  // as in the usual programs that tag Ogg and FLAC
  std::string_view mp4;     // of a freeform atom; iTunes' own atoms are the muxer's matter
  std::string_view asf;
  std::string_view aliases;  // further names that are read, lower case, each between bars
};

constexpr std::array kRows{
    Row{"title", "TIT2", "TITLE", "", "title", "|inam|"},
    Row{"artist", "TPE1", "ARTIST", "", "artist", "|author|iart|"},
    Row{"album", "TALB", "ALBUM", "", "album", "|iprd|"},
    Row{"album_artist", "TPE2", "ALBUMARTIST", "", "album_artist", "|album artist|aart|"},
    Row{"composer", "TCOM", "COMPOSER", "", "composer", ""},
    Row{"genre", "TCON", "GENRE", "", "genre", "|ignr|"},
    Row{"track", "TRCK", "TRACKNUMBER", "", "track", "|itrk|iprt|part_number|wm/track|"},
    Row{"disc", "TPOS", "DISCNUMBER", "", "disc", ""},
    Row{"date", "TDRC", "DATE", "", "WM/Year", "|tdrl|icrd|"},
    Row{"comment", "COMM", "DESCRIPTION", "", "comment", "|icmt|"},
    Row{"lyrics", "USLT", "LYRICS", "", "WM/Lyrics", "|unsyncedlyrics|"},
    Row{"copyright", "TCOP", "COPYRIGHT", "", "copyright", "|icop|"},
    Row{"language", "TLAN", "LANGUAGE", "LANGUAGE", "language", "|ilng|"},
    Row{"publisher", "TPUB", "PUBLISHER", "PUBLISHER", "publisher", ""},
    Row{"performer", "TPE3", "PERFORMER", "PERFORMER", "performer", "|lead_performer|"},
    Row{"encoded_by", "TENC", "ENCODED_BY", "encoded_by", "encoded_by", "|itch|encoded-by|encodedby|"},
    Row{"compilation", "TCMP", "COMPILATION", "compilation", "WM/IsCompilation", "|itunescompilation|"},
    Row{"grouping", "TIT1", "GROUPING", "", "WM/ContentGroupDescription", ""},
    Row{"creation_time", "TDEN", "CREATION_TIME", "", "creation_time", "|creation-time|"},
    Row{"bpm", "TBPM", "BPM", "BPM", "WM/BeatsPerMinute", "|tmpo|"},
    Row{"isrc", "TSRC", "ISRC", "ISRC", "WM/ISRC", ""},
    Row{"mood", "TMOO", "MOOD", "MOOD", "WM/Mood", ""},
    Row{"lyricist", "TEXT", "LYRICIST", "LYRICIST", "WM/Writer", ""},
    Row{"remixer", "TPE4", "REMIXER", "REMIXER", "WM/ModifiedBy", "|mixartist|"},
    Row{"subtitle", "TIT3", "SUBTITLE", "SUBTITLE", "WM/SubTitle", ""},
    Row{"initial_key", "TKEY", "INITIALKEY", "initialkey", "WM/InitialKey", ""},
    Row{"media", "TMED", "MEDIA", "MEDIA", "WM/Media", ""},
    Row{"original_date", "TDOR", "ORIGINALDATE", "ORIGINALDATE", "WM/OriginalReleaseTime", "|tory|"},
    Row{"original_artist", "TOPE", "ORIGINALARTIST", "ORIGINAL ARTIST", "WM/OriginalArtist", ""},
    Row{"original_album", "TOAL", "ORIGINALALBUM", "ORIGINAL ALBUM", "WM/OriginalAlbumTitle", ""},
    Row{"disc_subtitle", "TSST", "DISCSUBTITLE", "DISCSUBTITLE", "WM/SetSubTitle", ""},
    Row{"title_sort", "TSOT", "TITLESORT", "sort_name", "WM/TitleSortOrder", "|title-sort|"},
    Row{"artist_sort", "TSOP", "ARTISTSORT", "sort_artist", "WM/ArtistSortOrder", "|artist-sort|"},
    Row{"album_sort", "TSOA", "ALBUMSORT", "sort_album", "WM/AlbumSortOrder", "|album-sort|"},
    Row{"album_artist_sort", "TSO2", "ALBUMARTISTSORT", "sort_album_artist", "WM/AlbumArtistSortOrder", ""},
    Row{"composer_sort", "TSOC", "COMPOSERSORT", "sort_composer", "WM/ComposerSortOrder", ""},
    Row{"musicbrainz_albumid", "TXXX:MusicBrainz Album Id", "MUSICBRAINZ_ALBUMID", "MusicBrainz Album Id",
        "MusicBrainz/Album Id", ""},
    Row{"musicbrainz_artistid", "TXXX:MusicBrainz Artist Id", "MUSICBRAINZ_ARTISTID", "MusicBrainz Artist Id",
        "MusicBrainz/Artist Id", ""},
    Row{"musicbrainz_albumartistid", "TXXX:MusicBrainz Album Artist Id", "MUSICBRAINZ_ALBUMARTISTID",
        "MusicBrainz Album Artist Id", "MusicBrainz/Album Artist Id", ""},
    Row{"musicbrainz_releasegroupid", "TXXX:MusicBrainz Release Group Id", "MUSICBRAINZ_RELEASEGROUPID",
        "MusicBrainz Release Group Id", "MusicBrainz/Release Group Id", ""},
    Row{"musicbrainz_trackid", "TXXX:MusicBrainz Track Id", "MUSICBRAINZ_TRACKID", "MusicBrainz Track Id",
        "MusicBrainz/Track Id", ""},
    Row{"acoustid_id", "TXXX:Acoustid Id", "ACOUSTID_ID", "Acoustid Id", "Acoustid/Id", ""},
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

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

using Names = std::map<std::string, std::string_view, std::less<>>;

void add_aliases(Names& names, const Row& row) {
  std::string_view rest = row.aliases;
  while (rest.size() > 1) {
    rest.remove_prefix(1);
    const auto end = rest.find('|');
    names.emplace(rest.substr(0, end), row.generic);
    rest.remove_prefix(end);
  }
}

// Which generic name each known name means. Exact generic names come first: they never change.
Names make_names() {
  Names names;
  for (const Row& row : kRows) names.emplace(row.generic, row.generic);
  for (const Row& row : kRows) {
    const std::string_view id3 = row.id3.starts_with("TXXX:") ? row.id3.substr(5) : row.id3;
    for (const std::string_view name : {id3, row.mp4, row.asf})
      if (!name.empty()) names.emplace(lower(name), row.generic);
    // FFmpeg itself turns DESCRIPTION into comment where it means that; elsewhere it is a tag of its own.
    if (row.vorbis != "DESCRIPTION") names.emplace(lower(row.vorbis), row.generic);
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

struct Census {
  bool invalid = false;
  bool beyond_ascii = false;
};

Census take_census(std::string_view text) {
  Census found;
  while (!text.empty()) {
    const std::size_t length = io::utf8_length(text);
    found.invalid = found.invalid || length == 0;
    found.beyond_ascii = found.beyond_ascii || length > 1;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return found;
}

}  // namespace

std::string generic_name(std::string_view raw) {
  static const Names names = make_names();
  std::string name = lower(repair_utf8(raw));
  if (const auto found = names.find(name); found != names.end()) return std::string(found->second);
  if (name.starts_with("lyrics-")) return "lyrics";
  return name;
}

std::string name_in(TagStyle style, std::string_view generic) {
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.generic == generic; });
  const bool known = row != kRows.end();
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
  const Census census = take_census(text);
  if (!census.invalid) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t length = io::utf8_length(text);
    if (length > 0)
      out += text.substr(0, length);
    else if (census.beyond_ascii)
      out += "\xef\xbf\xbd";
    else
      io::append_utf8(out, static_cast<unsigned char>(text.front()));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace convert::media
