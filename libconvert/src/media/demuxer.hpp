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

/// An input, opened: its container understood, its limits checked, nothing decoded yet.
class Demuxer {
 public:
  /// Opens by content. Errors: those of `Library::probe`. Borrows `input.bytes` and `options`.
  /// A forward-only MP4 whose index is behind cannot be opened so: `needs_spool()` is true then and
  /// there is nothing else in it.
  static Result<std::unique_ptr<Demuxer>> open(const Input& input, const ConvertOptions& options);

  bool needs_spool() const { return context_ == nullptr; }
  /// All of a forward-only input, from its first byte on, in a temporary file; for one that `needs_spool`.
  Result<std::unique_ptr<Reader>> spool();
  AVFormatContext& context() const { return *context_; }
  const Format& format() const { return *format_; }
  AvioReader& io() { return io_; }

  /// The audio stream to convert: number `track` among those of sound, or the default one.
  /// Errors: `no_such_stream`, `unsupported` (a codec off the allow-list), `encrypted_input`.
  Result<AVStream*> select_audio_stream(std::optional<int> track) const;

  /// Whether sound of that shape may be converted: what a decoder gives out may differ from the header.
  Result<void> check_audio(int channels, int sample_rate) const;
  /// Drops the packets of all streams but `stream`.
  void discard_all_but(const AVStream& stream);
  /// The next packet of `stream`. False at the end of the input, or where it cannot be read any further: see
  /// `read_failed`. Errors: those of the Reader and of `ConvertOptions::check_cancellation`.
  Result<bool> read_packet(const AVStream& stream, AVPacket& packet);
  /// Whether reading stopped at damage, not at the end of the input.
  bool read_failed() const { return read_failed_; }
  /// How much later than the file `stream` begins, in seconds' fractions of its time base.
  std::int64_t start_offset(const AVStream& stream) const;

  /// The duration that the header declared for `stream` (never one that was guessed from the size), in its
  /// time base.
  std::optional<std::int64_t> declared_duration(const AVStream& stream) const;

  /// The number of samples that an MP3 itself says to hold; FFmpeg only applies it where it can seek.
  std::optional<std::int64_t> exact_samples() const { return exact_samples_; }

  /// A warning if the input ends before what its header announces of `stream`. `end`: where the sound ended,
  /// in the stream's time base, counted from where the file begins. `broken`: the reading stopped at damage.
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
  Error limit_error(const char* what, Number has, const char* field, Number allowed) const;

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

/// "The input" or "song.mp3", for the beginning of a sentence.
std::string display_name(const std::string& name);

}  // namespace convert::media
