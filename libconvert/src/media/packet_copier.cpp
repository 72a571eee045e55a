// SPDX-License-Identifier: MIT
#include "media/packet_copier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <optional>
#include <string_view>

#include "base/try.hpp"
#include "media/ffmpeg/timestamps.hpp"
#include "media/progress_reporter.hpp"

namespace convert::media {
namespace {

// RFC 9639, 8.2: a STREAMINFO block has 36 bits for the number of samples, 0 if it is unknown.
constexpr int kStreamInfoSize = 34;
constexpr std::size_t kSampleCountAt = 13;  // its upper four bits are the lower half of this byte
constexpr std::int64_t kMaxSampleCount = (std::int64_t{1} << 36) - 1;

std::int64_t flac_sample_count(const std::uint8_t* stream_info) {
  std::int64_t count = stream_info[kSampleCountAt] & 0x0FU;
  for (std::size_t i = 1; i <= 4; ++i) count = count << 8 | stream_info[kSampleCountAt + i];
  return count;
}

void set_flac_sample_count(std::uint8_t* stream_info, std::int64_t count) {
  const auto bits = static_cast<std::uint64_t>(count);
  stream_info[kSampleCountAt] =
      static_cast<std::uint8_t>((stream_info[kSampleCountAt] & 0xF0U) | (bits >> 32U & 0x0FU));
  for (std::size_t i = 1; i <= 4; ++i) {
    stream_info[kSampleCountAt + i] = static_cast<std::uint8_t>(bits >> (32U - 8U * i) & 0xFFU);
  }
}

/// The number of samples that the last page of an Ogg file declares; 0 if it is unknown.
std::int64_t ogg_sample_count(const Demuxer& demuxer, const AVStream& stream) {
  if (std::string_view(demuxer.context().iformat->name) != "ogg" || stream.duration <= 0) return 0;
  return av_rescale_q(stream.duration, stream.time_base,
                      AVRational{1, std::max(stream.codecpar->sample_rate, 1)});
}

}  // namespace

bool AdtsRemover::is_needed(const AVStream& stream, bool global_header) {
  return global_header && stream.codecpar->codec_id == AV_CODEC_ID_AAC &&
         stream.codecpar->extradata_size == 0;
}

Result<std::unique_ptr<AdtsRemover>> AdtsRemover::make(const AVStream& stream) {
  auto remover = std::make_unique<AdtsRemover>();
  AVBSFContext* raw = nullptr;
  int code = av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &raw);
  remover->filter_.reset(raw);
  if (code >= 0) code = avcodec_parameters_copy(raw->par_in, stream.codecpar);
  if (code >= 0) {
    raw->time_base_in = stream.time_base;
    code = av_bsf_init(raw);
  }
  if (code < 0) return av_error(code, "Copying");
  return remover;
}

Result<bool> AdtsRemover::remove(AVPacket& packet) {
  if (const int code = av_bsf_send_packet(filter_.get(), &packet); code < 0) return av_error(code, "Copying");
  const int code = av_bsf_receive_packet(filter_.get(), &packet);
  if (code == AVERROR(ENOMEM)) return av_error(code, "Copying");
  if (code < 0) return false;
  std::size_t size = 0;
  const std::uint8_t* data = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (extradata_.empty() && data != nullptr) extradata_.assign(reinterpret_cast<const char*>(data), size);
  // A muxer that receives the extradata twice overwrites other data. ADTS packets have no other side data.
  av_packet_free_side_data(&packet);
  return true;
}

bool AdtsRemover::set_extradata(AVCodecParameters& parameters) const {
  if (extradata_.empty()) return true;
  parameters.extradata =
      static_cast<std::uint8_t*>(av_mallocz(extradata_.size() + std::size_t{AV_INPUT_BUFFER_PADDING_SIZE}));
  if (parameters.extradata == nullptr) return false;
  std::copy(extradata_.begin(), extradata_.end(), parameters.extradata);
  parameters.extradata_size = static_cast<int>(extradata_.size());
  return true;
}

/// Reads the next usable packet. False at the end.
Result<bool> PacketCopier::read_packet() {
  while (true) {
    auto more = demuxer_.read_packet(stream_, *packet_);
    if (!more) return more;
    if (!*more) {
      corrupt_ = corrupt_ || demuxer_.read_failed();
      return false;
    }
    if (packet_->size == 0) continue;
    auto usable = remove_adts_header();
    if (!usable || *usable) return usable;
    corrupt_ = true;
  }
}

/// Removes the ADTS header if the container stores the AudioSpecificConfig in its header. False: unusable
/// packet.
Result<bool> PacketCopier::remove_adts_header() {
  if (!adts_ && !AdtsRemover::is_needed(stream_, muxer_.global_header())) return true;
  if (!adts_) {
    CONVERT_TRY_ASSIGN(auto made, AdtsRemover::make(stream_));
    adts_ = std::move(made);
  }
  return adts_->remove(*packet_);
}

Result<void> PacketCopier::start(const Metadata& metadata) {
  parameters_.reset(avcodec_parameters_alloc());
  if (!parameters_ || avcodec_parameters_copy(parameters_.get(), stream_.codecpar) < 0) {
    return av_error(AVERROR(ENOMEM), "Copying");
  }
  if (adts_ && !adts_->set_extradata(*parameters_)) return av_error(AVERROR(ENOMEM), "Copying");
  if (writes_native_flac() && flac_sample_count(parameters_->extradata) == 0) {
    const std::int64_t count = ogg_sample_count(demuxer_, stream_);
    if (count <= kMaxSampleCount) set_flac_sample_count(parameters_->extradata, count);
  }
  first_skips_ = read_skip_samples(*packet_);
  if (parameters_->initial_padding == 0)
    parameters_->initial_padding = static_cast<int>(std::min<std::int64_t>(first_skips_.start, INT_MAX));
  delay_ = parameters_->initial_padding;
  output_time_base_ = muxer_.last_packet_duration_sets_end()
                          ? AVRational{1, std::max(stream_.codecpar->sample_rate, 1)}
                          : stream_.time_base;
  const std::int64_t late = demuxer_.start_offset(stream_);
  first_pts_ = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : 0;
  origin_ = stream_.start_time != AV_NOPTS_VALUE ? saturating_subtract(stream_.start_time, late) : first_pts_;
  if (!media_plan_.format->capabilities.start_offset)
    origin_ = std::min(saturating_add(origin_, late), first_pts_);
  next_pts_ = first_pts_;
  return muxer_.write_header(*parameters_, output_time_base_, metadata);
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
  if (kept_samples)
    packet_->duration = *kept_samples;  // exact to the sample even if the source counts milliseconds
  return muxer_.write(*packet_);
}

/// Samples of a packet without its end padding. Some demuxers have subtracted the padding from the duration
/// already.
std::optional<std::int64_t> PacketCopier::samples_without_padding() const {
  const std::int64_t whole = packet_sample_count(*stream_.codecpar, *packet_);
  if (last_skips_.end == 0 || whole == 0 || !muxer_.last_packet_duration_sets_end()) return {};
  return std::max<std::int64_t>(whole - last_skips_.end, 0);
}

bool PacketCopier::writes_native_flac() const {
  return media_plan_.format->name == "flac" && parameters_->codec_id == AV_CODEC_ID_FLAC &&
         parameters_->extradata_size == kStreamInfoSize;
}

/// Writes the number of copied samples into STREAMINFO if the input did not declare it, or declared another
/// number: a truncated input, or one that was read forward-only.
Result<void> PacketCopier::correct_flac_length() {
  const int rate = stream_.codecpar->sample_rate;
  const bool exact = rate > 0 && stream_.time_base.num == 1 && stream_.time_base.den % rate == 0;
  if (!exact || muxer_.forward() || !writes_native_flac()) return {};
  const std::int64_t count =
      av_rescale_q(saturating_subtract(end_pts_, first_pts_), stream_.time_base, AVRational{1, rate});
  if (count > kMaxSampleCount || flac_sample_count(parameters_->extradata) == count) return {};
  set_flac_sample_count(parameters_->extradata, count);
  // FFmpeg's muxer takes a new STREAMINFO from the side data of a packet, as its encoder sends it.
  av_packet_unref(packet_.get());
  std::uint8_t* side_data =
      av_packet_new_side_data(packet_.get(), AV_PKT_DATA_NEW_EXTRADATA, kStreamInfoSize);
  if (side_data == nullptr) return av_error(AVERROR(ENOMEM), "Copying");
  std::copy_n(parameters_->extradata, kStreamInfoSize, side_data);
  packet_->pts = packet_->dts =
      av_rescale_q(saturating_subtract(end_pts_, origin_), stream_.time_base, output_time_base_);
  return muxer_.write(*packet_);
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
  demuxer_.discard_all_but(stream_);
  auto more = read_packet();
  if (!more) return more.error();
  if (!*more) {
    return Error{
        Errc::truncated_input,
        "The input contains no audio: it ends right after its header. It may be truncated: download or "
        "export it again."};
  }
  CONVERT_TRY(start(metadata));
  ProgressReporter progress(options_, media_plan_.duration, 1);
  while (*more) {
    CONVERT_TRY(copy_packet());
    progress.report(std::chrono::nanoseconds(av_rescale_q(saturating_subtract(end_pts_, first_pts_),
                                                          stream_.time_base, AVRational{1, std::nano::den})));
    more = read_packet();
    if (!more) return more.error();
  }
  if (auto warning = demuxer_.truncation_warning(stream_, saturating_subtract(end_pts_, origin_), corrupt_))
    report_warning(options_, *warning);
  report(output);
  return correct_flac_length();
}

}  // namespace convert::media
