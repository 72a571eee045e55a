// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/try.hpp"
#include "media/metadata/cover_art.hpp"
#include "media/metadata/id3v2.hpp"
#include "media/metadata/metadata.hpp"
#include "media/metadata/metadata_layout.hpp"
#include "media/metadata/tag_names.hpp"

namespace convert::media {
namespace {

using Tags = std::map<std::string, std::string>;

void set_entry(AVDictionary*& to, const std::string& name, const std::string& value) {
  av_dict_set(&to, name.c_str(), value.c_str(), 0);
}

Error no_memory() { return av_error(AVERROR(ENOMEM), "Writing the metadata"); }

// ---- Chapters

Result<void> add_chapters(AVFormatContext& output, const std::vector<Chapter>& chapters) {
  if (chapters.empty()) return {};
  // FFmpeg frees the chapters with the context, one by one.
  output.chapters = static_cast<AVChapter**>(av_calloc(chapters.size(), sizeof(AVChapter*)));
  if (output.chapters == nullptr) return no_memory();
  for (const Chapter& from : chapters) {
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (chapter == nullptr) return no_memory();
    output.chapters[output.nb_chapters++] = chapter;
    chapter->id = output.nb_chapters;  // Matroska forbids 0
    chapter->time_base = {1, 1'000'000'000};
    chapter->start = from.start.count();
    chapter->end = std::max(from.start, from.end).count();
    if (!from.title.empty()) set_entry(chapter->metadata, "title", from.title);
  }
  return {};
}

// The Chapter Extension of Vorbis comments.
void add_chapter_comments(AVDictionary*& to, const std::vector<Chapter>& chapters) {
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    const auto ms = std::chrono::round<std::chrono::milliseconds>(chapters[i].start).count();
    set_entry(
        to, fmt::format("CHAPTER{:03}", i),
        fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000));
    if (!chapters[i].title.empty()) set_entry(to, fmt::format("CHAPTER{:03}NAME", i), chapters[i].title);
  }
}

// ---- Vorbis comments

void add_comments(AVDictionary*& to, const Tags& tags) {
  // FFmpeg writes the comment as DESCRIPTION: a description beside it needs another name.
  const bool both = tags.contains("comment") && tags.contains("description");
  for (const auto& [name, value] : tags)
    set_entry(to, both && name == "description" ? "SUMMARY" : tag_name_in(TagStyle::vorbis, name), value);
}

Tags with_r128(Tags tags) {
  for (const auto& [generic, opus] : {std::pair{"replaygain_track_gain", "r128_track_gain"},
                                      std::pair{"replaygain_album_gain", "r128_album_gain"}}) {
    const auto found = tags.find(generic);
    if (found == tags.end()) continue;
    if (const auto gain = r128_gain(found->second)) {
      tags.insert_or_assign(opus, *gain);
      tags.erase(generic);
    }
  }
  return tags;
}

// FFmpeg's dictionaries hold each key once, but a file may have several pictures. So the value becomes part
// of the key, except the "=" that ends its base64: the muxer writes that between key and value.
void add_picture_comment(AVDictionary*& to, Cover cover) {
  std::vector<std::byte> block = flac_picture_block(cover);
  if (block.size() % 3 == 0) {
    cover.title += ' ';  // ensures the "=" at the end
    block = flac_picture_block(cover);
  }
  std::string text = "METADATA_BLOCK_PICTURE=" + base64(block);
  text.pop_back();
  set_entry(to, text, "");
}

// ---- Pictures

Result<AVStream*> add_stream(AVFormatContext& output, const Cover& cover) {
  AVStream* stream = avformat_new_stream(&output, nullptr);
  if (stream == nullptr) return no_memory();
  stream->codecpar->codec_id = cover.codec;
  const ImageHeader size =
      read_image_header(cover.bytes).value_or(ImageHeader{cover.width, cover.height, 0, 0});
  stream->codecpar->width = std::max(size.width, 1);  // FFmpeg rejects a picture without a size
  stream->codecpar->height = std::max(size.height, 1);
  if (!cover.title.empty()) set_entry(stream->metadata, "title", cover.title);
  set_entry(stream->metadata, "comment", std::string(picture_kind(picture_type(cover.kind))));
  return stream;
}

// A file may have one icon of each type, and type 1 must be a PNG of 32 x 32. Such pictures become "Other".
bool is_icon(const Cover& cover) {
  const unsigned type = picture_type(cover.kind);
  return type == 1 || type == 2;
}

Result<void> add_picture_streams(AVFormatContext& output, const std::vector<Cover>& covers) {
  for (Cover cover : covers) {
    if (is_icon(cover)) cover.kind = picture_kind(0);
    CONVERT_TRY_ASSIGN(auto stream, add_stream(output, cover));
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
    stream->time_base = {1, 90'000};
  }
  return {};
}

Result<void> add_attachments(AVFormatContext& output, const std::vector<Cover>& covers) {
  bool front = false;
  for (std::size_t i = 0; i < covers.size(); ++i) {
    const Cover& cover = covers[i];
    CONVERT_TRY_ASSIGN(auto stream, add_stream(output, cover));
    AVCodecParameters& parameters = *stream->codecpar;
    parameters.codec_type = AVMEDIA_TYPE_ATTACHMENT;
    parameters.extradata =
        static_cast<std::uint8_t*>(av_mallocz(cover.bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (parameters.extradata == nullptr) return no_memory();
    parameters.extradata_size = static_cast<int>(cover.bytes.size());
    std::memcpy(parameters.extradata, cover.bytes.data(), cover.bytes.size());
    const bool is_front = !front && picture_type(cover.kind) == 3;
    front = front || is_front;
    const std::string name = is_front ? "cover" : fmt::format("picture{}", i + 1);
    set_entry(stream->metadata, "filename", fmt::format("{}.{}", name, picture_extension(cover.codec)));
    set_entry(stream->metadata, "mimetype", std::string(picture_mime(cover.codec)));
  }
  return {};
}

// ---- Each metadata layout

bool is_language_code(const std::string& text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

void add_generic(AVFormatContext& output, AVStream& audio, const Tags& tags) {
  for (const auto& [name, value] : tags) {
    const bool of_stream = name == "language" && is_language_code(value);
    set_entry(of_stream ? audio.metadata : output.metadata, name, value);
  }
}

Result<void> attach_id3_at_start(AVFormatContext& output, const Metadata& metadata) {
  const std::vector<std::byte> tag = id3v2_tag(metadata);
  if (tag.empty()) return {};
  if (output.pb == nullptr)
    return Error{Errc::internal, "The output has to be open before its metadata is attached."};
  avio_write(output.pb, reinterpret_cast<const unsigned char*>(tag.data()), static_cast<int>(tag.size()));
  return {};
}

void attach_id3_at_end(AVFormatContext& output, AVStream& audio, const Metadata& metadata,
                       const Format& format) {
  if (format.name == "wav") {
    if (wav_needs_id3(metadata))
      output.flags |= AVFMT_FLAG_BITEXACT;  // else the muxer adds its name to INFO, and readers ignore ID3
    else
      for (const auto& [name, value] : metadata.tags) set_entry(output.metadata, name, value);
    return;
  }
  // AIFF has chunks for the most common tags, for programs without ID3 support.
  Tags common;
  for (const char* name : {"title", "comment", "copyright"})
    if (const auto found = metadata.tags.find(name); found != metadata.tags.end()) common.insert(*found);
  add_generic(output, audio, common);
}

Result<void> attach_mp4(AVFormatContext& output, AVStream& audio, const Metadata& metadata) {
  Tags known;
  for (const auto& [name, value] : metadata.tags)
    if (ipod_muxer_writes(name, value)) known.emplace(name == "bpm" ? "tmpo" : name, value);
  add_generic(output, audio, known);
  CONVERT_TRY(add_chapters(output, metadata.chapters));
  return add_picture_streams(output, metadata.covers);
}

void attach_ogg(AVStream& audio, const Metadata& metadata) {
  const bool opus = audio.codecpar->codec_id == AV_CODEC_ID_OPUS;
  add_comments(audio.metadata, opus ? with_r128(metadata.tags) : metadata.tags);
  add_chapter_comments(audio.metadata, metadata.chapters);
  for (const Cover& cover : metadata.covers) add_picture_comment(audio.metadata, cover);
}

Result<void> attach_flac(AVFormatContext& output, const Metadata& metadata) {
  add_comments(output.metadata, metadata.tags);
  add_chapter_comments(output.metadata, metadata.chapters);
  return add_picture_streams(output, metadata.covers);
}

Result<void> attach_asf(AVFormatContext& output, const Metadata& metadata) {
  for (const auto& [name, value] : metadata.tags)
    set_entry(output.metadata, tag_name_in(TagStyle::asf, name), value);
  // The muxer moves this tag into the header, where FFmpeg does not read it.
  if (const auto found = metadata.tags.find("creation_time"); found != metadata.tags.end())
    set_entry(output.metadata, "Creation-Time", found->second);
  return add_chapters(output, metadata.chapters);
}

Result<void> attach_matroska(AVFormatContext& output, AVStream& audio, const Metadata& metadata) {
  add_generic(output, audio, metadata.tags);
  CONVERT_TRY(add_chapters(output, metadata.chapters));
  return add_attachments(output, metadata.covers);
}

}  // namespace

Result<void> attach_metadata(AVFormatContext& output, AVStream& audio, const Metadata& metadata,
                             const Format& format) {
  switch (metadata_layout_of(format)) {
    case MetadataLayout::none:
      return {};
    case MetadataLayout::id3_at_start:
      return attach_id3_at_start(output, metadata);
    case MetadataLayout::id3_at_end:
      attach_id3_at_end(output, audio, metadata, format);
      return {};
    case MetadataLayout::mp4:
      return attach_mp4(output, audio, metadata);
    case MetadataLayout::ogg:
      attach_ogg(audio, metadata);
      return {};
    case MetadataLayout::flac:
      return attach_flac(output, metadata);
    case MetadataLayout::asf:
      return attach_asf(output, metadata);
    case MetadataLayout::matroska:
      return attach_matroska(output, audio, metadata);
  }
  return {};
}

Result<void> write_covers(AVFormatContext& output, const Metadata& metadata, const Format& format) {
  const MetadataLayout layout = metadata_layout_of(format);
  if (layout != MetadataLayout::mp4 && layout != MetadataLayout::flac) return {};
  unsigned index = 0;
  for (const Cover& cover : metadata.covers) {
    do ++index;
    while (index < output.nb_streams &&
           (output.streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0);
    if (index >= output.nb_streams)
      return Error{Errc::internal, "The output has no stream for its cover art."};
    const Packet packet(av_packet_alloc());
    if (!packet || av_new_packet(packet.get(), static_cast<int>(cover.bytes.size())) < 0) return no_memory();
    std::memcpy(packet->data, cover.bytes.data(), cover.bytes.size());
    packet->stream_index = static_cast<int>(index);
    packet->flags |= AV_PKT_FLAG_KEY;
    packet->pts = packet->dts = 0;
    if (const int code = av_write_frame(&output, packet.get()); code < 0)
      return av_error(code, "Writing the cover art");
  }
  return {};
}

}  // namespace convert::media
