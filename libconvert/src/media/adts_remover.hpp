// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// AAC with a header in each packet (ADTS) as AAC with one for all (ISO/IEC 14496-3, AudioSpecificConfig).
/// FFmpeg's muxers do this themselves, but know the one header only after the first packet: too late for
/// those that write it first.
class AdtsRemover {
 public:
  /// `global_header`: the target wants one for all.
  static bool is_needed(const AVStream& stream, bool global_header);
  static Result<std::unique_ptr<AdtsRemover>> make(const AVStream& stream);

  /// Takes the header off. False: there was none, and the packet is of no use.
  Result<bool> remove(AVPacket& packet);
  /// Puts the one header into `parameters`, once a packet has come. False: there is no memory.
  bool set_extradata(AVCodecParameters& parameters) const;

 private:
  struct Deleter {
    void operator()(AVBSFContext* context) const noexcept { av_bsf_free(&context); }
  };
  std::unique_ptr<AVBSFContext, Deleter> filter_;
  std::string extradata_;
};

}  // namespace convert::media
