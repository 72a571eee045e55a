// SPDX-License-Identifier: MIT
#include "media/shaper.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace convert::media {
namespace {

// Handing on every decoded frame by itself costs more than converting it; this still fits the nearest cache.
constexpr int kChunk = 8192;
constexpr std::size_t kMostPlanes = 64;  // SWR_CH_MAX

bool is_mono_to_stereo(const SoundShape& from, const SoundShape& to) {
  return from.layout.channels() == 1 && to.layout.channels() == 2;
}

// One channel into two front ones: as loud as it was in each, where the usual matrix would take 3 dB. And
// silence: for the resampler a volume of 0 is none.
bool set_matrix(SwrContext* context, const SoundShape& from, const SoundShape& to, double volume) {
  if (!is_mono_to_stereo(from, to) && volume != 0) return true;
  const auto size =
      static_cast<std::size_t>(from.layout.channels()) * static_cast<std::size_t>(to.layout.channels());
  const std::vector<double> matrix(size, volume);
  return swr_set_matrix(context, matrix.data(), from.layout.channels()) >= 0;
}

Result<Resampler> try_resampler(const SoundShape& from, const SoundShape& to, double volume) {
  // The function takes its layouts as mutable, but only copies them.
  ChannelLayout in(from.layout);
  ChannelLayout out(to.layout);
  SwrContext* raw = nullptr;
  const int code = swr_alloc_set_opts2(&raw, out.mutable_get(), to.format, to.sample_rate, in.mutable_get(),
                                       from.format, from.sample_rate, 0, nullptr);
  Resampler resampler(raw);
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

Result<Resampler> make_resampler(const SoundShape& from, const SoundShape& to, double volume) {
  if (auto made = try_resampler(from, to, volume); made) return made;
  // A damaged file may name channels that cannot be together: take them as the usual ones of that number.
  const SoundShape usual{from.sample_rate, ChannelLayout::of(from.layout.channels()), from.format};
  if (auto made = try_resampler(usual, to, volume); made) return made;
  return Error{Errc::unsupported,
               fmt::format("Sound of {} channels in this order cannot be brought to {} channels. "
                           "Choose a format that holds it as it is, such as WAV or FLAC.",
                           from.layout.channels(), to.layout.channels())};
}

Result<std::unique_ptr<Step>> Shaper::make(const SoundShape& from, const SoundShape& to, double volume) {
  std::unique_ptr<Shaper> shaper(new Shaper(from, to));
  const bool same = from.sample_rate == to.sample_rate && from.format == to.format && volume == 1.0 &&
                    av_channel_layout_compare(&from.layout.get(), &to.layout.get()) == 0;
  if (same) return std::unique_ptr<Step>(std::move(shaper));
  auto resampler = make_resampler(from, to, volume);
  if (!resampler) return resampler.error();
  shaper->resampler_ = std::move(*resampler);
  return std::unique_ptr<Step>(std::move(shaper));
}

Result<Frame> Shaper::push(Frame frame) {
  if (!resampler_) return frame;
  in_ += frame->nb_samples;
  return run(frame.get());
}

Frame Shaper::take() {
  pending_->nb_samples = filled_;
  filled_ = 0;
  return std::move(pending_);
}

Result<void> Shaper::make_room(int samples) {
  if (pending_) return {};
  room_ = std::max(samples, kChunk);
  pending_ = make_frame(to_, room_);
  if (!pending_) return av_error(AVERROR(ENOMEM), "Resampling");
  return {};
}

/// Converts `frame` (null: what the resampler still holds) behind what is pending; gives that out if it is
/// full.
Result<Frame> Shaper::run(const AVFrame* frame) {
  const int count = frame == nullptr ? 0 : frame->nb_samples;
  const int most = swr_get_out_samples(resampler_.get(), count);
  if (most < 0) return av_error(most, "Resampling");
  Frame full;
  if (pending_ && filled_ + most > room_) full = take();
  if (auto made = make_room(most); !made) return made.error();
  const int channels = to_.layout.channels();
  const bool planar = av_sample_fmt_is_planar(to_.format) != 0;
  const std::ptrdiff_t offset =
      std::ptrdiff_t{filled_} * av_get_bytes_per_sample(to_.format) * (planar ? 1 : channels);
  std::array<std::uint8_t*, kMostPlanes> planes{};
  for (int i = 0; i < (planar ? channels : 1); ++i) {
    planes.at(static_cast<std::size_t>(i)) = pending_->extended_data[i] + offset;
  }
  const auto** from = frame == nullptr ? nullptr : const_cast<const std::uint8_t**>(frame->extended_data);
  const int got = swr_convert(resampler_.get(), planes.data(), most, from, count);
  if (got < 0) return av_error(got, "Resampling");
  filled_ += got;
  out_ += got;
  return full;
}

/// Cuts or pads what is pending, so that all in all the right number of samples came out.
Result<void> Shaper::settle() {
  const std::int64_t missing = av_rescale(in_, to_.sample_rate, from_.sample_rate) - out_;
  out_ += missing;
  if (missing <= 0) {
    filled_ = static_cast<int>(std::max<std::int64_t>(filled_ + missing, 0));
    return {};
  }
  const int wanted = filled_ + static_cast<int>(missing);
  const int channels = to_.layout.channels();
  Frame padded = make_frame(to_, wanted);
  if (!padded) return av_error(AVERROR(ENOMEM), "Resampling");
  av_samples_set_silence(padded->extended_data, 0, wanted, channels, to_.format);
  if (pending_) {
    av_samples_copy(padded->extended_data, pending_->extended_data, 0, 0, filled_, channels, to_.format);
  }
  pending_ = std::move(padded);
  filled_ = wanted;
  return {};
}

Result<Frame> Shaper::finish() {
  if (!resampler_) return Frame();
  if (!finished_) {
    finished_ = true;
    auto full = from_.sample_rate == to_.sample_rate ? Result<Frame>(Frame()) : run(nullptr);
    if (!full || *full) return full;
  }
  if (auto settled = settle(); !settled) return settled.error();
  return filled_ > 0 ? take() : Frame();
}

}  // namespace convert::media
