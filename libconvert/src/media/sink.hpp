// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include <convert/converter.hpp>

#include "media/byte_io.hpp"
#include "media/formats.hpp"
#include "media/metadata.hpp"

namespace convert::media {

/// An output file in the making: one stream of sound, and what belongs to it.
class Sink {
 public:
  /// Creates the Writer and, where the format has to be written with seeking and the Writer cannot, spools.
  /// `behind`: the Writer is called in a thread of its own.
  static Result<std::unique_ptr<Sink>> create(Outputs& outputs, const Format& format, const std::string& name,
                                              bool behind, const ConvertOptions& options);

  bool forward() const { return forward_; }
  /// Whether the duration of the last packet says where the sound ends.
  bool ends_by_duration() const;
  /// Whether codecs have to put their headers into their parameters.
  bool global_header() const;

  /// Writes the header. `sound` describes the packets that will come, whose times count in `time_base`.
  Result<void> begin(const AVCodecParameters& sound, AVRational time_base, const Metadata& metadata);
  /// Writes one packet (its reference is taken).
  Result<void> write(AVPacket& packet);
  /// Writes the end and commits.
  Result<void> finish();

  std::uint64_t size() const { return io_->size(); }
  const std::string& name() const { return name_; }

 private:
  Sink(const Format& format, std::string name) : format_(format), name_(std::move(name)) {}
  Error failed(int code, const char* doing) const;

  const Format& format_;
  std::string name_;
  bool forward_ = false;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<WriterIo> io_;
  OutputContext context_;
  AVRational time_base_{};
  Metadata metadata_;
};

}  // namespace convert::media
