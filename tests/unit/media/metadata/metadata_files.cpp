// SPDX-License-Identifier: MIT
#include "unit/media/metadata/metadata_files.hpp"

#include <fstream>
#include <random>
#include <stdexcept>

namespace convert::media {
namespace {

constexpr int kRate = 48'000;
constexpr int kSeconds = 2;

void need(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

struct Encoded {
  CodecContext context;
  std::vector<Packet> packets;
};

void receive(Encoded& encoded) {
  for (;;) {
    Packet packet(av_packet_alloc());
    if (avcodec_receive_packet(encoded.context.get(), packet.get()) < 0) return;
    encoded.packets.push_back(std::move(packet));
  }
}

Encoded encode_silence(const std::string& name) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  need(codec != nullptr, "no such encoder");
  Encoded encoded{CodecContext(avcodec_alloc_context3(codec)), {}};
  AVCodecContext& context = *encoded.context;
  context.sample_rate = kRate;
  context.time_base = {1, kRate};
  context.sample_fmt = codec->sample_fmts[0];
  context.bit_rate = 64'000;
  context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  context.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  av_channel_layout_default(&context.ch_layout, 2);
  need(avcodec_open2(&context, codec, nullptr) >= 0, "the encoder does not open");
  const int step = context.frame_size > 0 ? context.frame_size : 1024;
  for (int at = 0; at + step <= kRate * kSeconds; at += step) {
    const Frame frame(av_frame_alloc());
    frame->nb_samples = step;
    frame->format = context.sample_fmt;
    frame->sample_rate = kRate;
    frame->pts = at;
    av_channel_layout_copy(&frame->ch_layout, &context.ch_layout);
    need(av_frame_get_buffer(frame.get(), 0) >= 0, "no memory");
    av_samples_set_silence(frame->extended_data, 0, step, 2, context.sample_fmt);
    need(avcodec_send_frame(&context, frame.get()) >= 0, "the encoder takes no sound");
    receive(encoded);
  }
  avcodec_send_frame(&context, nullptr);
  receive(encoded);
  return encoded;
}

int write_to(void* file, std::uint8_t* data, int size) {
  auto& out = *static_cast<std::fstream*>(file);
  out.write(reinterpret_cast<const char*>(data), size);
  return out ? size : AVERROR(EIO);
}

std::int64_t seek_in(void* file, std::int64_t offset, int whence) {
  if (whence != SEEK_SET) return AVERROR(ENOSYS);
  static_cast<std::fstream*>(file)->seekp(offset);
  return offset;
}

IoContext open_io(std::fstream& out, bool forward) {
  constexpr int size = 16'384;
  auto* buffer = static_cast<unsigned char*>(av_malloc(size));
  return IoContext(
      avio_alloc_context(buffer, size, 1, &out, nullptr, &write_to, forward ? nullptr : &seek_in));
}

std::string mux(AVFormatContext& output, Encoded& encoded, const Format& format, const Metadata& metadata,
                const std::optional<GaplessInfo>& gapless) {
  const bool forward = output.pb->seekable == 0;
  AVStream* stream = avformat_new_stream(&output, nullptr);
  avcodec_parameters_from_context(stream->codecpar, encoded.context.get());
  stream->codecpar->codec_tag = 0;
  stream->time_base = {1, kRate};
  if (auto done = attach_metadata(output, *stream, metadata, format); !done) return done.error().message;
  const MuxerConfig& muxer_config = *find_muxer_config(format.name);
  Dictionary options;
  av_dict_parse_string(options.out(), muxer_config.options, "=", ":", 0);
  if (forward) av_dict_parse_string(options.out(), muxer_config.forward_options, "=", ":", 0);
  if (const int code = avformat_write_header(&output, options.out()); code < 0)
    return "header: " + av_text(code);
  if (auto done = write_covers(output, metadata, format); !done) return done.error().message;
  for (const Packet& packet : encoded.packets) {
    packet->stream_index = 0;
    av_packet_rescale_ts(packet.get(), {1, kRate}, stream->time_base);
    if (const int code = av_write_frame(&output, packet.get()); code < 0) return "packet: " + av_text(code);
  }
  if (auto done = finish_output(output, metadata, format, gapless); !done) return done.error().message;
  avio_flush(output.pb);
  return {};
}

InputContext open_input(const std::filesystem::path& file) {
  AVFormatContext* raw = nullptr;
  need(avformat_open_input(&raw, file.c_str(), nullptr, nullptr) >= 0, "the file does not open");
  InputContext input(raw);
  need(avformat_find_stream_info(raw, nullptr) >= 0, "nothing is found in the file");
  return input;
}

const AVStream& audio_stream_of(AVFormatContext& input) {
  const int index = av_find_best_stream(&input, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  need(index >= 0, "no sound in the file");
  return *input.streams[index];
}

}  // namespace

Cover make_picture(AVCodecID codec, int width, int height) {
  const CodecContext context(avcodec_alloc_context3(avcodec_find_encoder(codec)));
  context->width = width;
  context->height = height;
  context->time_base = {1, 1};
  context->pix_fmt = codec == AV_CODEC_ID_MJPEG ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_RGB24;
  need(avcodec_open2(context.get(), nullptr, nullptr) >= 0, "the picture's encoder does not open");
  const Frame frame(av_frame_alloc());
  frame->width = width;
  frame->height = height;
  frame->format = context->pix_fmt;
  need(av_frame_get_buffer(frame.get(), 0) >= 0, "no memory");
  std::minstd_rand noise(7);
  for (int plane = 0; plane < 3 && frame->buf[plane] != nullptr; ++plane)
    for (std::size_t i = 0; i < static_cast<std::size_t>(frame->buf[plane]->size); ++i)
      frame->buf[plane]->data[i] = static_cast<std::uint8_t>(noise());
  const Packet packet(av_packet_alloc());
  avcodec_send_frame(context.get(), frame.get());
  need(avcodec_receive_packet(context.get(), packet.get()) >= 0, "no picture");
  const auto* bytes = reinterpret_cast<const std::byte*>(packet->data);
  return {codec, std::vector<std::byte>(bytes, bytes + packet->size), width, height, "", ""};
}

std::string make_file(const std::filesystem::path& file, const Format& format, const std::string& encoder,
                      bool forward, const Metadata& metadata, const std::optional<GaplessInfo>& gapless) {
  Encoded encoded = encode_silence(encoder);
  std::fstream out(file, std::ios::binary | std::ios::trunc | std::ios::in | std::ios::out);
  const IoContext io = open_io(out, forward);
  AVFormatContext* raw = nullptr;
  avformat_alloc_output_context2(&raw, nullptr, find_muxer_config(format.name)->name, nullptr);
  const OutputContext output(raw);
  raw->pb = io.get();
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  return mux(*raw, encoded, format, metadata, gapless);
}

Metadata read_file(const std::filesystem::path& file) {
  const InputContext input = open_input(file);
  return read_metadata(*input, audio_stream_of(*input));
}

std::size_t audio_bytes(const std::filesystem::path& file) {
  const InputContext input = open_input(file);
  const int index = audio_stream_of(*input).index;
  const std::size_t header = std::string_view(input->iformat->name) == "aac" ? 7 : 0;
  const Packet packet(av_packet_alloc());
  std::size_t bytes = 0;
  while (av_read_frame(input.get(), packet.get()) >= 0) {
    if (packet->stream_index == index) bytes += static_cast<std::size_t>(packet->size) - header;
    av_packet_unref(packet.get());
  }
  return bytes;
}

std::size_t encoded_audio_bytes(const std::string& encoder) {
  std::size_t bytes = 0;
  for (const Packet& packet : encode_silence(encoder).packets)
    bytes += static_cast<std::size_t>(packet->size);
  return bytes;
}

}  // namespace convert::media
