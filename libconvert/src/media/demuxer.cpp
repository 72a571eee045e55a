// SPDX-License-Identifier: MIT
#include "media/demuxer.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "base/temporary_file.hpp"
#include "base/try.hpp"
#include "media/ffmpeg/allow_list.hpp"
#include "media/ffmpeg/timestamps.hpp"
#include "media/format/media_detection.hpp"
#include "media/format/media_formats.hpp"

namespace convert::media {
namespace {

constexpr std::size_t kHeadSize = 64 << 10;
constexpr int kMaxStreams = 1000;
constexpr int kMinSampleRate = 100;      // Hz; below this, a small file decodes to hours of audio
constexpr double kMinEmptyStart = 0.05;  // seconds; less is an undeclared encoder delay
constexpr std::int64_t kMaxProbeBytes =
    5 << 20;  // a transport stream may need this much until all streams are found

int deny_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

int is_interrupted(void* options) {
  return static_cast<const ConvertOptions*>(options)->check_cancellation() ? 0 : 1;
}

bool is_audio(const AVStream& stream) { return stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO; }

bool is_video(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
         (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
}

bool has_audio_parameters(const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  return p.codec_id != AV_CODEC_ID_NONE && p.sample_rate > 0 && p.ch_layout.nb_channels > 0;
}

/// Whether the header is complete, so that no packets have to be read to analyse the streams.
bool header_is_sufficient(const AVFormatContext& context) {
  if (context.nb_streams == 0 || (context.ctx_flags & AVFMTCTX_NOHEADER) != 0) return false;
  const bool pictures = std::any_of(context.streams, context.streams + context.nb_streams,
                                    [](AVStream* stream) { return is_video(*stream); });
  const bool matroska = std::string_view(context.iformat->name).starts_with("matroska");
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    const AVStream& stream = *context.streams[i];
    if (is_audio(stream) && (!has_audio_parameters(stream) || stream.duration == AV_NOPTS_VALUE)) {
      // Matroska has one duration for the whole file instead of one per stream.
      if (!has_audio_parameters(stream) || context.duration == AV_NOPTS_VALUE) return false;
    }
    // Audio may start late: if the header does not declare it, the first packet does.
    if (is_audio(stream) && (pictures || matroska) && stream.start_time == AV_NOPTS_VALUE) return false;
  }
  return true;
}

bool has_major_brand(const AVFormatContext& context, std::string_view brand) {
  const AVDictionaryEntry* entry = av_dict_get(context.metadata, "major_brand", nullptr, 0);
  return entry != nullptr && std::string_view(entry->value).starts_with(brand);
}

/// ISO/IEC 11172-3, 2.4.1.3: eleven bits of ones, two bits of version, two bits of layer.
bool is_layer_two(std::span<const std::byte> header) {
  const auto second = std::to_integer<unsigned>(header[1]);
  return header[0] == std::byte{0xFF} && (second & 0xE0U) == 0xE0U && (second >> 1U & 3U) == 2U;
}

}  // namespace

std::string display_name(const std::string& name) {
  return name.empty() ? "The input" : fmt::format("\"{}\"", name);
}

Result<std::unique_ptr<Demuxer>> Demuxer::open(const Input& input, const ConvertOptions& options) {
  std::unique_ptr<Demuxer> source(new Demuxer(input, options));
  CONVERT_TRY(source->open());
  return source;
}

Result<void> Demuxer::open() {
  CONVERT_TRY_ASSIGN(auto demuxer, detect_demuxer());
  if (demuxer == nullptr) return {};  // needs_spool() is true
  CONVERT_TRY(open_container(*demuxer));
  for (unsigned i = 0; i < context_->nb_streams; ++i)
    declared_durations_.push_back(context_->streams[i]->duration);
  declared_container_duration_ = context_->duration;
  CONVERT_TRY(check_limits());
  CONVERT_TRY(detect_mpeg_layers());
  CONVERT_TRY(read_stream_info());
  format_ = identify_format();
  return check_limits();
}

Result<const AVInputFormat*> Demuxer::detect_demuxer() {
  auto head = io_.peek(0, kHeadSize);
  if (!head) return head.error();
  if (head->empty()) {
    return Error{Errc::empty_input,
                 fmt::format("{} is empty (0 bytes): choose a file with content.", display_name(name_))};
  }
  // The tag may be longer than the part that was read: read on after it.
  if (const std::size_t tag = id3v2_length(*head); tag > 0) {
    if (tag > options_.limits->metadata_bytes) {
      return Error{Errc::limit_exceeded,
                   fmt::format("{} has {} bytes of tags; the limit is {}.", display_name(name_), tag,
                               options_.limits->metadata_bytes)};
    }
    head = io_.peek(tag, kHeadSize);
    if (!head) return head.error();
  }
  const DetectedContainer found = detect_container(*head, head->size() < kHeadSize);
  probe_pcm_codecs_ = may_hide_bitstream(*head);
  if (found.reference) {
    return Error{
        Errc::external_reference,
        fmt::format("{} is a playlist or script that refers to other files or addresses, which are never "
                    "opened. Provide the media file itself.",
                    display_name(name_))};
  }
  if (found.demuxer == nullptr) {
    return Error{Errc::unrecognized_input, fmt::format("{} is not in a supported media format. Convert it "
                                                       "to a common format such as WAV or MP3 first.",
                                                       display_name(name_))};
  }
  if (!io_.seekable() && std::string_view(found.demuxer->name).starts_with("mov,") &&
      moov_is_after_mdat(*head)) {
    return static_cast<const AVInputFormat*>(nullptr);
  }
  if (std::string_view(found.demuxer->name) == "mp3") exact_samples_ = lame_sample_count(*head);
  return found.demuxer;
}

Result<void> Demuxer::open_container(const AVInputFormat& demuxer) {
  AVFormatContext* raw = avformat_alloc_context();
  AVIOContext* pb = io_.context();
  if (raw == nullptr || pb == nullptr) {
    avformat_free_context(raw);
    return av_error(AVERROR(ENOMEM), "Opening the input");
  }
  raw->pb = pb;
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  raw->io_open = deny_open;
  raw->interrupt_callback = {&is_interrupted, const_cast<ConvertOptions*>(&options_)};
  raw->probesize = kMaxProbeBytes;
  raw->max_streams = std::clamp(options_.limits->streams, kMaxStreams, INT_MAX - 1) +
                     1;  // check_limits() has the better message
  raw->codec_whitelist = av_strdup(decoder_whitelist().c_str());
  raw->format_whitelist = av_strdup(demuxer.name);
  raw->protocol_whitelist = av_strdup("");
  Dictionary settings;
  if (std::string_view(demuxer.name) == "wav") settings.set("max_size", "32768");
  // FFmpeg would run all its probes over the first samples of any PCM, several times.
  if (!probe_pcm_codecs_) raw->max_probe_packets = 0;
  const int code = avformat_open_input(&raw, "", &demuxer, settings.out());  // frees raw on failure
  if (code < 0) return to_error(code);
  context_.reset(raw);
  return {};
}

/// MP4 declares all MPEG audio as MP3: the first packet has the true layer.
Result<void> Demuxer::detect_mpeg_layers() {
  if (!io_.seekable() || !std::string_view(context_->iformat->name).starts_with("mov,")) return {};
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream& stream = *context_->streams[i];
    const AVIndexEntry* first = avformat_index_get_entry(&stream, 0);
    if (stream.codecpar->codec_id != AV_CODEC_ID_MP3 || first == nullptr || first->pos < 0) continue;
    CONVERT_TRY_ASSIGN(auto header, io_.peek(static_cast<std::uint64_t>(first->pos), 2));
    if (header.size() == 2 && is_layer_two(header)) stream.codecpar->codec_id = AV_CODEC_ID_MP2;
  }
  return {};
}

Result<void> Demuxer::read_stream_info() {
  if (header_is_sufficient(*context_)) return {};
  const int code = avformat_find_stream_info(context_.get(), nullptr);
  return code < 0 ? Result<void>(to_error(code)) : Result<void>();
}

Error Demuxer::to_error(int code) const {
  if (io_.error()) return *io_.error();
  CONVERT_TRY(options_.check_cancellation());
  if (code == AVERROR_EOF || code == AVERROR_INVALIDDATA) {
    return {Errc::truncated_input,
            fmt::format("{} starts like a media file but ends before any usable data. It may be truncated: "
                        "download or export it again.",
                        display_name(name_))};
  }
  if (code == AVERROR(EPERM)) {
    return {Errc::external_reference,
            fmt::format("{} refers to other files, which are never opened. Provide the media file itself.",
                        display_name(name_))};
  }
  if (code == AVERROR(ENOMEM)) {
    return {Errc::limit_exceeded, fmt::format("{} declares too many streams or too large blocks; "
                                              "the limit is {} streams.",
                                              display_name(name_), options_.limits->streams)};
  }
  return {Errc::corrupt_input,
          fmt::format("{} is damaged: its header is invalid ({}). Download or export it again.",
                      display_name(name_), av_text(code))};
}

template <class Number>
Error Demuxer::limit_error(const char* what, Number has, Number allowed) const {
  return {Errc::limit_exceeded,
          fmt::format("{} has {} {}; the limit is {}.", display_name(name_), has, what, allowed)};
}

Result<std::unique_ptr<Reader>> Demuxer::spool() {
  const auto whole = prefixed_reader(io_.take_head(), io_.reader());
  return base::spool(*whole, options_);
}

Result<void> Demuxer::check_audio(int channels, int sample_rate) const {
  if (auto fits = check_audio_limits(channels, sample_rate); !fits || sample_rate >= kMinSampleRate)
    return fits;
  return Error{Errc::unsupported, fmt::format("{} has a sample rate of {} Hz; at least {} Hz is required.",
                                              display_name(name_), sample_rate, kMinSampleRate)};
}

Result<void> Demuxer::check_audio_limits(int channels, int sample_rate) const {
  const Limits& limits = *options_.limits;
  if (channels > limits.channels) return limit_error("channels", channels, limits.channels);
  if (sample_rate > limits.sample_rate)
    return limit_error("Hz as its sample rate", sample_rate, limits.sample_rate);
  return {};
}

Result<void> Demuxer::check_limits() const {
  const Limits& limits = *options_.limits;
  if (static_cast<int>(context_->nb_streams) > limits.streams) {
    return limit_error("streams", static_cast<int>(context_->nb_streams), limits.streams);
  }
  std::uint64_t covers = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    const AVStream& stream = *context_->streams[i];
    covers += static_cast<std::uint64_t>(std::max(stream.attached_pic.size, 0));
    if (!is_audio(stream)) continue;
    const AVCodecParameters& p = *stream.codecpar;
    CONVERT_TRY(check_audio_limits(p.ch_layout.nb_channels, p.sample_rate));
    if (stream.duration > 0) {
      const double seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
      const double allowed = std::chrono::duration<double>(limits.duration).count();
      if (seconds > allowed)
        return limit_error("seconds", saturating_truncate(seconds), saturating_truncate(allowed));
    }
  }
  if (covers > limits.metadata_bytes) {
    return limit_error("bytes of cover art", covers, limits.metadata_bytes);
  }
  return {};
}

const Format* Demuxer::identify_format() const {
  const std::string_view demuxer = context_->iformat->name;
  const AVFormatContext& c = *context_;
  const bool pictures =
      std::any_of(c.streams, c.streams + c.nb_streams, [](AVStream* s) { return is_video(*s); });
  const auto codec_is = [&](AVCodecID id) {
    return std::any_of(c.streams, c.streams + c.nb_streams,
                       [&](AVStream* s) { return s->codecpar->codec_id == id; });
  };
  std::string_view name = demuxer;
  if (demuxer.starts_with("mov,"))
    name = pictures || !(has_major_brand(c, "M4A") || has_major_brand(c, "M4B") ||
                         (c.nb_streams > 0 && !has_major_brand(c, "qt")))
               ? "mp4"
               : "m4a";
  if (demuxer == "matroska,webm")
    name = pictures ? (codec_is(AV_CODEC_ID_VP8) || codec_is(AV_CODEC_ID_VP9) ? "webm" : "mkv") : "mka";
  if (demuxer == "ogg") name = pictures ? "ogv" : codec_is(AV_CODEC_ID_OPUS) ? "opus" : "ogg";
  if (demuxer == "asf") name = pictures ? "wmv" : "wma";
  if (demuxer == "mp3" && !codec_is(AV_CODEC_ID_MP3)) name = "mp2";
  if (demuxer == "dtshd") name = "dts";
  if (demuxer == "mlp") name = "truehd";
  if (demuxer == "mpc8") name = "mpc";
  return find_media_format(name);
}

Result<AVStream*> Demuxer::select_audio_stream(std::optional<int> track) const {
  AVStream* chosen = nullptr;
  int count = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    if (!is_audio(*stream)) continue;
    const bool is_default = (stream->disposition & AV_DISPOSITION_DEFAULT) != 0;
    const bool chosen_default = chosen != nullptr && (chosen->disposition & AV_DISPOSITION_DEFAULT) != 0;
    if (track ? count == *track : chosen == nullptr || (is_default && !chosen_default)) chosen = stream;
    ++count;
  }
  if (chosen == nullptr && count == 0) {
    return Error{Errc::no_such_stream, fmt::format("{} contains no audio. Choose a file with an audio track.",
                                                   display_name(name_))};
  }
  if (chosen == nullptr) {
    return Error{Errc::no_such_stream,
                 fmt::format("audio_track: {} has {} audio track{}; valid values are 0 to {}.",
                             display_name(name_), count, count == 1 ? "" : "s", count - 1)};
  }
  if (av_stream_get_side_data(chosen, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr ||
      chosen->codecpar->codec_tag == MKTAG('e', 'n', 'c', 'a') ||
      chosen->codecpar->codec_tag == MKTAG('d', 'r', 'm', 's')) {
    return Error{
        Errc::encrypted_input,
        fmt::format("The audio of {} is encrypted. Only files without copy protection can be converted.",
                    display_name(name_))};
  }
  if (allowed_decoder(chosen->codecpar->codec_id) == nullptr) {
    const char* codec = avcodec_get_name(chosen->codecpar->codec_id);
    return Error{Errc::unsupported, fmt::format("The audio of {} is coded as \"{}\", which is not supported.",
                                                display_name(name_), codec)};
  }
  // If the header has no sample rate, the decoder will report it.
  const AVCodecParameters& p = *chosen->codecpar;
  if (p.sample_rate > 0) {
    CONVERT_TRY(check_audio(p.ch_layout.nb_channels, p.sample_rate));
  }
  return chosen;
}

std::int64_t Demuxer::start_offset(const AVStream& stream) const {
  if (stream.start_time == AV_NOPTS_VALUE) return 0;
  std::int64_t first = stream.start_time;
  // The timeline of these containers starts at 0, whether or not a stream starts there.
  const std::string_view demuxer = context_->iformat->name;
  const bool from_zero = demuxer.starts_with("mov,") || demuxer.starts_with("matroska");
  if (from_zero && static_cast<double>(first) * av_q2d(stream.time_base) > kMinEmptyStart) first = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    const AVStream& other = *context_->streams[i];
    if ((!is_audio(other) && !is_video(other)) || other.start_time == AV_NOPTS_VALUE) continue;
    first = std::min(first, av_rescale_q(other.start_time, other.time_base, stream.time_base));
  }
  return saturating_subtract(stream.start_time, first);
}

std::optional<std::int64_t> Demuxer::declared_duration(const AVStream& stream) const {
  const auto i = static_cast<std::size_t>(stream.index);
  if (i < declared_durations_.size() && declared_durations_[i] > 0) return declared_durations_[i];
  // Matroska declares one duration for all streams. It holds for a stream that is alone.
  if (declared_container_duration_ > 0 && context_->nb_streams == 1) {
    return saturating_subtract(av_rescale_q(declared_container_duration_, AV_TIME_BASE_Q, stream.time_base),
                               std::max<std::int64_t>(start_offset(stream), 0));
  }
  // With several streams, the tag DURATION has it. It may be outdated after an edit: the container's duration
  // is the upper limit.
  if (declared_container_duration_ > 0 && std::string_view(context_->iformat->name).starts_with("matroska")) {
    const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "DURATION", nullptr, 0);
    std::int64_t microseconds = 0;
    if (tag == nullptr || av_parse_time(&microseconds, tag->value, 1) < 0) return {};
    return saturating_subtract(
        av_rescale_q(std::min(microseconds, declared_container_duration_), AV_TIME_BASE_Q, stream.time_base),
        std::max<std::int64_t>(start_offset(stream), 0));
  }
  return {};
}

std::optional<Warning> Demuxer::truncation_warning(const AVStream& stream, std::int64_t end,
                                                   bool broken) const {
  constexpr double kTolerance = 0.05;  // seconds; plus the rounding error of headers
  constexpr double kRounding = 1e-4;
  double missing = 0;
  if (const auto declared = declared_duration(stream)) {
    const double whole = static_cast<double>(*declared) * av_q2d(stream.time_base);
    missing = whole -
              static_cast<double>(saturating_subtract(end, start_offset(stream))) * av_q2d(stream.time_base);
    if (missing < std::max(kTolerance, whole * kRounding)) missing = 0;
  }
  if (missing > 0) {
    return Warning{WarningCode::truncated,
                   fmt::format("The input ends early: {:.2f} s of the declared audio are missing. The rest "
                               "was converted.",
                               missing)};
  }
  const auto ogg = ogg_is_truncated();
  if (!broken && !(ogg && *ogg)) return {};
  return Warning{WarningCode::truncated,
                 "The input ends in the middle of the audio. The part before that was converted."};
}

void Demuxer::discard_all_but(const AVStream& stream) {
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* other = context_->streams[i];
    other->discard = other == &stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

Result<bool> Demuxer::read_packet(const AVStream& stream, AVPacket& packet) {
  while (true) {
    av_packet_unref(&packet);
    CONVERT_TRY(options_.check_cancellation());
    const int code = av_read_frame(context_.get(), &packet);
    if (io_.error()) return *io_.error();
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) {
      read_failed_ = code != AVERROR_EOF;
      return false;
    }
    if (packet.stream_index == stream.index) return true;
  }
}

/// Whether the last page of an Ogg file lacks the end-of-stream flag. Reads the last bytes of the file;
/// always false for forward-only inputs.
Result<bool> Demuxer::ogg_is_truncated() const {
  // RFC 3533, section 6: header_type_flag 0x04 marks the last page of a logical bitstream.
  constexpr std::size_t kLongestPage = 65'307;
  constexpr std::size_t kFlagAt = 5;
  Reader& reader = const_cast<AvioReader&>(io_).reader();
  const auto size = reader.size();
  if (std::string_view(context_->iformat->name) != "ogg" || !reader.seekable() || !size) return false;
  std::vector<std::byte> tail(std::min<std::uint64_t>(*size, kLongestPage));
  std::size_t have = 0;
  while (have < tail.size()) {
    CONVERT_TRY_ASSIGN(auto got, reader.read_at(*size - tail.size() + have, std::span(tail).subspan(have)));
    if (got == 0) break;
    have += got;
  }
  const std::string_view text(reinterpret_cast<const char*>(tail.data()), have);
  const auto page = text.rfind("OggS");
  if (page == std::string_view::npos || page + kFlagAt >= have) return true;
  return (static_cast<unsigned char>(text[page + kFlagAt]) & 0x04U) == 0;
}

}  // namespace convert::media
