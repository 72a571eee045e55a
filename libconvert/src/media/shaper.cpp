// SPDX-License-Identifier: MIT
#include "media/shaper.hpp"

#include <algorithm>
#include <array>

namespace convert::media {
namespace {

// One channel into several front ones: as loud as it was in each, where the usual matrix would take 3 dB.
bool spread_mono(SwrContext* context, const SoundShape& from, const SoundShape& to, double volume) {
  if (from.layout.channels() != 1 || to.layout.channels() != 2) return true;
  const std::array<double, 2> matrix{volume, volume};
  return swr_set_matrix(context, matrix.data(), 1) >= 0;
}

}  // namespace

Result<Resampler> make_resampler(const SoundShape& from, const SoundShape& to, double volume) {
  // The function takes its layouts as mutable, but only copies them.
  ChannelLayout in(from.layout);
  ChannelLayout out(to.layout);
  SwrContext* raw = nullptr;
  const int code = swr_alloc_set_opts2(&raw, out.mutable_get(), to.format, to.sample_rate, in.mutable_get(),
                                       from.format, from.sample_rate, 0, nullptr);
  Resampler resampler(raw);
  if (code < 0) return av_error(code, "Setting up the resampler");
  const bool mono_to_stereo = from.layout.channels() == 1 && to.layout.channels() == 2;
  av_opt_set_int(raw, "log_level_offset", AV_LOG_TRACE, 0);
  av_opt_set_double(raw, "rematrix_maxval", 1.0, 0);
  if (volume != 1.0 && !mono_to_stereo) av_opt_set_double(raw, "rmvol", volume, 0);
  if (volume != 1.0) av_opt_set_sample_fmt(raw, "internal_sample_fmt", AV_SAMPLE_FMT_FLTP, 0);
  if (!spread_mono(raw, from, to, volume)) return av_error(AVERROR(EINVAL), "Setting up the channels");
  if (const int started = swr_init(raw); started < 0) return av_error(started, "Setting up the resampler");
  return resampler;
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

Result<Frame> Shaper::run(const AVFrame* frame) {
  const int count = frame == nullptr ? 0 : frame->nb_samples;
  const int room = swr_get_out_samples(resampler_.get(), count);
  if (room < 0) return av_error(room, "Resampling");
  if (room == 0) return Frame();
  Frame out = make_frame(to_, room);
  if (!out) return av_error(AVERROR(ENOMEM), "Resampling");
  const auto** from = frame == nullptr ? nullptr : const_cast<const std::uint8_t**>(frame->extended_data);
  const int got = swr_convert(resampler_.get(), out->extended_data, room, from, count);
  if (got < 0) return av_error(got, "Resampling");
  if (got == 0) return Frame();
  out->nb_samples = got;
  out_ += got;
  return out;
}

Result<Frame> Shaper::finish() {
  if (finished_ || !resampler_ || from_.sample_rate == to_.sample_rate) return Frame();
  finished_ = true;
  const std::int64_t before = out_;
  auto rest = run(nullptr);
  if (!rest) return rest;
  const std::int64_t due = av_rescale(in_, to_.sample_rate, from_.sample_rate) - before;
  if (due <= 0) return Frame();
  const int got = *rest ? (*rest)->nb_samples : 0;
  if (got >= due) {
    (*rest)->nb_samples = static_cast<int>(due);
    return rest;
  }
  Frame padded = make_frame(to_, static_cast<int>(due));
  if (!padded) return av_error(AVERROR(ENOMEM), "Resampling");
  const int channels = to_.layout.channels();
  av_samples_set_silence(padded->extended_data, 0, static_cast<int>(due), channels, to_.format);
  if (*rest) av_samples_copy(padded->extended_data, (*rest)->extended_data, 0, 0, got, channels, to_.format);
  return padded;
}

}  // namespace convert::media
