// SPDX-License-Identifier: MIT
#include "media/copy.hpp"

#include <algorithm>
#include <climits>
#include <optional>

#include <fmt/format.h>

#include "media/adts_remover.hpp"
#include "media/progress.hpp"
#include "media/saturate.hpp"
#include "media/skips.hpp"

namespace convert::media {
namespace {

using Parameters = std::unique_ptr<AVCodecParameters, AvDeleter>;

class PacketMover {
 public:
  PacketMover(Source& source, const Decision& decision, Sink& sink, const ConvertOptions& options)
      : source_(source),
        decision_(decision),
        stream_(*decision.sound),
        sink_(sink),
        options_(options),
        packet_(av_packet_alloc()) {}

  Result<void> run(const Metadata& metadata, OutputReport& output);

 private:
  Result<bool> read();
  Result<void> begin(const Metadata& metadata);
  Result<bool> unwrap();
  std::optional<std::int64_t> samples_left() const;
  Result<void> move();
  void report(OutputReport& output) const;

  Source& source_;
  const Decision& decision_;
  AVStream& stream_;
  Sink& sink_;
  const ConvertOptions& options_;
  Packet packet_;
  std::unique_ptr<AdtsRemover> adts_;
  AVRational base_{};        // of the times that the sink gets: samples, where it ends by them
  std::int64_t delay_ = 0;   // samples at the begin that are not the sound's
  std::int64_t origin_ = 0;  // where the file begins, in the stream's time base
  std::int64_t next_ = 0;    // where a packet without a time belongs
  std::int64_t first_ = 0;
  std::int64_t end_ = 0;
  Skips first_skips_;
  Skips last_skips_;
  bool corrupt_ = false;
};

/// The stream's next packet. False at the end.
Result<bool> PacketMover::read() {
  while (true) {
    av_packet_unref(packet_.get());
    if (auto go = options_.check(); !go) return go.error();
    const int code = av_read_frame(&source_.context(), packet_.get());
    if (source_.io().error()) return *source_.io().error();
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) {
      corrupt_ = corrupt_ || code != AVERROR_EOF;
      return false;
    }
    if (packet_->stream_index != stream_.index || packet_->size == 0) continue;
    auto usable = unwrap();
    if (!usable || *usable) return usable;
    corrupt_ = true;
  }
}

/// AAC with a header in each packet becomes AAC with one for all, where that has to come first. False: the
/// packet is of no use.
Result<bool> PacketMover::unwrap() {
  if (!adts_ && !AdtsRemover::is_needed(stream_, sink_.global_header())) return true;
  if (!adts_) {
    auto made = AdtsRemover::make(stream_);
    if (!made) return made.error();
    adts_ = std::move(*made);
  }
  return adts_->remove(*packet_);
}

Result<void> PacketMover::begin(const Metadata& metadata) {
  Parameters parameters(avcodec_parameters_alloc());
  if (!parameters || avcodec_parameters_copy(parameters.get(), stream_.codecpar) < 0) {
    return av_error(AVERROR(ENOMEM), "Copying");
  }
  if (adts_ && !adts_->describe(*parameters)) return av_error(AVERROR(ENOMEM), "Copying");
  first_skips_ = skips_of(*packet_);
  if (parameters->initial_padding == 0)
    parameters->initial_padding = static_cast<int>(std::min<std::int64_t>(first_skips_.begin, INT_MAX));
  delay_ = parameters->initial_padding;
  base_ = sink_.ends_by_duration() ? AVRational{1, std::max(stream_.codecpar->sample_rate, 1)}
                                   : stream_.time_base;
  const std::int64_t late = source_.late_start(stream_);
  first_ = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : 0;
  origin_ = stream_.start_time != AV_NOPTS_VALUE ? minus(stream_.start_time, late) : first_;
  if (!decision_.format->holds.late_start) origin_ = std::min(plus(origin_, late), first_);
  next_ = first_;
  return sink_.begin(*parameters, base_, metadata);
}

Result<void> PacketMover::move() {
  if (packet_->pts == AV_NOPTS_VALUE) packet_->pts = packet_->dts = next_;
  if (packet_->dts == AV_NOPTS_VALUE) packet_->dts = packet_->pts;
  last_skips_ = skips_of(*packet_);
  const auto left = samples_left();
  if (left) packet_->duration = av_rescale_q(*left, base_, stream_.time_base);
  next_ = end_ = plus(packet_->pts, packet_->duration);
  corrupt_ = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
  packet_->pts = minus(packet_->pts, origin_);
  packet_->dts = minus(packet_->dts, origin_);
  av_packet_rescale_ts(packet_.get(), stream_.time_base, base_);
  if (left) packet_->duration = *left;  // to the sample, where the source counts milliseconds
  return sink_.write(*packet_);
}

/// Of a packet that has padding at its end. Some demuxers have taken that off the duration, others have not.
std::optional<std::int64_t> PacketMover::samples_left() const {
  const std::int64_t whole = samples_of(*stream_.codecpar, *packet_);
  if (last_skips_.end == 0 || whole == 0 || !sink_.ends_by_duration()) return {};
  return std::max<std::int64_t>(whole - last_skips_.end, 0);
}

void PacketMover::report(OutputReport& output) const {
  const int rate = stream_.codecpar->sample_rate;
  const std::int64_t all =
      av_rescale_q(minus(end_, first_), stream_.time_base, AVRational{1, std::max(rate, 1)});
  const std::int64_t begin = first_skips_.begin;
  const std::int64_t end = last_skips_.end;
  output.sample_rate = rate;
  output.samples = std::max<std::int64_t>(all - begin, 0);
  const bool said = says_padding(*decision_.format, stream_.codecpar->codec_id, sink_.forward());
  if (!said || !says_delay(*decision_.format, delay_)) {
    output.leading_padding = begin;
    output.trailing_padding = end;
  }
  output.duration = std::chrono::nanoseconds(av_rescale(output.samples, std::nano::den, std::max(rate, 1)));
}

Result<void> PacketMover::run(const Metadata& metadata, OutputReport& output) {
  if (!packet_) return av_error(AVERROR(ENOMEM), "Copying");
  for (unsigned i = 0; i < source_.context().nb_streams; ++i) {
    AVStream* other = source_.context().streams[i];
    other->discard = other == &stream_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  auto more = read();
  if (!more) return more.error();
  if (!*more) {
    return Error{Errc::truncated_input,
                 "The input holds no sound: it ends right after its header. It may be cut off: fetch or "
                 "export it again."};
  }
  if (auto done = begin(metadata); !done) return done;
  ProgressTeller progress(options_, decision_.duration, 1);
  while (*more) {
    if (auto done = move(); !done) return done;
    progress.tell(std::chrono::nanoseconds(
        av_rescale_q(minus(end_, first_), stream_.time_base, AVRational{1, std::nano::den})));
    more = read();
    if (!more) return more.error();
  }
  if (auto cut_off = source_.cut_off(stream_, minus(end_, origin_), corrupt_); cut_off && options_.warning) {
    options_.warning(*cut_off);
  }
  report(output);
  return {};
}

}  // namespace

Result<void> copy_sound(Source& source, const Decision& decision, const Metadata& metadata, Sink& sink,
                        const ConvertOptions& options, OutputReport& output) {
  return PacketMover(source, decision, sink, options).run(metadata, output);
}

}  // namespace convert::media
