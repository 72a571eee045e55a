// SPDX-License-Identifier: MIT
#include "media/adts_remover.hpp"

#include <algorithm>

namespace convert::media {

bool AdtsRemover::is_needed(const AVStream& stream, bool global_header) {
  return global_header && stream.codecpar->codec_id == AV_CODEC_ID_AAC &&
         stream.codecpar->extradata_size == 0;
}

Result<std::unique_ptr<AdtsRemover>> AdtsRemover::make(const AVStream& stream) {
  auto remover = std::make_unique<AdtsRemover>();
  AVBSFContext* raw = nullptr;
  int code = av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &raw);
  remover->filter_.reset(raw);
  if (code >= 0) code = avcodec_parameters_copy(raw->par_in, stream.codecpar);
  if (code >= 0) {
    raw->time_base_in = stream.time_base;
    code = av_bsf_init(raw);
  }
  if (code < 0) return av_error(code, "Copying");
  return remover;
}

Result<bool> AdtsRemover::remove(AVPacket& packet) {
  if (const int code = av_bsf_send_packet(filter_.get(), &packet); code < 0) return av_error(code, "Copying");
  const int code = av_bsf_receive_packet(filter_.get(), &packet);
  if (code == AVERROR(ENOMEM)) return av_error(code, "Copying");
  if (code < 0) return false;
  std::size_t size = 0;
  const std::uint8_t* data = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (extradata_.empty() && data != nullptr) extradata_.assign(reinterpret_cast<const char*>(data), size);
  // A muxer that gets it twice writes it over what stands there by now. Packets of ADTS have nothing else.
  av_packet_free_side_data(&packet);
  return true;
}

bool AdtsRemover::set_extradata(AVCodecParameters& parameters) const {
  if (extradata_.empty()) return true;
  parameters.extradata =
      static_cast<std::uint8_t*>(av_mallocz(extradata_.size() + std::size_t{AV_INPUT_BUFFER_PADDING_SIZE}));
  if (parameters.extradata == nullptr) return false;
  std::copy(extradata_.begin(), extradata_.end(), parameters.extradata);
  parameters.extradata_size = static_cast<int>(extradata_.size());
  return true;
}

}  // namespace convert::media
