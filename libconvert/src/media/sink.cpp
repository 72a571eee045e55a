// SPDX-License-Identifier: MIT
#include "media/sink.hpp"

#include <fmt/format.h>

#include "io/spool.hpp"
#include "media/sound_plan.hpp"
#include "media/write_behind.hpp"

namespace convert::media {

Result<std::unique_ptr<Sink>> Sink::create(Outputs& outputs, const Format& format, const std::string& name,
                                           bool behind, const ConvertOptions& options) {
  std::unique_ptr<Sink> sink(new Sink(format, name));
  auto writer = outputs.create(name);
  if (!writer) return writer.error();
  sink->writer_ = std::move(*writer);
  if (!sink->writer_->seekable() && format.forward == Forward::spooled) {
    auto spooled = io::spooled_writer(std::move(sink->writer_), options);
    if (!spooled) return spooled.error();
    sink->writer_ = std::move(*spooled);
  }
  sink->forward_ = !sink->writer_->seekable();
  if (behind) sink->writer_ = std::make_unique<WriteBehind>(std::move(sink->writer_));
  sink->io_ = std::make_unique<WriterIo>(*sink->writer_);
  AVFormatContext* raw = nullptr;
  const int code = avformat_alloc_output_context2(&raw, nullptr, find_muxer(format.name)->name, nullptr);
  sink->context_.reset(raw);
  if (code < 0 || sink->io_->context() == nullptr) return av_error(AVERROR(ENOMEM), "Opening the output");
  raw->pb = sink->io_->context();
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  // Nobody sees a file before it is whole; whoever reads a pipe wants each packet at once.
  raw->flush_packets = sink->forward_ ? 1 : 0;
  return sink;
}

bool Sink::ends_by_duration() const { return find_muxer(format_.name)->ends_by_duration; }

bool Sink::global_header() const { return (context_->oformat->flags & AVFMT_GLOBALHEADER) != 0; }

Error Sink::failed(int code, const char* doing) const {
  if (io_->error()) return *io_->error();
  if (code == AVERROR(ENOMEM)) return av_error(code, doing);
  return {Errc::unsupported,
          fmt::format("{} failed: {} cannot hold this sound as it is ({}). Choose another format, or "
                      "name a codec so that it is encoded anew.",
                      doing, format_.name, av_text(code))};
}

Result<void> Sink::begin(const AVCodecParameters& sound, AVRational time_base, const Metadata& metadata) {
  AVStream* stream = avformat_new_stream(context_.get(), nullptr);
  if (stream == nullptr || avcodec_parameters_copy(stream->codecpar, &sound) < 0) {
    return av_error(AVERROR(ENOMEM), "Opening the output");
  }
  stream->codecpar->codec_tag = 0;  // the source container's tag means nothing here
  stream->time_base = time_base_ = time_base;
  metadata_ = metadata;
  if (auto done = attach_metadata(*context_, *stream, metadata, format_); !done) return done;
  // Without the encoder's name there is no LAME tag: it cannot say so small a delay, and would cut more.
  if (!says_delay(format_, sound.initial_padding)) av_dict_set(&stream->metadata, "encoder", "", 0);
  const Muxer& muxer = *find_muxer(format_.name);
  Dictionary settings;
  av_dict_parse_string(settings.out(), muxer.options, "=", ":", 0);
  if (forward_) av_dict_parse_string(settings.out(), muxer.forward_options, "=", ":", 0);
  if (format_.name == "m4a") settings.set("movie_timescale", std::to_string(sound.sample_rate));
  if (const int code = avformat_write_header(context_.get(), settings.out()); code < 0) {
    return failed(code, "Writing the header");
  }
  return write_covers(*context_, metadata, format_);
}

Result<void> Sink::write(AVPacket& packet) {
  packet.stream_index = 0;
  av_packet_rescale_ts(&packet, time_base_, context_->streams[0]->time_base);
  packet.pos = -1;
  if (const int code = av_write_frame(context_.get(), &packet); code < 0) return failed(code, "Writing");
  if (io_->error()) return *io_->error();
  return {};
}

Result<void> Sink::finish() {
  if (auto done = finish_output(*context_, metadata_, format_); !done) {
    return io_->error() ? *io_->error() : done.error();
  }
  avio_flush(io_->context());
  if (io_->error()) return *io_->error();
  return writer_->commit();
}

}  // namespace convert::media
