// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include <convert/converter.hpp>

#include "media/ffmpeg/avio.hpp"
#include "media/format/media_formats.hpp"
#include "media/metadata/metadata.hpp"

namespace convert::media {

/// An output file in the making: one stream of sound, and what belongs to it.
class Muxer {
 public:
  /// Creates the Writer and, where the format has to be written with seeking and the Writer cannot, spools.
  /// `write_in_background`: the Writer is called in a thread of its own.
  static Result<std::unique_ptr<Muxer>> create(Outputs& outputs, const Format& format,
                                               const std::string& name, bool write_in_background,
                                               const ConvertOptions& options);

  bool forward() const { return forward_; }
  /// Whether the duration of the last packet says where the sound ends.
  bool last_packet_duration_sets_end() const;
  /// Whether codecs have to put their headers into their parameters.
  bool global_header() const;

  /// Writes the header. `parameters` describes the packets that will come, whose times count in `time_base`.
  Result<void> write_header(const AVCodecParameters& parameters, AVRational time_base,
                            const Metadata& metadata);
  /// Writes one packet (its reference is taken).
  Result<void> write(AVPacket& packet);
  /// Writes the end and commits.
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
