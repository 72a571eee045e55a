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

/// Moves the packets of the chosen stream into `muxer` as they are, and fills in what `output` says of them.
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
  void report(OutputReport& output) const;

  Demuxer& demuxer_;
  const MediaPlan& media_plan_;
  AVStream& stream_;
  Muxer& muxer_;
  const ConvertOptions& options_;
  Packet packet_;
  std::unique_ptr<AdtsRemover> adts_;
  AVRational output_time_base_{};  // of the times that the sink gets: samples, where it ends by them
  std::int64_t delay_ = 0;         // samples at the begin that are not the sound's
  std::int64_t origin_ = 0;        // where the file begins, in the stream's time base
  std::int64_t next_pts_ = 0;      // where a packet without a time belongs
  std::int64_t first_pts_ = 0;
  std::int64_t end_pts_ = 0;
  SkipSamples first_skips_;
  SkipSamples last_skips_;
  bool corrupt_ = false;
};

}  // namespace convert::media
