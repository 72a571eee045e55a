// SPDX-License-Identifier: MIT
#include "media/audio/audio_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/try.hpp"
#include "media/audio/resampler.hpp"
#include "media/ffmpeg/allow_list.hpp"
#include "media/ffmpeg/timestamps.hpp"
#include "media/format/audio_codecs.hpp"

namespace convert::media {
namespace {

constexpr int kSilenceFrame = 8192;
constexpr double kPreroll = 1.0;  // seconds decoded before a trim, so that codecs with history have settled
constexpr double kMinGap = 0.1;   // seconds; smaller timestamp steps are rounding errors
constexpr double kMaxGap = 600;   // seconds; larger steps are broken timestamps
constexpr int kMaxFrameSamples = 1 << 24;  // in one frame, all channels together
constexpr int kMaxConvertedSeconds = 4;    // seconds; limits the memory of a converted frame

/// Containers whose timestamps are exact to the sample after a seek.
bool seeks_exactly(const AVFormatContext& context, const AVStream& stream) {
  const std::string_view name = context.iformat->name;
  const bool fine = stream.time_base.num == 1 && stream.codecpar->sample_rate > 0 &&
                    stream.time_base.den % stream.codecpar->sample_rate == 0;
  return fine && (is_pcm(stream.codecpar->codec_id) || name == "flac" || name.starts_with("mov,"));
}

template <class T>
bool silence_absurd_samples(std::span<T> samples) {
  constexpr T kAbsurd = 1'000'000;  // 120 dB above full scale
  bool fine = true;
  for (T& sample : samples) {
    if (std::abs(sample) < kAbsurd) continue;
    sample = 0;
    fine = false;
  }
  return fine;
}

/// Replaces NaN, infinity and absurd values by silence, since encoders reject them. False if there were any.
bool make_finite(AVFrame& frame) {
  if (av_frame_make_writable(&frame) < 0) return true;
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int planes = planar ? frame.ch_layout.nb_channels : 1;
  const auto count = static_cast<std::size_t>(frame.nb_samples) *
                     static_cast<std::size_t>(planar ? 1 : frame.ch_layout.nb_channels);
  bool fine = true;
  for (int i = 0; i < planes; ++i) {
    std::uint8_t* plane = frame.extended_data[i];
    if (av_get_packed_sample_fmt(format) == AV_SAMPLE_FMT_FLT) {
      fine = silence_absurd_samples(std::span(reinterpret_cast<float*>(plane), count)) && fine;
    } else if (av_get_packed_sample_fmt(format) == AV_SAMPLE_FMT_DBL) {
      fine = silence_absurd_samples(std::span(reinterpret_cast<double*>(plane), count)) && fine;
    }
  }
  return fine;
}

/// Drops the first samples of a frame.
void drop_first_samples(AVFrame& frame, int samples) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int channels = frame.ch_layout.nb_channels;
  const int planes = planar ? channels : 1;
  const std::ptrdiff_t step =
      std::ptrdiff_t{samples} * av_get_bytes_per_sample(format) * (planar ? 1 : channels);
  for (int i = 0; i < planes; ++i) frame.extended_data[i] += step;
  if (frame.extended_data != frame.data)
    std::copy_n(frame.extended_data, std::min(planes, AV_NUM_DATA_POINTERS), frame.data);
  frame.nb_samples -= samples;
}

}  // namespace

Result<std::unique_ptr<AudioDecoder>> AudioDecoder::open(Demuxer& demuxer, AVStream& stream,
                                                         const OutputSpec& spec) {
  std::unique_ptr<AudioDecoder> decoder(new AudioDecoder(demuxer, stream, spec));
  CONVERT_TRY(decoder->open_decoder());
  demuxer.discard_all_but(stream);
  decoder->seek_near_start();
  return decoder;
}

Result<void> AudioDecoder::open_decoder() {
  const AVCodec* codec = allowed_decoder(stream_.codecpar->codec_id);
  decoder_.reset(avcodec_alloc_context3(codec));
  packet_.reset(av_packet_alloc());
  if (!decoder_ || !packet_) return av_error(AVERROR(ENOMEM), "Opening the decoder");
  if (int code = avcodec_parameters_to_context(decoder_.get(), stream_.codecpar); code < 0) {
    return av_error(code, "Opening the decoder");
  }
  decoder_->pkt_timebase = stream_.time_base;
  decoder_->thread_count = 1;
  decoder_->max_samples = kMaxFrameSamples;
  decoder_->log_level_offset = AV_LOG_TRACE;  // disables its log
  if (avcodec_open2(decoder_.get(), codec, nullptr) < 0) {
    return Error{
        Errc::corrupt_input,
        fmt::format("The audio is declared as {} but its codec header is invalid: the file is damaged.",
                    avcodec_get_name(stream_.codecpar->codec_id))};
  }
  if (stream_.start_time != AV_NOPTS_VALUE)
    file_start_ = saturating_subtract(stream_.start_time, demuxer_.start_offset(stream_));
  return {};
}

void AudioDecoder::seek_near_start() {
  if (!spec_.start || !demuxer_.io().seekable() || !seeks_exactly(demuxer_.context(), stream_)) return;
  const double target = std::chrono::duration<double>(*spec_.start).count() - kPreroll;
  if (target <= kPreroll) return;
  const auto at = saturating_add(file_start_, saturating_truncate(target / av_q2d(stream_.time_base)));
  has_seeked_ = avformat_seek_file(&demuxer_.context(), stream_.index, INT64_MIN, at, at, 0) >= 0;
}

std::int64_t AudioDecoder::to_samples(std::int64_t time) const {
  return av_rescale_q(time, stream_.time_base, AVRational{1, pcm_format_.sample_rate});
}

Result<void> AudioDecoder::start_timeline(const AVFrame& first) {
  CONVERT_TRY(demuxer_.check_audio(first.ch_layout.nb_channels, first.sample_rate));
  pcm_format_ = PcmFormat::of(first);
  const auto nearest = [&](std::chrono::nanoseconds time) {
    return av_rescale(time.count(), pcm_format_.sample_rate, std::nano::den);
  };
  if (spec_.start) range_start_ = nearest(*spec_.start);
  if (spec_.end) range_end_ = nearest(*spec_.end);
  decoded_any_ = true;
  // Some decoders drop more at the start than the container declares. If nothing is damaged, the first
  // decoded sample is the start of the stream.
  if (!has_seeked_ && damaged_count_ == 0 && first.pts != AV_NOPTS_VALUE)
    file_start_ = saturating_subtract(first.pts, demuxer_.start_offset(stream_));
  return {};
}

/// Sends one packet to the decoder. False: there are no more.
Result<bool> AudioDecoder::send_packet() {
  auto more = demuxer_.read_packet(stream_, *packet_);
  if (!more) return more;
  if (!*more) {
    avcodec_send_packet(decoder_.get(), nullptr);
    return false;
  }
  corrupt_tail_ = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
  if (packet_->pts != AV_NOPTS_VALUE && packet_->duration > 0)
    last_packet_end_ = saturating_add(packet_->pts, packet_->duration);
  const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
  if (sent == AVERROR(ENOMEM)) return av_error(sent, "Decoding");
  if (sent < 0 && sent != AVERROR_EOF) ++damaged_count_;
  return true;
}

/// The next decoded frame, or null at the end.
Result<Frame> AudioDecoder::decode() {
  Frame frame(av_frame_alloc());
  if (!frame) return av_error(AVERROR(ENOMEM), "Decoding");
  while (!decoder_ended_) {
    const int code = avcodec_receive_frame(decoder_.get(), frame.get());
    if (code == 0 && frame->nb_samples > 0 && frame->sample_rate > 0 && frame->ch_layout.nb_channels > 0) {
      if (!decoded_any_) {
        CONVERT_TRY(start_timeline(*frame));
      }
      if (frame->decode_error_flags != 0) ++damaged_count_;
      if (is_lossless_float(*stream_.codecpar) && !make_finite(*frame)) ++damaged_count_;
      auto same = convert_to_pcm_format(std::move(frame));
      if (!same || *same) return same;
      frame.reset(av_frame_alloc());
      if (!frame) return av_error(AVERROR(ENOMEM), "Decoding");
    }
    if (code == AVERROR_EOF || (demuxer_ended_ && code == AVERROR(EAGAIN))) {
      decoder_ended_ = true;
    } else if (code == AVERROR(EAGAIN)) {
      CONVERT_TRY_ASSIGN(auto more, send_packet());
      demuxer_ended_ = !more;
    } else if (code == AVERROR(ENOMEM)) {
      return av_error(code, "Decoding");
    } else if (code < 0) {
      ++damaged_count_;
    }
  }
  return Frame();
}

/// A file may change its sample rate or channels: later frames are converted to the format of the first.
Result<Frame> AudioDecoder::convert_to_pcm_format(Frame frame) {
  if (pcm_format_.matches(*frame)) return frame;
  const bool fits = demuxer_.check_audio(frame->ch_layout.nb_channels, frame->sample_rate) &&
                    frame->nb_samples / frame->sample_rate < kMaxConvertedSeconds;
  auto made = fits ? make_resampler_context(PcmFormat::of(*frame), pcm_format_, 1.0)
                   : Result<ResamplerContext>(ResamplerContext());
  if (!made || !*made) {
    ++damaged_count_;
    pending_silence_ += av_rescale(frame->nb_samples, pcm_format_.sample_rate, frame->sample_rate);
    return Frame();
  }
  SwrContext* raw = made->get();
  Frame same = make_frame(pcm_format_, swr_get_out_samples(raw, frame->nb_samples) + 1);
  if (!same) return av_error(AVERROR(ENOMEM), "Decoding");
  // The resampler holds back the first samples: output at least one.
  av_samples_set_silence(same->extended_data, 0, 1, pcm_format_.layout.channels(), pcm_format_.format);
  const int got = swr_convert(raw, same->extended_data, same->nb_samples,
                              const_cast<const std::uint8_t**>(frame->extended_data), frame->nb_samples);
  if (got < 0) return av_error(got, "Converting a change of the audio format");
  same->nb_samples = std::max(got, 1);
  same->pts = frame->pts;
  return same;
}

/// Makes `frame` the next output, after the silence that its timestamp requires.
void AudioDecoder::place_on_timeline(Frame frame) {
  const bool first = position_ == 0 && samples_decoded_ == 0;
  if (frame->pts != AV_NOPTS_VALUE) {
    const std::int64_t gap =
        saturating_subtract(to_samples(saturating_subtract(frame->pts, file_start_)), position_);
    const double seconds = static_cast<double>(gap) / pcm_format_.sample_rate;
    const bool rounding = gap <= to_samples(2) + 1;
    if (first && has_seeked_) {
      position_ += std::clamp<std::int64_t>(gap, 0, INT64_MAX / 2);
    } else if ((first ? !rounding : seconds > kMinGap) && seconds < kMaxGap) {
      pending_silence_ = gap;
    }
  }
  next_frame_ = std::move(frame);
}

Frame AudioDecoder::make_silence() {
  const auto count =
      static_cast<int>(std::min<std::int64_t>({pending_silence_, kSilenceFrame, pcm_format_.sample_rate}));
  Frame frame = make_frame(pcm_format_, count);
  if (frame)
    av_samples_set_silence(frame->extended_data, 0, count, pcm_format_.layout.channels(), pcm_format_.format);
  pending_silence_ -= count;
  return frame;
}

/// Returns at most one second: at a low sample rate a frame may last minutes, and resampling it would need
/// too much memory.
Frame AudioDecoder::take_up_to_one_second() {
  if (next_frame_->nb_samples <= pcm_format_.sample_rate) return std::move(next_frame_);
  Frame piece(av_frame_clone(next_frame_.get()));
  if (!piece) return nullptr;
  piece->nb_samples = pcm_format_.sample_rate;
  drop_first_samples(*next_frame_, pcm_format_.sample_rate);
  return piece;
}

/// The part of `frame` between range_start_ and range_end_, or null. Advances position_.
Frame AudioDecoder::cut_to_range(Frame frame) {
  const std::int64_t from = std::max(range_start_ - position_, std::int64_t{0});
  const std::int64_t to = std::min<std::int64_t>(range_end_ - position_, frame->nb_samples);
  position_ += frame->nb_samples;
  if (from >= to) return nullptr;
  if (from > 0) drop_first_samples(*frame, static_cast<int>(from));
  frame->nb_samples = static_cast<int>(to - from);
  frame->pts = samples_decoded_;
  samples_decoded_ += frame->nb_samples;
  return frame;
}

/// MP4 declares the padding of the last frame by the duration of the last packet.
std::optional<std::int64_t> AudioDecoder::declared_end() const {
  if (const auto samples = demuxer_.exact_samples()) return *samples;
  if (!std::string_view(demuxer_.context().iformat->name).starts_with("mov,")) return {};
  if (last_packet_end_ == AV_NOPTS_VALUE || pcm_format_.sample_rate == 0) return {};
  return to_samples(saturating_subtract(last_packet_end_, file_start_));
}

void AudioDecoder::trim_last_frame() {
  const auto end = declared_end();
  if (!end) return;
  const std::int64_t over = saturating_subtract(position_ + pending_silence_ + next_frame_->nb_samples, *end);
  if (over > 0 && over < next_frame_->nb_samples) next_frame_->nb_samples -= static_cast<int>(over);
}

Result<Frame> AudioDecoder::next() {
  while (position_ < range_end_) {
    if (pending_silence_ > 0 && position_ < range_start_) {
      const std::int64_t skipped = std::min(pending_silence_, range_start_ - position_);
      position_ += skipped;
      pending_silence_ -= skipped;
      continue;
    }
    if (pending_silence_ > 0) {
      Frame quiet = make_silence();
      if (!quiet) return av_error(AVERROR(ENOMEM), "Decoding");
      if (Frame kept = cut_to_range(std::move(quiet))) return kept;
      continue;
    }
    if (next_frame_) {
      Frame piece = take_up_to_one_second();
      if (!piece) return av_error(AVERROR(ENOMEM), "Decoding");
      if (Frame kept = cut_to_range(std::move(piece))) return kept;
      continue;
    }
    if (!last_frame_ && !decoder_ended_) {
      auto frame = decode();
      if (!frame) return frame;
      last_frame_ = std::move(*frame);
    }
    if (!last_frame_) break;
    auto following = decode();
    if (!following) return following;
    place_on_timeline(std::move(last_frame_));
    last_frame_ = std::move(*following);
    if (!last_frame_) trim_last_frame();
  }
  return Frame();
}

std::vector<Warning> AudioDecoder::warnings() const {
  std::vector<Warning> all;
  if (damaged_count_ > 0) {
    all.push_back(
        {WarningCode::damaged,
         fmt::format("{} damaged part{} of the audio could not be decoded and {} left "
                     "out.",
                     damaged_count_, damaged_count_ == 1 ? "" : "s", damaged_count_ == 1 ? "was" : "were")});
  }
  if (!decoder_ended_) return all;  // stopped at spec.end: the rest was not read
  if (pcm_format_.sample_rate == 0) return all;
  const auto end = av_rescale_q(position_, AVRational{1, pcm_format_.sample_rate}, stream_.time_base);
  if (auto truncation_warning =
          demuxer_.truncation_warning(stream_, end, demuxer_.read_failed() || corrupt_tail_))
    all.push_back(std::move(*truncation_warning));
  return all;
}

}  // namespace convert::media
