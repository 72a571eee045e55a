// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include <convert/converter.hpp>

#include "media/ffmpeg/avio.hpp"
#include "media/format/media_formats.hpp"
#include "media/metadata/metadata.hpp"

namespace convert::media {

/// Writes one output file: one audio stream with its metadata and cover art.
class Muxer {
 public:
  /// Creates the Writer. If the format requires seeking and the Writer cannot seek, the output goes through a
  /// temporary file. `write_in_background`: the Writer is called in a separate thread.
  static Result<std::unique_ptr<Muxer>> create(Outputs& outputs, const Format& format,
                                               const std::string& name, bool write_in_background,
                                               const ConvertOptions& options);

  bool forward() const { return forward_; }
  /// Whether the duration of the last packet determines where the audio ends.
  bool last_packet_duration_sets_end() const;
  /// Whether codecs must put their headers into `AVCodecParameters::extradata`.
  bool global_header() const;

  /// Writes the header. `parameters` describes the packets that follow; their timestamps are in `time_base`.
  Result<void> write_header(const AVCodecParameters& parameters, AVRational time_base,
                            const Metadata& metadata);
  /// Writes one packet and takes its reference.
  Result<void> write(AVPacket& packet);
  /// Writes the trailer and commits the Writer.
  Result<void> finish();

  std::uint64_t size() const { return io_->size(); }
  const std::string& name() const { return name_; }

 private:
  Muxer(const Format& format, std::string name) : format_(format), name_(std::move(name)) {}
  Error to_error(int code, const char* doing) const;

  const Format& format_;
  std::string name_;
  bool forward_ = false;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<AvioWriter> io_;
  OutputContext context_;
  AVRational time_base_{};
  Metadata metadata_;
};

}  // namespace convert::media
