// SPDX-License-Identifier: MIT
#include "media/source.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "io/spool.hpp"
#include "media/allow_list.hpp"
#include "media/formats.hpp"
#include "media/lame_tag.hpp"
#include "media/saturate.hpp"
#include "media/sniff.hpp"

namespace convert::media {
namespace {

constexpr std::size_t kLook = 64 << 10;
constexpr int kMostStreams = 1000;
constexpr int kLeastRate = 100;            // Hz; a small file of less would make hours of sound
constexpr double kLeastEmptyStart = 0.05;  // seconds; less is an encoder's delay that was not declared
constexpr std::int64_t kAnalyseBytes = 5
                                       << 20;  // what a transport stream may need until all streams are seen

int deny_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

int interrupted(void* options) { return static_cast<const ConvertOptions*>(options)->check() ? 0 : 1; }

bool is_sound(const AVStream& stream) { return stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO; }

bool is_picture(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
         (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
}

bool knows_sound(const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  return p.codec_id != AV_CODEC_ID_NONE && p.sample_rate > 0 && p.ch_layout.nb_channels > 0;
}

/// Whether the header said all that is needed, so that no packet has to be read to learn it.
bool header_suffices(const AVFormatContext& context) {
  if (context.nb_streams == 0 || (context.ctx_flags & AVFMTCTX_NOHEADER) != 0) return false;
  const bool pictures = std::any_of(context.streams, context.streams + context.nb_streams,
                                    [](AVStream* stream) { return is_picture(*stream); });
  const bool matroska = std::string_view(context.iformat->name).starts_with("matroska");
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    const AVStream& stream = *context.streams[i];
    if (is_sound(stream) && (!knows_sound(stream) || stream.duration == AV_NOPTS_VALUE)) {
      // Containers without a length per stream (Matroska) have one for the whole.
      if (!knows_sound(stream) || context.duration == AV_NOPTS_VALUE) return false;
    }
    // Sound may begin late: where the header does not tell, its first packet does.
    if (is_sound(stream) && (pictures || matroska) && stream.start_time == AV_NOPTS_VALUE) return false;
  }
  return true;
}

bool has_brand(const AVFormatContext& context, std::string_view brand) {
  const AVDictionaryEntry* entry = av_dict_get(context.metadata, "major_brand", nullptr, 0);
  return entry != nullptr && std::string_view(entry->value).starts_with(brand);
}

/// ISO/IEC 11172-3, 2.4.1.3: eleven bits of ones, two of the version, then the layer.
bool is_layer_two(std::span<const std::byte> header) {
  const auto second = std::to_integer<unsigned>(header[1]);
  return header[0] == std::byte{0xFF} && (second & 0xE0U) == 0xE0U && (second >> 1U & 3U) == 2U;
}

}  // namespace

std::string called(const std::string& name) {
  return name.empty() ? "The input" : fmt::format("\"{}\"", name);
}

Result<std::unique_ptr<Source>> Source::open(const Input& input, const ConvertOptions& options) {
  std::unique_ptr<Source> source(new Source(input, options));
  if (auto done = source->open(); !done) return done.error();
  return source;
}

Result<void> Source::open() {
  auto demuxer = detect();
  if (!demuxer) return demuxer.error();
  if (*demuxer == nullptr) return {};  // needs_spool()
  if (auto done = open_container(**demuxer); !done) return done;
  for (unsigned i = 0; i < context_->nb_streams; ++i) declared_.push_back(context_->streams[i]->duration);
  declared_whole_ = context_->duration;
  if (auto done = check_limits(); !done) return done;
  if (auto done = tell_layers(); !done) return done;
  if (auto done = analyse(); !done) return done;
  format_ = which_format();
  return check_limits();
}

Result<const AVInputFormat*> Source::detect() {
  auto head = io_.look(0, kLook);
  if (!head) return head.error();
  if (head->empty()) {
    return Error{Errc::empty_input,
                 fmt::format("{} is empty (0 bytes): choose a file with content.", called(name_))};
  }
  // A tag may be larger than what FFmpeg looks at: look behind it.
  if (const std::size_t tag = id3v2_length(*head); tag > 0) {
    if (tag > options_.limits->metadata_bytes) {
      return Error{Errc::limit_exceeded,
                   fmt::format("{} has {} bytes of tags; limits.metadata_bytes allows {}.", called(name_),
                               tag, options_.limits->metadata_bytes)};
    }
    head = io_.look(tag, kLook);
    if (!head) return head.error();
  }
  const Sniffed found = sniff(*head, head->size() < kLook);
  guess_in_pcm_ = may_hide_bitstream(*head);
  if (found.reference) {
    return Error{
        Errc::external_reference,
        fmt::format("{} is a playlist or script that names other files or addresses, which are never "
                    "followed. Give the media file itself.",
                    called(name_))};
  }
  if (found.demuxer == nullptr) {
    return Error{
        Errc::unrecognized_input,
        fmt::format("{} is in no media format that can be read here. If it plays elsewhere, convert it there "
                    "to a common format such as WAV or MP3 first.",
                    called(name_))};
  }
  if (!io_.seekable() && std::string_view(found.demuxer->name).starts_with("mov,") &&
      index_is_behind(*head)) {
    return static_cast<const AVInputFormat*>(nullptr);
  }
  if (std::string_view(found.demuxer->name) == "mp3") exact_samples_ = lame_samples(*head);
  return found.demuxer;
}

Result<void> Source::open_container(const AVInputFormat& demuxer) {
  AVFormatContext* raw = avformat_alloc_context();
  AVIOContext* pb = io_.context();
  if (raw == nullptr || pb == nullptr) {
    avformat_free_context(raw);
    return av_error(AVERROR(ENOMEM), "Opening the input");
  }
  raw->pb = pb;
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  raw->io_open = deny_open;
  raw->interrupt_callback = {&interrupted, const_cast<ConvertOptions*>(&options_)};
  raw->probesize = kAnalyseBytes;
  raw->max_streams = std::clamp(options_.limits->streams, kMostStreams, INT_MAX - 1) +
                     1;  // ours is checked, and has a message
  raw->codec_whitelist = av_strdup(decoder_whitelist().c_str());
  raw->format_whitelist = av_strdup(demuxer.name);
  raw->protocol_whitelist = av_strdup("");
  Dictionary settings;
  if (std::string_view(demuxer.name) == "wav") settings.set("max_size", "32768");
  // FFmpeg would run all its probes over the first samples of any PCM, several times.
  if (!guess_in_pcm_) raw->max_probe_packets = 0;
  const int code = avformat_open_input(&raw, "", &demuxer, settings.out());  // frees raw when it fails
  if (code < 0) return failed(code);
  context_.reset(raw);
  return {};
}

/// MP4 calls all MPEG audio MP3, whatever its layer: its first packet tells.
Result<void> Source::tell_layers() {
  if (!io_.seekable() || !std::string_view(context_->iformat->name).starts_with("mov,")) return {};
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream& stream = *context_->streams[i];
    const AVIndexEntry* first = avformat_index_get_entry(&stream, 0);
    if (stream.codecpar->codec_id != AV_CODEC_ID_MP3 || first == nullptr || first->pos < 0) continue;
    auto header = io_.look(static_cast<std::uint64_t>(first->pos), 2);
    if (!header) return header.error();
    if (header->size() == 2 && is_layer_two(*header)) stream.codecpar->codec_id = AV_CODEC_ID_MP2;
  }
  return {};
}

Result<void> Source::analyse() {
  if (header_suffices(*context_)) return {};
  const int code = avformat_find_stream_info(context_.get(), nullptr);
  return code < 0 ? Result<void>(failed(code)) : Result<void>();
}

Error Source::failed(int code) const {
  if (io_.error()) return *io_.error();
  if (auto go = options_.check(); !go) return go.error();
  if (code == AVERROR_EOF || code == AVERROR_INVALIDDATA) {
    return {Errc::truncated_input,
            fmt::format(
                "{} begins like a media file but ends or breaks before anything usable. It may be cut off: "
                "fetch or export it again.",
                called(name_))};
  }
  if (code == AVERROR(EPERM)) {
    return {Errc::external_reference,
            fmt::format("{} refers to other files, which are never opened. Give the media file itself.",
                        called(name_))};
  }
  if (code == AVERROR(ENOMEM)) {
    return {Errc::limit_exceeded,
            fmt::format("{} announces more streams or larger blocks than can be handled; "
                        "limits.streams allows {}.",
                        called(name_), options_.limits->streams)};
  }
  return {Errc::corrupt_input,
          fmt::format("{} is damaged: its header makes no sense ({}). Fetch or export it again.",
                      called(name_), av_text(code))};
}

template <class Number>
Error Source::exceeded(const char* what, Number has, const char* field, Number allowed) const {
  return {Errc::limit_exceeded,
          fmt::format("{} has {} {}; limits.{} allows {}.", called(name_), has, what, field, allowed)};
}

Result<std::unique_ptr<Reader>> Source::spool() {
  const auto whole = prefixed_reader(io_.take_head(), io_.reader());
  return io::spool(*whole, options_);
}

Result<void> Source::check_sound(int channels, int sample_rate) const {
  if (auto fits = check_shape(channels, sample_rate); !fits || sample_rate >= kLeastRate) return fits;
  return Error{Errc::unsupported,
               fmt::format("{} has a sample rate of {} Hz; sound that is converted needs {} Hz at least.",
                           called(name_), sample_rate, kLeastRate)};
}

Result<void> Source::check_shape(int channels, int sample_rate) const {
  const Limits& limits = *options_.limits;
  if (channels > limits.channels) return exceeded("channels", channels, "channels", limits.channels);
  if (sample_rate > limits.sample_rate)
    return exceeded("Hz sample rate", sample_rate, "sample_rate", limits.sample_rate);
  return {};
}

Result<void> Source::check_limits() const {
  const Limits& limits = *options_.limits;
  if (static_cast<int>(context_->nb_streams) > limits.streams) {
    return exceeded("streams", static_cast<int>(context_->nb_streams), "streams", limits.streams);
  }
  std::uint64_t covers = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    const AVStream& stream = *context_->streams[i];
    covers += static_cast<std::uint64_t>(std::max(stream.attached_pic.size, 0));
    if (!is_sound(stream)) continue;
    const AVCodecParameters& p = *stream.codecpar;
    if (auto fits = check_shape(p.ch_layout.nb_channels, p.sample_rate); !fits) return fits;
    if (stream.duration > 0) {
      const double seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
      const double allowed = std::chrono::duration<double>(limits.duration).count();
      if (seconds > allowed)
        return exceeded("seconds", whole_number(seconds), "duration", whole_number(allowed));
    }
  }
  if (covers > limits.metadata_bytes) {
    return exceeded("bytes of cover art", covers, "metadata_bytes", limits.metadata_bytes);
  }
  return {};
}

const Format* Source::which_format() const {
  const std::string_view demuxer = context_->iformat->name;
  const AVFormatContext& c = *context_;
  const bool pictures =
      std::any_of(c.streams, c.streams + c.nb_streams, [](AVStream* s) { return is_picture(*s); });
  const auto codec_is = [&](AVCodecID id) {
    return std::any_of(c.streams, c.streams + c.nb_streams,
                       [&](AVStream* s) { return s->codecpar->codec_id == id; });
  };
  std::string_view name = demuxer;
  if (demuxer.starts_with("mov,"))
    name =
        pictures || !(has_brand(c, "M4A") || has_brand(c, "M4B") || (c.nb_streams > 0 && !has_brand(c, "qt")))
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
  return find_format(name);
}

Result<AVStream*> Source::audio(std::optional<int> track) const {
  AVStream* chosen = nullptr;
  int count = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    if (!is_sound(*stream)) continue;
    const bool is_default = (stream->disposition & AV_DISPOSITION_DEFAULT) != 0;
    const bool chosen_default = chosen != nullptr && (chosen->disposition & AV_DISPOSITION_DEFAULT) != 0;
    if (track ? count == *track : chosen == nullptr || (is_default && !chosen_default)) chosen = stream;
    ++count;
  }
  if (chosen == nullptr && count == 0) {
    return Error{Errc::no_such_stream,
                 fmt::format("{} holds no sound. Choose a file that has some.", called(name_))};
  }
  if (chosen == nullptr) {
    return Error{Errc::no_such_stream, fmt::format("track: {} has {} audio track{}, so it may be 0 to {}.",
                                                   called(name_), count, count == 1 ? "" : "s", count - 1)};
  }
  if (av_stream_get_side_data(chosen, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr ||
      chosen->codecpar->codec_tag == MKTAG('e', 'n', 'c', 'a') ||
      chosen->codecpar->codec_tag == MKTAG('d', 'r', 'm', 's')) {
    return Error{Errc::encrypted_input,
                 fmt::format("The sound of {} is encrypted. Only a copy without protection can be converted.",
                             called(name_))};
  }
  if (allowed_decoder(chosen->codecpar->codec_id) == nullptr) {
    const char* codec = avcodec_get_name(chosen->codecpar->codec_id);
    return Error{Errc::unsupported, fmt::format("The sound of {} is coded as \"{}\", which is not read here.",
                                                called(name_), codec)};
  }
  // Where the header does not say the rate, the decoder will.
  const AVCodecParameters& p = *chosen->codecpar;
  if (p.sample_rate > 0) {
    if (auto fits = check_sound(p.ch_layout.nb_channels, p.sample_rate); !fits) return fits.error();
  }
  return chosen;
}

std::int64_t Source::late_start(const AVStream& stream) const {
  if (stream.start_time == AV_NOPTS_VALUE) return 0;
  std::int64_t first = stream.start_time;
  // The time line of these containers begins at 0, whether or not something begins there.
  const std::string_view demuxer = context_->iformat->name;
  const bool from_zero = demuxer.starts_with("mov,") || demuxer.starts_with("matroska");
  if (from_zero && static_cast<double>(first) * av_q2d(stream.time_base) > kLeastEmptyStart) first = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    const AVStream& other = *context_->streams[i];
    if ((!is_sound(other) && !is_picture(other)) || other.start_time == AV_NOPTS_VALUE) continue;
    first = std::min(first, av_rescale_q(other.start_time, other.time_base, stream.time_base));
  }
  return minus(stream.start_time, first);
}

std::optional<std::int64_t> Source::declared_duration(const AVStream& stream) const {
  const auto i = static_cast<std::size_t>(stream.index);
  if (i < declared_.size() && declared_[i] > 0) return declared_[i];
  // Matroska declares one duration for all streams: a single one has it.
  if (declared_whole_ > 0 && context_->nb_streams == 1) {
    return minus(av_rescale_q(declared_whole_, AV_TIME_BASE_Q, stream.time_base),
                 std::max<std::int64_t>(late_start(stream), 0));
  }
  // Of several its authors say it in a tag; old ones outlive a cut, which the whole then tells.
  if (declared_whole_ > 0 && std::string_view(context_->iformat->name).starts_with("matroska")) {
    const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "DURATION", nullptr, 0);
    std::int64_t microseconds = 0;
    if (tag == nullptr || av_parse_time(&microseconds, tag->value, 1) < 0) return {};
    return minus(av_rescale_q(std::min(microseconds, declared_whole_), AV_TIME_BASE_Q, stream.time_base),
                 std::max<std::int64_t>(late_start(stream), 0));
  }
  return {};
}

std::optional<Warning> Source::cut_off(const AVStream& stream, std::int64_t end, bool broken) const {
  constexpr double kTolerance = 0.05;  // seconds; and as much of the whole as headers round
  constexpr double kRounding = 1e-4;
  double missing = 0;
  if (const auto declared = declared_duration(stream)) {
    const double whole = static_cast<double>(*declared) * av_q2d(stream.time_base);
    missing = whole - static_cast<double>(minus(end, late_start(stream))) * av_q2d(stream.time_base);
    if (missing < std::max(kTolerance, whole * kRounding)) missing = 0;
  }
  if (missing > 0) {
    return Warning{
        WarningCode::truncated,
        fmt::format("The input ends early: {:.2f} s of the sound it announces are missing. What is there "
                    "was converted.",
                    missing)};
  }
  const auto ogg = ogg_is_cut();
  if (!broken && !(ogg && *ogg)) return {};
  return Warning{WarningCode::truncated,
                 "The input breaks off in the middle of the sound. What is there was converted."};
}

/// Whether an Ogg file ends without the mark that its last page should have. Reads the last bytes; says
/// nothing of forward-only inputs.
Result<bool> Source::ogg_is_cut() const {
  // RFC 3533, section 6: header_type_flag 0x04 marks the last page of a logical bitstream.
  constexpr std::size_t kLongestPage = 65'307;
  constexpr std::size_t kFlagAt = 5;
  Reader& reader = const_cast<ReaderIo&>(io_).reader();
  const auto size = reader.size();
  if (std::string_view(context_->iformat->name) != "ogg" || !reader.seekable() || !size) return false;
  std::vector<std::byte> tail(std::min<std::uint64_t>(*size, kLongestPage));
  std::size_t have = 0;
  while (have < tail.size()) {
    auto got = reader.read_at(*size - tail.size() + have, std::span(tail).subspan(have));
    if (!got) return got.error();
    if (*got == 0) break;
    have += *got;
  }
  const std::string_view text(reinterpret_cast<const char*>(tail.data()), have);
  const auto page = text.rfind("OggS");
  if (page == std::string_view::npos || page + kFlagAt >= have) return true;
  return (static_cast<unsigned char>(text[page + kFlagAt]) & 0x04U) == 0;
}

}  // namespace convert::media
