// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include "media/ffmpeg/handles.hpp"
#include "media/ffmpeg/timestamps.hpp"
#include "media/metadata/metadata.hpp"
#include "media/muxer.hpp"
#include "media/plan/media_plan.hpp"

namespace convert::media {

/// Converts AAC in ADTS (a header in each packet) to raw AAC with one AudioSpecificConfig (ISO/IEC 14496-3).
/// FFmpeg's muxers do this too, but learn the AudioSpecificConfig from the first packet only: too late for
/// containers that store it in their header.
class AdtsRemover {
 public:
  /// `global_header`: see `Muxer::global_header`.
  static bool is_needed(const AVStream& stream, bool global_header);
  static Result<std::unique_ptr<AdtsRemover>> make(const AVStream& stream);

  /// Removes the ADTS header. False: there was no header, and the packet is unusable.
  Result<bool> remove(AVPacket& packet);
  /// Copies the AudioSpecificConfig of the first packet into `parameters`. False: out of memory.
  bool set_extradata(AVCodecParameters& parameters) const;

 private:
  struct Deleter {
    void operator()(AVBSFContext* context) const noexcept { av_bsf_free(&context); }
  };
  std::unique_ptr<AVBSFContext, Deleter> filter_;
  std::string extradata_;
};

/// Copies the packets of the planned audio stream into the muxer without decoding them.
class PacketCopier {
 public:
  PacketCopier(Demuxer& demuxer, const MediaPlan& media_plan, Muxer& muxer, const ConvertOptions& options)
      : demuxer_(demuxer),
        media_plan_(media_plan),
        stream_(*media_plan.audio_stream),
        muxer_(muxer),
        options_(options),
        packet_(av_packet_alloc()) {}

  Result<void> run(const Metadata& metadata, OutputReport& output);

 private:
  Result<bool> read_packet();
  Result<void> start(const Metadata& metadata);
  Result<bool> remove_adts_header();
  std::optional<std::int64_t> samples_without_padding() const;
  Result<void> copy_packet();
  bool writes_native_flac() const;
  Result<void> correct_flac_length();
  void report(OutputReport& output) const;

  Demuxer& demuxer_;
  const MediaPlan& media_plan_;
  AVStream& stream_;
  Muxer& muxer_;
  const ConvertOptions& options_;
  Packet packet_;
  std::unique_ptr<AdtsRemover> adts_;
  AVRational output_time_base_{};  // time base of the packets for the muxer: one sample, if the last duration
                                   // sets the end
  std::int64_t delay_ = 0;         // priming samples at the start of the stream
  std::int64_t origin_ = 0;        // start of the file, in the stream's time base
  std::int64_t next_pts_ = 0;      // timestamp for packets without one
  std::int64_t first_pts_ = 0;
  std::int64_t end_pts_ = 0;
  CodecParameters parameters_;  // of the output stream
  SkipSamples first_skips_;
  SkipSamples last_skips_;
  bool corrupt_ = false;
};

}  // namespace convert::media
