// SPDX-License-Identifier: MIT
#include "media/audio/resampler.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/try.hpp"

namespace convert::media {
namespace {

// Passing on single decoded frames costs more than converting them; this size still fits the L1 cache.
constexpr int kOutputFrame = 8192;
constexpr std::size_t kMaxPlanes = 64;  // SWR_CH_MAX

bool is_mono_to_stereo(const PcmFormat& from, const PcmFormat& to) {
  return from.layout.channels() == 1 && to.layout.channels() == 2;
}

// Mono to stereo keeps the level in both channels, where the default matrix takes 3 dB. A volume of 0 needs a
// matrix too: the resampler takes 0 for "not set".
bool set_matrix(SwrContext* context, const PcmFormat& from, const PcmFormat& to, double volume) {
  if (!is_mono_to_stereo(from, to) && volume != 0) return true;
  const auto size =
      static_cast<std::size_t>(from.layout.channels()) * static_cast<std::size_t>(to.layout.channels());
  const std::vector<double> matrix(size, volume);
  return swr_set_matrix(context, matrix.data(), from.layout.channels()) >= 0;
}

Result<ResamplerContext> try_resampler_context(const PcmFormat& from, const PcmFormat& to, double volume) {
  // The function takes mutable layouts but only copies them.
  ChannelLayout in(from.layout);
  ChannelLayout out(to.layout);
  SwrContext* raw = nullptr;
  const int code = swr_alloc_set_opts2(&raw, out.mutable_get(), to.format, to.sample_rate, in.mutable_get(),
                                       from.format, from.sample_rate, 0, nullptr);
  ResamplerContext resampler(raw);
  if (code < 0) return av_error(code, "Setting up the resampler");
  av_opt_set_int(raw, "log_level_offset", AV_LOG_TRACE, 0);
  av_opt_set_double(raw, "rematrix_maxval", 1.0, 0);
  if (volume != 1.0 && !is_mono_to_stereo(from, to)) av_opt_set_double(raw, "rmvol", volume, 0);
  if (volume != 1.0) av_opt_set_sample_fmt(raw, "internal_sample_fmt", AV_SAMPLE_FMT_FLTP, 0);
  if (!set_matrix(raw, from, to, volume)) return av_error(AVERROR(EINVAL), "Setting up the channels");
  if (const int started = swr_init(raw); started < 0) return av_error(started, "Setting up the resampler");
  return resampler;
}

}  // namespace

Result<ResamplerContext> make_resampler_context(const PcmFormat& from, const PcmFormat& to, double volume) {
  if (auto made = try_resampler_context(from, to, volume); made) return made;
  // A damaged file may declare an impossible set of channels: use the usual layout for their number.
  const PcmFormat usual{from.sample_rate, ChannelLayout::of(from.layout.channels()), from.format};
  if (auto made = try_resampler_context(usual, to, volume); made) return made;
  return Error{Errc::unsupported,
               fmt::format("Audio with {} channels in this order cannot be converted to {} channels. "
                           "Choose a format that keeps the layout, such as WAV or FLAC.",
                           from.layout.channels(), to.layout.channels())};
}

Result<std::unique_ptr<AudioFilter>> ResampleFilter::make(const PcmFormat& from, const PcmFormat& to,
                                                          double volume) {
  std::unique_ptr<ResampleFilter> filter(new ResampleFilter(from, to));
  const bool same = from.sample_rate == to.sample_rate && from.format == to.format && volume == 1.0 &&
                    av_channel_layout_compare(&from.layout.get(), &to.layout.get()) == 0;
  if (same) return std::unique_ptr<AudioFilter>(std::move(filter));
  CONVERT_TRY_ASSIGN(auto resampler, make_resampler_context(from, to, volume));
  filter->resampler_ = std::move(resampler);
  return std::unique_ptr<AudioFilter>(std::move(filter));
}

Result<Frame> ResampleFilter::push(Frame frame) {
  if (!resampler_) return frame;
  input_samples_ += frame->nb_samples;
  return run(frame.get());
}

Frame ResampleFilter::take_pending() {
  pending_->nb_samples = pending_samples_;
  pending_samples_ = 0;
  return std::move(pending_);
}

Result<void> ResampleFilter::allocate_pending(int samples) {
  if (pending_) return {};
  capacity_ = std::max(samples, kOutputFrame);
  pending_ = make_frame(to_, capacity_);
  if (!pending_) return av_error(AVERROR(ENOMEM), "Resampling");
  return {};
}

/// Converts `frame` (null: drain the resampler) and appends it to the pending output; returns that if it is
/// full.
Result<Frame> ResampleFilter::run(const AVFrame* frame) {
  const int count = frame == nullptr ? 0 : frame->nb_samples;
  const int max_samples = swr_get_out_samples(resampler_.get(), count);
  if (max_samples < 0) return av_error(max_samples, "Resampling");
  Frame full;
  if (pending_ && pending_samples_ + max_samples > capacity_) full = take_pending();
  CONVERT_TRY(allocate_pending(max_samples));
  const int channels = to_.layout.channels();
  const bool planar = av_sample_fmt_is_planar(to_.format) != 0;
  const std::ptrdiff_t offset =
      std::ptrdiff_t{pending_samples_} * av_get_bytes_per_sample(to_.format) * (planar ? 1 : channels);
  std::array<std::uint8_t*, kMaxPlanes> planes{};
  for (int i = 0; i < (planar ? channels : 1); ++i) {
    planes.at(static_cast<std::size_t>(i)) = pending_->extended_data[i] + offset;
  }
  const auto** from = frame == nullptr ? nullptr : const_cast<const std::uint8_t**>(frame->extended_data);
  const int got = swr_convert(resampler_.get(), planes.data(), max_samples, from, count);
  if (got < 0) return av_error(got, "Resampling");
  pending_samples_ += got;
  output_samples_ += got;
  return full;
}

/// Trims or pads the pending output, so that the total number of samples is exact.
Result<void> ResampleFilter::fix_length() {
  const std::int64_t missing =
      av_rescale(input_samples_, to_.sample_rate, from_.sample_rate) - output_samples_;
  output_samples_ += missing;
  if (missing <= 0) {
    pending_samples_ = static_cast<int>(std::max<std::int64_t>(pending_samples_ + missing, 0));
    return {};
  }
  const int total = pending_samples_ + static_cast<int>(missing);
  const int channels = to_.layout.channels();
  Frame padded = make_frame(to_, total);
  if (!padded) return av_error(AVERROR(ENOMEM), "Resampling");
  av_samples_set_silence(padded->extended_data, 0, total, channels, to_.format);
  if (pending_) {
    av_samples_copy(padded->extended_data, pending_->extended_data, 0, 0, pending_samples_, channels,
                    to_.format);
  }
  pending_ = std::move(padded);
  pending_samples_ = total;
  return {};
}

Result<Frame> ResampleFilter::finish() {
  if (!resampler_) return Frame();
  if (!finished_) {
    finished_ = true;
    auto full = from_.sample_rate == to_.sample_rate ? Result<Frame>(Frame()) : run(nullptr);
    if (!full || *full) return full;
  }
  CONVERT_TRY(fix_length());
  return pending_samples_ > 0 ? take_pending() : Frame();
}

}  // namespace convert::media
