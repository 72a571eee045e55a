// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "base/try.hpp"
#include "media/metadata/byte_order.hpp"
#include "media/metadata/id3v2.hpp"
#include "media/metadata/metadata.hpp"
#include "media/metadata/metadata_layout.hpp"
#include "media/metadata/tag_names.hpp"

namespace convert::media {
namespace {

using Bytes = std::vector<std::byte>;

void write_bytes(AVIOContext& io, const Bytes& bytes) {
  avio_write(&io, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
}

Result<void> write_trailer(AVFormatContext& output) {
  const int code = av_write_trailer(&output);
  if (code < 0) return av_error(code, "Finishing the output");
  return {};
}

Result<void> check_io(const AVIOContext& io) {
  if (io.error < 0) return av_error(io.error, "Finishing the output");
  return {};
}

// ---- WAV and AIFF: a chunk after the audio

// The muxer's own rule for when a WAV file becomes RF64.
bool became_rf64(std::int64_t size) { return size - 8 > std::numeric_limits<std::uint32_t>::max(); }

void patch_size(AVIOContext& io, bool wav, std::int64_t before, std::int64_t after) {
  const std::int64_t size = after - 8;
  if (wav && became_rf64(before)) {
    avio_seek(&io, 20, SEEK_SET);  // in the chunk "ds64", the first one
    avio_wl64(&io, static_cast<std::uint64_t>(size));
    return;
  }
  const auto field =
      static_cast<std::uint32_t>(std::min<std::int64_t>(size, std::numeric_limits<std::uint32_t>::max() - 1));
  avio_seek(&io, 4, SEEK_SET);
  if (wav)
    avio_wl32(&io, field);
  else
    avio_wb32(&io, field);
}

Bytes id3_chunk(const Bytes& tag, bool wav) {
  Bytes chunk;
  chunk.reserve(tag.size() + 9);
  put_text(chunk, wav ? "id3 " : "ID3 ");
  const auto size = static_cast<std::uint32_t>(tag.size());
  wav ? put_le32(chunk, size) : put_be32(chunk, size);
  chunk.insert(chunk.end(), tag.begin(), tag.end());
  if (chunk.size() % 2 != 0) put_u8(chunk, 0);
  return chunk;
}

Result<void> finish_with_chunk(AVFormatContext& output, const Bytes& tag, bool wav) {
  AVIOContext& io = *output.pb;
  const std::int64_t audio_end = avio_tell(&io);
  const std::int64_t end = audio_end + audio_end % 2;  // the muxers pad to an even length
  CONVERT_TRY(write_trailer(output));
  const Bytes chunk = id3_chunk(tag, wav);
  avio_seek(&io, end, SEEK_SET);
  write_bytes(io, chunk);
  const std::int64_t after = avio_tell(&io);
  patch_size(io, wav, end, after);
  avio_seek(&io, after, SEEK_SET);
  avio_flush(&io);
  return check_io(io);
}

// ---- MP4: capture the index to add tags to it

/// Replaces the AVIOContext of the output while the trailer is written: captures what is written after
/// `start()`, passes on the rest.
class MoovCapture {
 public:
  explicit MoovCapture(AVIOContext& target) : target_(target), start_(avio_tell(&target)), position_(start_) {
    constexpr int size = 32 * 1024;
    auto* buffer = static_cast<unsigned char*>(av_malloc(size));
    io_.reset(buffer == nullptr ? nullptr
                                : avio_alloc_context(buffer, size, 1, this, nullptr, &on_write, &on_seek));
    if (io_)
      avio_seek(io_.get(), start_, SEEK_SET);
    else
      av_free(buffer);
  }
  MoovCapture(const MoovCapture&) = delete;
  MoovCapture& operator=(const MoovCapture&) = delete;
  AVIOContext* io() { return io_.get(); }
  std::int64_t start() const { return start_; }
  const Bytes& kept() const { return kept_; }

 private:
  static int on_write(void* self, std::uint8_t* data, int size) {
    return static_cast<MoovCapture*>(self)->capture_bytes(data, static_cast<std::size_t>(size));
  }
  static std::int64_t on_seek(void* self, std::int64_t offset, int whence) {
    return static_cast<MoovCapture*>(self)->seek(offset, whence);
  }

  int capture_bytes(const std::uint8_t* data, std::size_t size) {
    const auto before = static_cast<std::size_t>(
        std::clamp<std::int64_t>(start_ - position_, 0, static_cast<std::int64_t>(size)));
    if (before > 0) {
      avio_seek(&target_, position_, SEEK_SET);
      avio_write(&target_, data, static_cast<int>(before));
      if (target_.error < 0) return target_.error;
    }
    if (size > before) {
      const auto place = static_cast<std::size_t>(position_ - start_) + before;
      kept_.resize(std::max(kept_.size(), place + size - before));
      const auto* bytes = reinterpret_cast<const std::byte*>(data);
      std::copy(bytes + before, bytes + size, kept_.begin() + static_cast<std::ptrdiff_t>(place));
    }
    position_ += static_cast<std::int64_t>(size);
    return static_cast<int>(size);
  }

  std::int64_t seek(std::int64_t offset, int whence) {
    if (whence == AVSEEK_SIZE) return start_ + static_cast<std::int64_t>(kept_.size());
    if (whence != SEEK_SET || offset < 0) return AVERROR(EINVAL);
    return position_ = offset;
  }

  AVIOContext& target_;
  std::int64_t start_;
  std::int64_t position_;
  Bytes kept_;
  IoContext io_;
};

Result<void> finish_with_freeform(AVFormatContext& output, const std::map<std::string, std::string>& tags) {
  AVIOContext& io = *output.pb;
  MoovCapture capture(io);
  if (capture.io() == nullptr) return av_error(AVERROR(ENOMEM), "Finishing the output");
  output.pb = capture.io();
  auto done = write_trailer(output);
  avio_flush(capture.io());
  output.pb = &io;
  if (!done) return done;
  const auto moov = add_freeform_tags(capture.kept(), tags);
  if (!moov) return Error{Errc::internal, "The tags do not fit into the index of the MP4 file."};
  avio_seek(&io, capture.start(), SEEK_SET);
  write_bytes(io, *moov);
  avio_flush(&io);
  return check_io(io);
}

std::map<std::string, std::string> freeform_tags(const Metadata& metadata,
                                                 const std::optional<GaplessInfo>& gapless) {
  std::map<std::string, std::string> tags;
  for (const auto& [name, value] : metadata.tags)
    // FFmpeg writes the tempo as an atom that it does not read.
    if (name == "bpm" || !ipod_muxer_writes(name, value))
      tags.emplace(tag_name_in(TagStyle::mp4, name), value);
  if (gapless) tags.insert_or_assign("iTunSMPB", itunes_gapless(*gapless));
  return tags;
}

}  // namespace

Result<void> finish_output(AVFormatContext& output, const Metadata& metadata, const Format& format,
                           const std::optional<GaplessInfo>& gapless) {
  if (output.pb == nullptr || (output.pb->seekable & AVIO_SEEKABLE_NORMAL) == 0) return write_trailer(output);
  // Packets that are still queued would move the end of the audio.
  if (const int code = av_interleaved_write_frame(&output, nullptr); code < 0)
    return av_error(code, "Finishing the output");
  const MetadataLayout layout = metadata_layout_of(format);
  if (layout == MetadataLayout::mp4) {
    const auto tags = freeform_tags(metadata, gapless);
    return tags.empty() ? write_trailer(output) : finish_with_freeform(output, tags);
  }
  if (layout != MetadataLayout::id3_at_end) return write_trailer(output);
  const bool wav = format.name == "wav";
  const Bytes tag = wav && !wav_needs_id3(metadata) ? Bytes() : id3v2_tag(metadata);
  return tag.empty() ? write_trailer(output) : finish_with_chunk(output, tag, wav);
}

}  // namespace convert::media
