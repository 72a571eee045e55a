// SPDX-License-Identifier: MIT
#include "media/muxer.hpp"

#include <fmt/format.h>

#include "base/temporary_file.hpp"
#include "base/try.hpp"
#include "media/background_writer.hpp"
#include "media/plan/audio_plan.hpp"

namespace convert::media {

Result<std::unique_ptr<Muxer>> Muxer::create(Outputs& outputs, const Format& format, const std::string& name,
                                             bool write_in_background, const ConvertOptions& options) {
  std::unique_ptr<Muxer> muxer(new Muxer(format, name));
  CONVERT_TRY_ASSIGN(auto writer, outputs.create(name));
  muxer->writer_ = std::move(writer);
  if (!muxer->writer_->seekable() && format.forward_only == ForwardOnlySupport::spooled) {
    CONVERT_TRY_ASSIGN(auto spooled, base::spooled_writer(std::move(muxer->writer_), options));
    muxer->writer_ = std::move(spooled);
  }
  muxer->forward_ = !muxer->writer_->seekable();
  if (write_in_background) muxer->writer_ = std::make_unique<BackgroundWriter>(std::move(muxer->writer_));
  muxer->io_ = std::make_unique<AvioWriter>(*muxer->writer_);
  AVFormatContext* raw = nullptr;
  const int code =
      avformat_alloc_output_context2(&raw, nullptr, find_muxer_config(format.name)->name, nullptr);
  muxer->context_.reset(raw);
  if (code < 0 || muxer->io_->context() == nullptr) return av_error(AVERROR(ENOMEM), "Opening the output");
  raw->pb = muxer->io_->context();
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  // A seekable output is invisible until commit; the reader of a pipe wants each packet at once.
  raw->flush_packets = muxer->forward_ ? 1 : 0;
  return muxer;
}

bool Muxer::last_packet_duration_sets_end() const {
  return find_muxer_config(format_.name)->last_packet_duration_sets_end;
}

bool Muxer::global_header() const { return (context_->oformat->flags & AVFMT_GLOBALHEADER) != 0; }

Error Muxer::to_error(int code, const char* doing) const {
  if (io_->error()) return *io_->error();
  if (code == AVERROR(ENOMEM)) return av_error(code, doing);
  return {Errc::unsupported,
          fmt::format("{} failed: {} cannot store this audio unchanged ({}). Choose another format, or "
                      "set audio_codec to encode it again.",
                      doing, format_.name, av_text(code))};
}

Result<void> Muxer::write_header(const AVCodecParameters& parameters, AVRational time_base,
                                 const Metadata& metadata) {
  AVStream* stream = avformat_new_stream(context_.get(), nullptr);
  if (stream == nullptr || avcodec_parameters_copy(stream->codecpar, &parameters) < 0) {
    return av_error(AVERROR(ENOMEM), "Opening the output");
  }
  stream->codecpar->codec_tag = 0;  // the tag of the source container is invalid here
  stream->time_base = time_base_ = time_base;
  metadata_ = metadata;
  CONVERT_TRY(attach_metadata(*context_, *stream, metadata, format_));
  // Removing the encoder's name suppresses the LAME tag, which cannot express so small a delay.
  if (!signals_delay(format_, parameters.initial_padding)) av_dict_set(&stream->metadata, "encoder", "", 0);
  const MuxerConfig& muxer_config = *find_muxer_config(format_.name);
  Dictionary settings;
  av_dict_parse_string(settings.out(), muxer_config.options, "=", ":", 0);
  if (forward_) av_dict_parse_string(settings.out(), muxer_config.forward_options, "=", ":", 0);
  if (format_.name == "m4a") settings.set("movie_timescale", std::to_string(parameters.sample_rate));
  if (const int code = avformat_write_header(context_.get(), settings.out()); code < 0) {
    return to_error(code, "Writing the header");
  }
  return write_covers(*context_, metadata, format_);
}

Result<void> Muxer::write(AVPacket& packet) {
  packet.stream_index = 0;
  av_packet_rescale_ts(&packet, time_base_, context_->streams[0]->time_base);
  packet.pos = -1;
  if (const int code = av_write_frame(context_.get(), &packet); code < 0) return to_error(code, "Writing");
  if (io_->error()) return *io_->error();
  return {};
}

Result<void> Muxer::finish() {
  if (auto done = finish_output(*context_, metadata_, format_); !done) {
    return io_->error() ? *io_->error() : done.error();
  }
  avio_flush(io_->context());
  if (io_->error()) return *io_->error();
  return writer_->commit();
}

}  // namespace convert::media
