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

#include "media/byte_io.hpp"

namespace convert::media {

/// An input, opened: its container understood, its limits checked, nothing decoded yet.
class Source {
 public:
  /// Opens by content. Errors: those of `Library::probe`. Borrows `input.bytes` and `options`.
  /// A forward-only MP4 whose index is behind cannot be opened so: `needs_spool()` is true then and
  /// there is nothing else in it.
  static Result<std::unique_ptr<Source>> open(const Input& input, const ConvertOptions& options);

  bool needs_spool() const { return context_ == nullptr; }
  /// All of a forward-only input, from its first byte on, in a temporary file; for one that `needs_spool`.
  Result<std::unique_ptr<Reader>> spool();
  AVFormatContext& context() const { return *context_; }
  const Format& format() const { return *format_; }
  ReaderIo& io() { return io_; }

  /// The audio stream to convert: number `track` among those of sound, or the default one.
  /// Errors: `no_such_stream`, `unsupported` (a codec off the allow-list), `encrypted_input`.
  Result<AVStream*> audio(std::optional<int> track) const;

  /// Whether sound of that shape may be converted: what a decoder gives out may differ from the header.
  Result<void> check_sound(int channels, int sample_rate) const;
  /// Whether to go on: see `ConvertOptions::check`.
  Result<void> go_on() const { return options_.check(); }

  /// How much later than the file `stream` begins, in seconds' fractions of its time base.
  std::int64_t late_start(const AVStream& stream) const;

  /// The duration that the header declared for `stream` (never one that was guessed from the size), in its
  /// time base.
  std::optional<std::int64_t> declared_duration(const AVStream& stream) const;

  /// The number of samples that an MP3 itself says to hold; FFmpeg only applies it where it can seek.
  std::optional<std::int64_t> exact_samples() const { return exact_samples_; }

  /// A warning if the input ends before what its header announces of `stream`. `end`: where the sound ended,
  /// in the stream's time base, counted from where the file begins. `broken`: the reading stopped at damage.
  std::optional<Warning> cut_off(const AVStream& stream, std::int64_t end, bool broken) const;

 private:
  Source(const Input& input, const ConvertOptions& options)
      : io_(*input.bytes, options), options_(options), name_(input.name) {}
  Result<void> open();
  Result<const AVInputFormat*> detect();
  Result<void> open_container(const AVInputFormat& demuxer);
  Result<void> tell_layers();
  Result<void> analyse();
  Result<void> check_limits() const;
  Result<void> check_shape(int channels, int sample_rate) const;
  const Format* which_format() const;
  Result<bool> ogg_is_cut() const;
  Error failed(int code) const;
  template <class Number>
  Error exceeded(const char* what, Number has, const char* field, Number allowed) const;

  ReaderIo io_;
  const ConvertOptions& options_;
  std::string name_;
  InputContext context_;
  const Format* format_ = nullptr;
  bool guess_in_pcm_ = true;
  std::vector<std::int64_t> declared_;
  std::int64_t declared_whole_ = 0;
  std::optional<std::int64_t> exact_samples_;
};

/// "The input" or "song.mp3", for the beginning of a sentence.
std::string called(const std::string& name);

}  // namespace convert::media
