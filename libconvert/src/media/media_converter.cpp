// SPDX-License-Identifier: MIT
#include "media/media_converter.hpp"

#include <fmt/format.h>

#include "base/file_extension.hpp"
#include "base/temporary_file.hpp"
#include "media/packet_copier.hpp"
#include "media/plan/media_plan.hpp"
#include "media/audio/audio_transcoder.hpp"
#include "media/plan/estimate.hpp"
#include "media/format/media_formats.hpp"
#include "media/ffmpeg/ffmpeg_log.hpp"
#include "media/metadata/metadata.hpp"
#include "media/probe.hpp"
#include "media/format/media_detection.hpp"

namespace convert::media {
namespace {

void report_warning(const ConvertOptions& options, const Warning& warning) {
  if (options.warning) options.warning(warning);
}

Error single_input_error(std::string_view format, std::size_t count) {
  return {Errc::invalid_argument,
          fmt::format("{} takes one input, not {}. Convert them one by one, or choose an archive "
                      "format such as zip to keep them together.",
                      format, count)};
}

/// Whether the conversion reads the input more than once, or in another order than it comes.
bool needs_seeking(const OutputSpec& spec) { return spec.loudness.has_value(); }

class MediaConverter : public Converter {
 public:
  MediaConverter() { install_log_filter(); }

  std::span<const Format> formats() const override { return media::formats(); }

  int recognize(std::span<const std::byte> head) const override {
    constexpr int kTagged = 60;  // an ID3v2 tag larger than the head: sound of some kind follows
    const std::size_t tag = id3v2_length(head);
    if (tag >= head.size() && tag > 0) return kTagged;
    const DetectedContainer found = detect_container(head.subspan(tag), false);
    return found.demuxer != nullptr || found.reference ? found.score : 0;
  }

  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override {
    const LogSilencer silencer;
    auto demuxer = Demuxer::open(input, options);
    if (!demuxer) return demuxer.error();
    if ((*demuxer)->needs_spool()) {
      const Format& mp4 = *find_media_format("mp4");
      MediaInfo info;
      info.format = mp4.name;
      info.title = mp4.title;
      info.family = mp4.family;
      info.size = input.reader->size();
      report_warning(options,
                     {WarningCode::incomplete,
                      "The file's index is at its end: nothing more is known before all of it was read."});
      return info;
    }
    MediaInfo info = describe_media(**demuxer, input);
    if (auto mismatch = base::name_mismatch(formats(), input.name, info.format))
      report_warning(options, *mismatch);
    return info;
  }

  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override;
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override;

 private:
  Result<Report> run(const Input& input, Outputs& outputs, const OutputSpec& spec,
                     const ConvertOptions& options) const;
};

Result<Plan> MediaConverter::plan(std::span<const Input> inputs, const OutputSpec& spec,
                                  const ConvertOptions& options) const {
  if (inputs.size() != 1) return single_input_error(spec.format, inputs.size());
  const LogSilencer silencer;
  const Format& format = *find_media_format(spec.format);
  Plan plan;
  plan.format = format.name;
  plan.spools_output = format.forward_only == ForwardOnlySupport::spooled;
  plan.forward_only_missing = format.forward_only_missing;
  auto demuxer = Demuxer::open(inputs[0], options);
  if (!demuxer) return demuxer.error();
  plan.spools_input = (*demuxer)->needs_spool() || (needs_seeking(spec) && !inputs[0].reader->seekable());
  if ((*demuxer)->needs_spool()) {
    plan.warnings.push_back(
        {WarningCode::incomplete,
         "The file's index is at its end: what happens to each stream is known once all of it was read."});
    return plan;
  }
  auto media_plan = make_media_plan(**demuxer, spec);
  if (!media_plan) return media_plan.error();
  plan.streams = media_plan->streams;
  plan.warnings = media_plan->warnings;
  if (auto mismatch = base::name_mismatch(formats(), inputs[0].name, (*demuxer)->format().name))
    plan.warnings.push_back(*mismatch);
  select_metadata(read_metadata((*demuxer)->context(), *media_plan->audio_stream), spec, format, false,
                  plan.warnings);
  if (media_plan->codec != nullptr && !media_plan->codec->lossless &&
      !signals_padding(format, media_plan->codec->id, false)) {
    plan.warnings.push_back(
        {WarningCode::padding, fmt::format("{} cannot say the padding of {}: up to a tenth of a second of "
                                           "silence will precede and follow the sound.",
                                           format.name, media_plan->codec->name)});
  }
  estimate(plan, **demuxer, *media_plan, spec);
  return plan;
}

Result<Report> MediaConverter::convert(std::span<const Input> inputs, Outputs& outputs,
                                       const OutputSpec& spec, const ConvertOptions& options) const {
  if (inputs.size() != 1) return single_input_error(spec.format, inputs.size());
  const LogSilencer silencer;
  if (!needs_seeking(spec) || inputs[0].reader->seekable()) return run(inputs[0], outputs, spec, options);
  auto spooled = base::spool(*inputs[0].reader, options);
  if (!spooled) return spooled.error();
  return run({spooled->get(), inputs[0].name}, outputs, spec, options);
}

Result<Report> MediaConverter::run(const Input& input, Outputs& outputs, const OutputSpec& spec,
                                   const ConvertOptions& options) const {
  auto demuxer = Demuxer::open(input, options);
  if (!demuxer) return demuxer.error();
  if ((*demuxer)->needs_spool()) {
    auto spooled = (*demuxer)->spool();
    if (!spooled) return spooled.error();
    return run({spooled->get(), input.name}, outputs, spec, options);
  }
  auto media_plan = make_media_plan(**demuxer, spec);
  if (!media_plan) return media_plan.error();
  for (const Warning& warning : media_plan->warnings) report_warning(options, warning);
  if (auto mismatch = base::name_mismatch(formats(), input.name, (*demuxer)->format().name))
    report_warning(options, *mismatch);

  const Format& format = *media_plan->format;
  const std::string name =
      fmt::format("{}.{}", base::file_stem(formats(), input.name), format.extensions.front());
  // PCM is made faster than decoded sound can be handed to another core: its second thread writes.
  const bool write_in_background =
      use_second_thread(*media_plan, options) && media_plan->codec->name == "pcm";
  auto muxer = Muxer::create(outputs, format, name, write_in_background, options);
  if (!muxer) return muxer.error();
  std::vector<Warning> metadata_warnings;
  const Metadata metadata = select_metadata(read_metadata((*demuxer)->context(), *media_plan->audio_stream),
                                            spec, format, (*muxer)->forward(), metadata_warnings);
  for (const Warning& warning : metadata_warnings) report_warning(options, warning);
  if ((*muxer)->forward() && format.forward_only == ForwardOnlySupport::reduced) {
    report_warning(options,
                   {WarningCode::forward_only, fmt::format("Written forwards, the {} lacks {}.", format.name,
                                                           format.forward_only_missing)});
  }

  OutputReport output;
  auto done = media_plan->copy ? copy_audio(**demuxer, *media_plan, metadata, **muxer, options, output)
                               : transcode_audio(input, std::move(*demuxer), *media_plan, spec, metadata,
                                                 **muxer, options, output);
  if (!done) return done.error();
  if (output.leading_padding > 0 || output.trailing_padding > 0) {
    report_warning(
        options,
        {WarningCode::padding,
         fmt::format("{} cannot say its padding: {} samples of silence precede the sound and {} follow it.",
                     format.name, output.leading_padding, output.trailing_padding)});
  }
  if (auto finished = (*muxer)->finish(); !finished) return finished.error();
  output.name = name;
  output.format = format.name;
  output.mime_type = format.mime_type;
  output.size = (*muxer)->size();
  return Report{{std::move(output)}, std::move(media_plan->streams), {}};
}

}  // namespace

std::unique_ptr<Converter> make_media_converter() { return std::make_unique<MediaConverter>(); }

}  // namespace convert::media
