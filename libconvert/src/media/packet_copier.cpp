// SPDX-License-Identifier: MIT
#include "media/packet_copier.hpp"

#include <algorithm>
#include <climits>
#include <optional>

#include <fmt/format.h>

#include "media/adts_remover.hpp"
#include "media/progress_reporter.hpp"
#include "media/ffmpeg/saturate.hpp"
#include "media/ffmpeg/timestamps.hpp"

namespace convert::media {
namespace {

using Parameters = std::unique_ptr<AVCodecParameters, AvDeleter>;

class PacketCopier {
 public:
  PacketCopier(Demuxer& demuxer, const MediaPlan& media_plan, Muxer& muxer, const ConvertOptions& options)
      : demuxer_(demuxer),
        media_plan_(media_plan),
        stream_(*media_plan.audio_stream),
        muxer_(muxer),
        options_(options),
        packet_(av_packet_alloc()) {}

  Result<void> run(const Metadata& metadata, OutputReport& output);

 private:
  Result<bool> read_packet();
  Result<void> start(const Metadata& metadata);
  Result<bool> remove_adts_header();
  std::optional<std::int64_t> samples_without_padding() const;
  Result<void> copy_packet();
  void report(OutputReport& output) const;

  Demuxer& demuxer_;
  const MediaPlan& media_plan_;
  AVStream& stream_;
  Muxer& muxer_;
  const ConvertOptions& options_;
  Packet packet_;
  std::unique_ptr<AdtsRemover> adts_;
  AVRational output_time_base_{};  // of the times that the sink gets: samples, where it ends by them
  std::int64_t delay_ = 0;         // samples at the begin that are not the sound's
  std::int64_t origin_ = 0;        // where the file begins, in the stream's time base
  std::int64_t next_pts_ = 0;      // where a packet without a time belongs
  std::int64_t first_pts_ = 0;
  std::int64_t end_pts_ = 0;
  SkipSamples first_skips_;
  SkipSamples last_skips_;
  bool corrupt_ = false;
};

/// The stream's next packet. False at the end.
Result<bool> PacketCopier::read_packet() {
  while (true) {
    av_packet_unref(packet_.get());
    if (auto checked = options_.check_cancellation(); !checked) return checked.error();
    const int code = av_read_frame(&demuxer_.context(), packet_.get());
    if (demuxer_.io().error()) return *demuxer_.io().error();
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) {
      corrupt_ = corrupt_ || code != AVERROR_EOF;
      return false;
    }
    if (packet_->stream_index != stream_.index || packet_->size == 0) continue;
    auto usable = remove_adts_header();
    if (!usable || *usable) return usable;
    corrupt_ = true;
  }
}

/// AAC with a header in each packet becomes AAC with one for all, where that has to come first. False: the
/// packet is of no use.
Result<bool> PacketCopier::remove_adts_header() {
  if (!adts_ && !AdtsRemover::is_needed(stream_, muxer_.global_header())) return true;
  if (!adts_) {
    auto made = AdtsRemover::make(stream_);
    if (!made) return made.error();
    adts_ = std::move(*made);
  }
  return adts_->remove(*packet_);
}

Result<void> PacketCopier::start(const Metadata& metadata) {
  Parameters parameters(avcodec_parameters_alloc());
  if (!parameters || avcodec_parameters_copy(parameters.get(), stream_.codecpar) < 0) {
    return av_error(AVERROR(ENOMEM), "Copying");
  }
  if (adts_ && !adts_->set_extradata(*parameters)) return av_error(AVERROR(ENOMEM), "Copying");
  first_skips_ = read_skip_samples(*packet_);
  if (parameters->initial_padding == 0)
    parameters->initial_padding = static_cast<int>(std::min<std::int64_t>(first_skips_.start, INT_MAX));
  delay_ = parameters->initial_padding;
  output_time_base_ = muxer_.last_packet_duration_sets_end()
                          ? AVRational{1, std::max(stream_.codecpar->sample_rate, 1)}
                          : stream_.time_base;
  const std::int64_t late = demuxer_.start_offset(stream_);
  first_pts_ = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : 0;
  origin_ = stream_.start_time != AV_NOPTS_VALUE ? saturating_subtract(stream_.start_time, late) : first_pts_;
  if (!media_plan_.format->capabilities.start_offset)
    origin_ = std::min(saturating_add(origin_, late), first_pts_);
  next_pts_ = first_pts_;
  return muxer_.write_header(*parameters, output_time_base_, metadata);
}

Result<void> PacketCopier::copy_packet() {
  if (packet_->pts == AV_NOPTS_VALUE) packet_->pts = packet_->dts = next_pts_;
  if (packet_->dts == AV_NOPTS_VALUE) packet_->dts = packet_->pts;
  last_skips_ = read_skip_samples(*packet_);
  const auto kept_samples = samples_without_padding();
  if (kept_samples) packet_->duration = av_rescale_q(*kept_samples, output_time_base_, stream_.time_base);
  next_pts_ = end_pts_ = saturating_add(packet_->pts, packet_->duration);
  corrupt_ = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
  packet_->pts = saturating_subtract(packet_->pts, origin_);
  packet_->dts = saturating_subtract(packet_->dts, origin_);
  av_packet_rescale_ts(packet_.get(), stream_.time_base, output_time_base_);
  if (kept_samples) packet_->duration = *kept_samples;  // to the sample, where the source counts milliseconds
  return muxer_.write(*packet_);
}

/// Of a packet that has padding at its end. Some demuxers have taken that off the duration, others have not.
std::optional<std::int64_t> PacketCopier::samples_without_padding() const {
  const std::int64_t whole = packet_sample_count(*stream_.codecpar, *packet_);
  if (last_skips_.end == 0 || whole == 0 || !muxer_.last_packet_duration_sets_end()) return {};
  return std::max<std::int64_t>(whole - last_skips_.end, 0);
}

void PacketCopier::report(OutputReport& output) const {
  const int rate = stream_.codecpar->sample_rate;
  const std::int64_t total = av_rescale_q(saturating_subtract(end_pts_, first_pts_), stream_.time_base,
                                          AVRational{1, std::max(rate, 1)});
  const std::int64_t skipped_at_start = first_skips_.start;
  const std::int64_t end = last_skips_.end;
  output.sample_rate = rate;
  output.samples = std::max<std::int64_t>(total - skipped_at_start, 0);
  const bool padding_is_signalled =
      signals_padding(*media_plan_.format, stream_.codecpar->codec_id, muxer_.forward());
  if (!padding_is_signalled || !signals_delay(*media_plan_.format, delay_)) {
    output.leading_padding = skipped_at_start;
    output.trailing_padding = end;
  }
  output.duration = std::chrono::nanoseconds(av_rescale(output.samples, std::nano::den, std::max(rate, 1)));
}

Result<void> PacketCopier::run(const Metadata& metadata, OutputReport& output) {
  if (!packet_) return av_error(AVERROR(ENOMEM), "Copying");
  for (unsigned i = 0; i < demuxer_.context().nb_streams; ++i) {
    AVStream* other = demuxer_.context().streams[i];
    other->discard = other == &stream_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  auto more = read_packet();
  if (!more) return more.error();
  if (!*more) {
    return Error{Errc::truncated_input,
                 "The input holds no sound: it ends right after its header. It may be cut off: fetch or "
                 "export it again."};
  }
  if (auto done = start(metadata); !done) return done;
  ProgressReporter progress(options_, media_plan_.duration, 1);
  while (*more) {
    if (auto done = copy_packet(); !done) return done;
    progress.report(std::chrono::nanoseconds(av_rescale_q(saturating_subtract(end_pts_, first_pts_),
                                                          stream_.time_base, AVRational{1, std::nano::den})));
    more = read_packet();
    if (!more) return more.error();
  }
  if (auto truncation_warning =
          demuxer_.truncation_warning(stream_, saturating_subtract(end_pts_, origin_), corrupt_);
      truncation_warning && options_.warning) {
    options_.warning(*truncation_warning);
  }
  report(output);
  return {};
}

}  // namespace

Result<void> copy_audio(Demuxer& demuxer, const MediaPlan& media_plan, const Metadata& metadata, Muxer& muxer,
                        const ConvertOptions& options, OutputReport& output) {
  return PacketCopier(demuxer, media_plan, muxer, options).run(metadata, output);
}

}  // namespace convert::media
