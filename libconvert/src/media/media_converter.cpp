// SPDX-License-Identifier: MIT
#include "media/media_converter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/temporary_file.hpp"
#include "base/try.hpp"
#include "conversion/format_lookup.hpp"
#include "media/audio/audio_transcoder.hpp"
#include "media/ffmpeg/allow_list.hpp"
#include "media/ffmpeg/ffmpeg_log.hpp"
#include "media/ffmpeg/timestamps.hpp"
#include "media/format/audio_codecs.hpp"
#include "media/format/media_detection.hpp"
#include "media/format/media_formats.hpp"
#include "media/metadata/metadata.hpp"
#include "media/packet_copier.hpp"
#include "media/plan/media_plan.hpp"
#include "media/progress_reporter.hpp"

namespace convert::media {

namespace {

constexpr AVRational kNano{1, std::nano::den};

std::string layout_name(const AVChannelLayout& layout) {
  std::array<char, 128> text{};
  constexpr int kStereo = 2;  // for more channels, an unspecified order is ambiguous
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC && layout.nb_channels > kStereo) return {};
  const ChannelLayout known = ChannelLayout::known(layout);
  return av_channel_layout_describe(&known.get(), text.data(), text.size()) > 0 ? text.data() : "";
}

/// The exact number of samples without delay and padding; 0 if the container only estimates it.
std::int64_t exact_sample_count(const Demuxer& demuxer, const AVStream& stream) {
  if (const auto exact = demuxer.exact_samples()) return *exact;
  const AVCodecParameters& p = *stream.codecpar;
  const bool counts_samples =
      stream.time_base.num == 1 && p.sample_rate > 0 && stream.time_base.den % p.sample_rate == 0;
  // Undeclared durations are estimates, except in Ogg, where the last page has the exact one.
  const bool length_is_declared = demuxer.declared_duration(stream).has_value() ||
                                  std::string_view(demuxer.context().iformat->name) == "ogg";
  if (!counts_samples || !length_is_declared || stream.duration <= 0 || p.codec_id == AV_CODEC_ID_MP3)
    return 0;
  const std::int64_t all = av_rescale_q(stream.duration, stream.time_base, AVRational{1, p.sample_rate});
  return p.codec_id == AV_CODEC_ID_OPUS ? std::max<std::int64_t>(all - p.initial_padding, 0) : all;
}

void describe_audio(StreamInfo& info, const Demuxer& demuxer, const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  info.sample_rate = p.sample_rate;
  info.channels = p.ch_layout.nb_channels;
  info.channel_layout = layout_name(p.ch_layout);
  info.bits_per_sample = lossless_bits(p);
  info.samples = exact_sample_count(demuxer, stream);
  if (info.samples > 0) {
    info.duration = std::chrono::nanoseconds(av_rescale(info.samples, std::nano::den, p.sample_rate));
  }
}

void describe_video(StreamInfo& info, const AVStream& stream) {
  info.width = stream.codecpar->width;
  info.height = stream.codecpar->height;
  info.frame_rate =
      info.kind == StreamKind::video && stream.avg_frame_rate.den != 0 ? av_q2d(stream.avg_frame_rate) : 0;
  info.size = static_cast<std::uint64_t>(std::max(stream.attached_pic.size, 0));
}

std::int64_t bitrate_of(const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  if (p.bit_rate > 0) return p.bit_rate;
  return std::int64_t{av_get_bits_per_sample(p.codec_id)} * p.sample_rate * p.ch_layout.nb_channels;
}

StreamInfo describe_stream(const Demuxer& demuxer, const AVStream& stream) {
  StreamInfo info;
  info.index = stream.index;
  info.kind = stream_kind(stream);
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  if (const auto* language = av_dict_get(stream.metadata, "language", nullptr, 0))
    info.language = language->value;
  if (info.language == "und") info.language.clear();
  info.is_default = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0;
  info.bitrate = bitrate_of(stream);
  if (const std::int64_t late = demuxer.start_offset(stream); late > 0) {
    info.start = std::chrono::nanoseconds(av_rescale_q(late, stream.time_base, kNano));
  }
  if (stream.duration > 0)
    info.duration = std::chrono::nanoseconds(av_rescale_q(stream.duration, stream.time_base, kNano));
  if (info.kind == StreamKind::audio) describe_audio(info, demuxer, stream);
  if (info.kind == StreamKind::video || info.kind == StreamKind::cover) describe_video(info, stream);
  return info;
}

std::optional<std::chrono::nanoseconds> longest_stream_duration(const Demuxer& demuxer) {
  std::optional<std::chrono::nanoseconds> longest;
  for (unsigned i = 0; i < demuxer.context().nb_streams; ++i) {
    const AVStream& stream = *demuxer.context().streams[i];
    const StreamKind kind = stream_kind(stream);
    if (kind != StreamKind::audio && kind != StreamKind::video) continue;
    const auto own = stream_duration(demuxer, stream);
    if (own && (!longest || *own > *longest)) longest = own;
  }
  return longest;
}

/// Describes an opened input.
MediaInfo describe_media(Demuxer& demuxer, const Input& input) {
  MediaInfo info;
  info.format = demuxer.format().name;
  info.title = demuxer.format().title;
  info.family = demuxer.format().family;
  info.size = input.reader->size();
  const AVFormatContext& context = demuxer.context();
  for (unsigned i = 0; i < context.nb_streams; ++i)
    info.streams.push_back(describe_stream(demuxer, *context.streams[i]));
  info.duration = longest_stream_duration(demuxer);
  if (info.streams.size() == 1 && info.streams[0].samples > 0) info.duration = info.streams[0].duration;
  if (info.size && info.duration && info.duration->count() > 0) {
    const double seconds = std::chrono::duration<double>(*info.duration).count();
    info.bitrate = saturating_truncate(static_cast<double>(*info.size) * 8 / seconds);
  }
  const AVStream* audio_stream = nullptr;
  for (unsigned i = 0; i < context.nb_streams && audio_stream == nullptr; ++i) {
    if (stream_kind(*context.streams[i]) == StreamKind::audio) audio_stream = context.streams[i];
  }
  if (context.nb_streams == 0) return info;
  Metadata metadata = read_metadata(context, audio_stream != nullptr ? *audio_stream : *context.streams[0]);
  info.tags = std::move(metadata.tags);
  info.chapters = std::move(metadata.chapters);
  return info;
}

Error single_input_error(std::string_view format, std::size_t count) {
  return {Errc::invalid_argument,
          fmt::format("{} accepts one input, not {}. Convert the files one by one, or choose an archive "
                      "format such as zip.",
                      format, count)};
}

/// Whether the conversion reads the input more than once.
bool needs_seeking(const OutputSpec& spec) { return spec.loudness.has_value(); }

class MediaConverter : public Converter {
 public:
  MediaConverter() { install_log_filter(); }

  std::span<const Format> formats() const override { return media::formats(); }

  int recognize(std::span<const std::byte> head) const override {
    constexpr int kTagged = 60;  // an ID3v2 tag longer than `head`: some audio format follows
    const std::size_t tag = id3v2_length(head);
    if (tag >= head.size() && tag > 0) return kTagged;
    const DetectedContainer found = detect_container(head.subspan(tag), false);
    return found.demuxer != nullptr || found.reference ? found.score : 0;
  }

  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override {
    const LogSilencer silencer;
    CONVERT_TRY_ASSIGN(auto demuxer, Demuxer::open(input, options));
    if (demuxer->needs_spool()) {
      const Format& mp4 = *find_media_format("mp4");
      MediaInfo info;
      info.format = mp4.name;
      info.title = mp4.title;
      info.family = mp4.family;
      info.size = input.reader->size();
      report_warning(
          options,
          {WarningCode::incomplete,
           "The file's index is at its end: the streams are unknown until the whole input is read."});
      return info;
    }
    MediaInfo info = describe_media(*demuxer, input);
    if (auto mismatch = conversion::name_mismatch(formats(), input.name, info.format))
      report_warning(options, *mismatch);
    return info;
  }

  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override;
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override;

 private:
  Result<Report> run(const Input& input, Outputs& outputs, const OutputSpec& spec,
                     const ConvertOptions& options) const;
};

Result<Plan> MediaConverter::plan(std::span<const Input> inputs, const OutputSpec& spec,
                                  const ConvertOptions& options) const {
  if (inputs.size() != 1) return single_input_error(spec.format, inputs.size());
  const LogSilencer silencer;
  const Format& format = *find_media_format(spec.format);
  Plan plan;
  plan.format = format.name;
  plan.spools_output = format.forward_only == ForwardOnlySupport::spooled;
  plan.forward_only_missing = format.forward_only_missing;
  CONVERT_TRY_ASSIGN(auto demuxer, Demuxer::open(inputs[0], options));
  plan.spools_input = demuxer->needs_spool() || (needs_seeking(spec) && !inputs[0].reader->seekable());
  if (demuxer->needs_spool()) {
    plan.warnings.push_back({WarningCode::incomplete,
                             "The file's index is at its end: the plan for each stream is unknown until the "
                             "whole input is read."});
    return plan;
  }
  CONVERT_TRY_ASSIGN(auto media_plan, make_media_plan(*demuxer, spec));
  plan.streams = media_plan.streams;
  plan.warnings = media_plan.warnings;
  if (auto mismatch = conversion::name_mismatch(formats(), inputs[0].name, demuxer->format().name))
    plan.warnings.push_back(*mismatch);
  select_metadata(read_metadata(demuxer->context(), *media_plan.audio_stream), spec, format, false,
                  plan.warnings);
  if (media_plan.codec != nullptr && !media_plan.codec->lossless &&
      !signals_padding(format, media_plan.codec->id, false)) {
    plan.warnings.push_back(
        {WarningCode::padding, fmt::format("{} cannot declare the padding of {}: up to 0.1 s of "
                                           "silence will precede and follow the audio.",
                                           format.name, media_plan.codec->name)});
  }
  estimate(plan, *demuxer, media_plan, spec);
  return plan;
}

Result<Report> MediaConverter::convert(std::span<const Input> inputs, Outputs& outputs,
                                       const OutputSpec& spec, const ConvertOptions& options) const {
  if (inputs.size() != 1) return single_input_error(spec.format, inputs.size());
  const LogSilencer silencer;
  if (!needs_seeking(spec) || inputs[0].reader->seekable()) return run(inputs[0], outputs, spec, options);
  CONVERT_TRY_ASSIGN(auto spooled, base::spool(*inputs[0].reader, options));
  return run({spooled.get(), inputs[0].name}, outputs, spec, options);
}

Result<Report> MediaConverter::run(const Input& input, Outputs& outputs, const OutputSpec& spec,
                                   const ConvertOptions& options) const {
  CONVERT_TRY_ASSIGN(auto demuxer, Demuxer::open(input, options));
  if (demuxer->needs_spool()) {
    CONVERT_TRY_ASSIGN(auto spooled, demuxer->spool());
    return run({spooled.get(), input.name}, outputs, spec, options);
  }
  CONVERT_TRY_ASSIGN(auto media_plan, make_media_plan(*demuxer, spec));
  for (const Warning& warning : media_plan.warnings) report_warning(options, warning);
  if (auto mismatch = conversion::name_mismatch(formats(), input.name, demuxer->format().name))
    report_warning(options, *mismatch);

  const Format& format = *media_plan.format;
  const std::string name =
      fmt::format("{}.{}", conversion::file_stem(formats(), input.name), format.extensions.front());
  // Encoding PCM is faster than passing frames to another thread: the second thread writes instead.
  const bool write_in_background = use_second_thread(media_plan, options) && media_plan.codec->name == "pcm";
  CONVERT_TRY_ASSIGN(auto muxer, Muxer::create(outputs, format, name, write_in_background, options));
  std::vector<Warning> metadata_warnings;
  const Metadata metadata = select_metadata(read_metadata(demuxer->context(), *media_plan.audio_stream), spec,
                                            format, muxer->forward(), metadata_warnings);
  for (const Warning& warning : metadata_warnings) report_warning(options, warning);
  if (muxer->forward() && format.forward_only == ForwardOnlySupport::reduced) {
    report_warning(options,
                   {WarningCode::forward_only, fmt::format("Written without seeking, the {} file lacks {}.",
                                                           format.name, format.forward_only_missing)});
  }

  OutputReport output;
  CONVERT_TRY(media_plan.copy ? PacketCopier(*demuxer, media_plan, *muxer, options).run(metadata, output)
                              : AudioTranscoder(input, media_plan, spec, metadata, *muxer, options)
                                    .run(std::move(demuxer), output));
  if (output.leading_padding > 0 || output.trailing_padding > 0) {
    report_warning(
        options,
        {WarningCode::padding,
         fmt::format(
             "{} cannot declare its padding: {} samples of silence precede the audio and {} follow it.",
             format.name, output.leading_padding, output.trailing_padding)});
  }
  CONVERT_TRY(muxer->finish());
  output.name = name;
  output.format = format.name;
  output.mime_type = format.mime_type;
  output.size = muxer->size();
  return Report{{std::move(output)}, std::move(media_plan.streams), {}};
}

}  // namespace

std::unique_ptr<Converter> make_media_converter() { return std::make_unique<MediaConverter>(); }

}  // namespace convert::media
