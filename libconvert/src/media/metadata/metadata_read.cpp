// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string_view>

#include "media/metadata/cover_art.hpp"
#include "media/metadata/metadata.hpp"
#include "media/metadata/tag_names.hpp"

namespace convert::media {
namespace {

constexpr AVRational kNanoseconds{1, 1'000'000'000};

using Tags = std::map<std::string, std::string>;

std::string text_of(const AVDictionary* from, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(from, key, nullptr, 0);
  return entry == nullptr ? std::string() : repair_utf8(entry->value);
}

/// Adds the tags that `tags` does not hold yet.
void merge(Tags& tags, const AVDictionary* from, bool with_title) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    std::string name = generic_name(entry->key);
    if (is_technical(name) || *entry->value == '\0') continue;
    if (name == "title" && !with_title) continue;
    if (name == "language" && std::string_view(entry->value) == "und") continue;
    tags.try_emplace(std::move(name), repair_utf8(entry->value));
  }
}

/// Joins "3" and a total of "12" to "3/12", as the other containers write it.
void join_total(Tags& tags, const char* number, std::initializer_list<const char*> totals) {
  const auto found = tags.find(number);
  if (found == tags.end()) return;
  for (const char* total : totals) {
    const auto other = tags.find(total);
    if (other == tags.end()) continue;
    if (found->second.find('/') == std::string::npos) found->second += "/" + other->second;
    tags.erase(other);
  }
}

void convert_r128(Tags& tags, const char* r128, const char* generic) {
  const auto found = tags.find(r128);
  if (found == tags.end()) return;
  const auto gain = replay_gain(found->second);
  if (!gain) return;
  tags.try_emplace(generic, *gain);
  tags.erase(r128);
}

Tags read_tags(const AVFormatContext& input, const AVStream& audio) {
  Tags tags;
  // Except in Ogg, the title of a stream names a track: "Stereo", "Commentary".
  const std::string_view demuxer = input.iformat == nullptr ? "" : input.iformat->name;
  merge(tags, input.metadata, true);
  merge(tags, audio.metadata, demuxer == "ogg");
  join_total(tags, "track", {"tracktotal", "totaltracks"});
  join_total(tags, "disc", {"disctotal", "totaldiscs"});
  convert_r128(tags, "r128_track_gain", "replaygain_track_gain");
  convert_r128(tags, "r128_album_gain", "replaygain_album_gain");
  return tags;
}

std::chrono::nanoseconds to_nanoseconds(std::int64_t value, AVRational base) {
  return std::chrono::nanoseconds(av_rescale_q(value, base, kNanoseconds));
}

std::vector<Chapter> read_chapters(const AVFormatContext& input) {
  std::vector<Chapter> chapters;
  for (unsigned i = 0; i < input.nb_chapters; ++i) {
    const AVChapter& from = *input.chapters[i];
    if (from.start == AV_NOPTS_VALUE) continue;
    Chapter chapter;
    chapter.start = to_nanoseconds(from.start, from.time_base);
    chapter.end = from.end == AV_NOPTS_VALUE ? chapter.start : to_nanoseconds(from.end, from.time_base);
    chapter.title = text_of(from.metadata, "title");
    chapter.title.erase(chapter.title.find_last_not_of(" \t\r\n") + 1);
    chapters.push_back(std::move(chapter));
  }
  std::stable_sort(chapters.begin(), chapters.end(),
                   [](const Chapter& a, const Chapter& b) { return a.start < b.start; });
  // Vorbis comments and others store only the start of a chapter.
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    if (chapters[i].end > chapters[i].start) continue;
    if (i + 1 < chapters.size())
      chapters[i].end = chapters[i + 1].start;
    else if (input.duration > 0)
      chapters[i].end = std::max(chapters[i].start, to_nanoseconds(input.duration, AV_TIME_BASE_Q));
  }
  return chapters;
}

/// Matroska describes a picture only by its file name.
std::string cover_kind(const AVStream& stream) {
  std::string kind = text_of(stream.metadata, "comment");
  const std::string file = text_of(stream.metadata, "filename");
  if (kind.empty() && !file.empty()) kind = file.starts_with("cover") ? "Cover (front)" : "Other";
  return kind;
}

/// FFmpeg does not know the codec of some pictures in Matroska, but returns their MIME type.
AVCodecID cover_codec(const AVStream& stream) {
  if (stream.codecpar->codec_id != AV_CODEC_ID_NONE) return stream.codecpar->codec_id;
  return picture_codec(text_of(stream.metadata, "mimetype"));
}

Cover read_cover(const AVStream& stream, const void* data, std::size_t size) {
  Cover cover;
  cover.codec = cover_codec(stream);
  const auto* bytes = static_cast<const std::byte*>(data);
  cover.bytes.assign(bytes, bytes + size);
  const auto found = read_image_header(cover.bytes);
  cover.width = found ? found->width : stream.codecpar->width;
  cover.height = found ? found->height : stream.codecpar->height;
  cover.title = text_of(stream.metadata, "title");
  cover.kind = cover_kind(stream);
  return cover;
}

std::vector<Cover> read_covers(const AVFormatContext& input) {
  std::vector<Cover> covers;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    if (picture_mime(cover_codec(stream)).empty()) continue;
    if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 && stream.attached_pic.size > 0)
      covers.push_back(
          read_cover(stream, stream.attached_pic.data, static_cast<std::size_t>(stream.attached_pic.size)));
    else if (stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT && stream.codecpar->extradata_size > 0)
      covers.push_back(read_cover(stream, stream.codecpar->extradata,
                                  static_cast<std::size_t>(stream.codecpar->extradata_size)));
  }
  return covers;
}

}  // namespace

Metadata read_metadata(const AVFormatContext& input, const AVStream& audio) {
  return {read_tags(input, audio), read_chapters(input), read_covers(input)};
}

}  // namespace convert::media
