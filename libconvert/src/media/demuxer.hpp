// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <convert/format.hpp>
#include <convert/io.hpp>
#include <convert/media_info.hpp>
#include <convert/options.hpp>

#include "media/ffmpeg/avio.hpp"

namespace convert::media {

/// An opened media input: the container is parsed and its limits are checked; nothing is decoded yet.
class Demuxer {
 public:
  /// Detects the format by content. Borrows `input.reader` and `options`. Errors: those of `Library::probe`.
  /// A forward-only MP4 with its moov box after the media data cannot be opened: then `needs_spool()` is true
  /// and no other function but `spool()` may be called.
  static Result<std::unique_ptr<Demuxer>> open(const Input& input, const ConvertOptions& options);

  bool needs_spool() const { return context_ == nullptr; }
  /// Copies the whole forward-only input into a temporary file. Only if `needs_spool()`.
  Result<std::unique_ptr<Reader>> spool();
  AVFormatContext& context() const { return *context_; }
  const Format& format() const { return *format_; }
  AvioReader& io() { return io_; }

  /// The audio stream to convert: audio track number `track` (counted from 0), or the default track. Errors:
  /// `no_such_stream`, `unsupported` (the codec is not on the allow-list), `encrypted_input`.
  Result<AVStream*> select_audio_stream(std::optional<int> track) const;

  /// Checks decoded audio against the limits. The decoder's output may differ from the container's header.
  Result<void> check_audio(int channels, int sample_rate) const;
  /// Makes the demuxer drop the packets of all streams but `stream`.
  void discard_all_but(const AVStream& stream);
  /// Reads the next packet of `stream`. False at the end of the input, or where it cannot be read any
  /// further: see `read_failed`. Errors: those of the Reader and of `ConvertOptions::check_cancellation`.
  Result<bool> read_packet(const AVStream& stream, AVPacket& packet);
  /// Whether reading stopped at damaged data instead of at the end of the input.
  bool read_failed() const { return read_failed_; }
  /// How much later `stream` starts than the file, in the stream's time base.
  std::int64_t start_offset(const AVStream& stream) const;

  /// The duration of `stream` that the header declares, in the stream's time base. Empty if the duration is
  /// only estimated from the file size.
  std::optional<std::int64_t> declared_duration(const AVStream& stream) const;

  /// The exact number of samples from an MP3's LAME tag. FFmpeg applies the end padding only to seekable
  /// inputs.
  std::optional<std::int64_t> exact_samples() const { return exact_samples_; }

  /// A warning if the input ends before the declared end of `stream`. `end`: end of the decoded audio, in the
  /// stream's time base, relative to the start of the file. `broken`: reading stopped at damage.
  std::optional<Warning> truncation_warning(const AVStream& stream, std::int64_t end, bool broken) const;

 private:
  Demuxer(const Input& input, const ConvertOptions& options)
      : io_(*input.reader, options), options_(options), name_(input.name) {}
  Result<void> open();
  Result<const AVInputFormat*> detect_demuxer();
  Result<void> open_container(const AVInputFormat& demuxer);
  Result<void> detect_mpeg_layers();
  Result<void> read_stream_info();
  Result<void> check_limits() const;
  Result<void> check_audio_limits(int channels, int sample_rate) const;
  const Format* identify_format() const;
  Result<bool> ogg_is_truncated() const;
  Error to_error(int code) const;
  template <class Number>
  Error limit_error(const char* what, Number has, Number allowed) const;

  AvioReader io_;
  const ConvertOptions& options_;
  std::string name_;
  InputContext context_;
  const Format* format_ = nullptr;
  bool probe_pcm_codecs_ = true;
  bool read_failed_ = false;
  std::vector<std::int64_t> declared_durations_;
  std::int64_t declared_container_duration_ = 0;
  std::optional<std::int64_t> exact_samples_;
};

/// "The input", or the quoted file name: the subject of a message.
std::string display_name(const std::string& name);

}  // namespace convert::media
