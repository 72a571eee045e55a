// SPDX-License-Identifier: MIT
#include "media/media_converter.hpp"

#include <fmt/format.h>

#include "io/names.hpp"
#include "io/spool.hpp"
#include "media/copy.hpp"
#include "media/decision.hpp"
#include "media/encode.hpp"
#include "media/estimate.hpp"
#include "media/formats.hpp"
#include "media/log.hpp"
#include "media/metadata.hpp"
#include "media/probe.hpp"
#include "media/sniff.hpp"

namespace convert::media {
namespace {

void warn(const ConvertOptions& options, const Warning& warning) {
  if (options.warning) options.warning(warning);
}

Error only_one(std::string_view format, std::size_t count) {
  return {Errc::invalid_argument,
          fmt::format("{} takes one input, not {}. Convert them one by one, or choose an archive "
                      "format such as zip to keep them together.",
                      format, count)};
}

/// Whether the conversion reads the input more than once, or in another order than it comes.
bool needs_seeking(const OutputSpec& spec) { return spec.loudness.has_value(); }

class MediaConverter : public Converter {
 public:
  MediaConverter() { quieten(); }

  std::span<const Format> formats() const override { return media::formats(); }

  int recognize(std::span<const std::byte> head) const override {
    constexpr int kTagged = 60;  // an ID3v2 tag larger than the head: sound of some kind follows
    const std::size_t tag = id3v2_length(head);
    if (tag >= head.size() && tag > 0) return kTagged;
    const Sniffed found = sniff(head.subspan(tag), false);
    return found.demuxer != nullptr || found.reference ? found.score : 0;
  }

  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override {
    const QuietScope quiet;
    auto source = Source::open(input, options);
    if (!source) return source.error();
    if ((*source)->needs_spool()) {
      const Format& mp4 = *find_format("mp4");
      MediaInfo info;
      info.format = mp4.name;
      info.title = mp4.title;
      info.family = mp4.family;
      info.size = input.bytes->size();
      warn(options, {WarningCode::incomplete,
                     "The file's index is at its end: nothing more is known before all of it was read."});
      return info;
    }
    MediaInfo info = describe(**source, input);
    if (auto mismatch = io::name_mismatch(formats(), input.name, info.format)) warn(options, *mismatch);
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
  if (inputs.size() != 1) return only_one(spec.format, inputs.size());
  const QuietScope quiet;
  const Format& format = *find_format(spec.format);
  Plan plan;
  plan.format = format.name;
  plan.spools_output = format.forward == Forward::spooled;
  plan.forward_missing = format.forward_missing;
  auto source = Source::open(inputs[0], options);
  if (!source) return source.error();
  plan.spools_input = (*source)->needs_spool() || (needs_seeking(spec) && !inputs[0].bytes->seekable());
  if ((*source)->needs_spool()) {
    plan.warnings.push_back(
        {WarningCode::incomplete,
         "The file's index is at its end: what happens to each stream is known once all of it was read."});
    return plan;
  }
  auto decision = decide(**source, spec);
  if (!decision) return decision.error();
  plan.streams = decision->streams;
  plan.warnings = decision->warnings;
  if (auto mismatch = io::name_mismatch(formats(), inputs[0].name, (*source)->format().name))
    plan.warnings.push_back(*mismatch);
  select_metadata(read_metadata((*source)->context(), *decision->sound), spec, format, false, plan.warnings);
  if (decision->codec != nullptr && !decision->codec->lossless &&
      !says_padding(format, decision->codec->id, false)) {
    plan.warnings.push_back(
        {WarningCode::padding, fmt::format("{} cannot say the padding of {}: up to a tenth of a second of "
                                           "silence will precede and follow the sound.",
                                           format.name, decision->codec->name)});
  }
  estimate(plan, **source, *decision, spec);
  return plan;
}

Result<Report> MediaConverter::convert(std::span<const Input> inputs, Outputs& outputs,
                                       const OutputSpec& spec, const ConvertOptions& options) const {
  if (inputs.size() != 1) return only_one(spec.format, inputs.size());
  const QuietScope quiet;
  if (!needs_seeking(spec) || inputs[0].bytes->seekable()) return run(inputs[0], outputs, spec, options);
  auto spooled = io::spool(*inputs[0].bytes, options);
  if (!spooled) return spooled.error();
  return run({spooled->get(), inputs[0].name}, outputs, spec, options);
}

Result<Report> MediaConverter::run(const Input& input, Outputs& outputs, const OutputSpec& spec,
                                   const ConvertOptions& options) const {
  auto source = Source::open(input, options);
  if (!source) return source.error();
  if ((*source)->needs_spool()) {
    auto spooled = (*source)->spool();
    if (!spooled) return spooled.error();
    return run({spooled->get(), input.name}, outputs, spec, options);
  }
  auto decision = decide(**source, spec);
  if (!decision) return decision.error();
  for (const Warning& warning : decision->warnings) warn(options, warning);
  if (auto mismatch = io::name_mismatch(formats(), input.name, (*source)->format().name))
    warn(options, *mismatch);

  const Format& format = *decision->format;
  const std::string name =
      fmt::format("{}.{}", io::base_name(formats(), input.name), format.extensions.front());
  // PCM is made faster than decoded sound can be handed to another core: its second thread writes.
  const bool behind = worth_a_thread(*decision, options) && decision->codec->name == "pcm";
  auto sink = Sink::create(outputs, format, name, behind, options);
  if (!sink) return sink.error();
  std::vector<Warning> lost;
  const Metadata metadata = select_metadata(read_metadata((*source)->context(), *decision->sound), spec,
                                            format, (*sink)->forward(), lost);
  for (const Warning& warning : lost) warn(options, warning);
  if ((*sink)->forward() && format.forward == Forward::reduced) {
    warn(options, {WarningCode::forward_only,
                   fmt::format("Written forwards, the {} lacks {}.", format.name, format.forward_missing)});
  }

  OutputReport output;
  auto done = decision->copy ? copy_sound(**source, *decision, metadata, **sink, options, output)
                             : encode_sound(input, std::move(*source), *decision, spec, metadata, **sink,
                                            options, output);
  if (!done) return done.error();
  if (output.leading_padding > 0 || output.trailing_padding > 0) {
    warn(options,
         {WarningCode::padding,
          fmt::format("{} cannot say its padding: {} samples of silence precede the sound and {} follow it.",
                      format.name, output.leading_padding, output.trailing_padding)});
  }
  if (auto finished = (*sink)->finish(); !finished) return finished.error();
  output.name = name;
  output.format = format.name;
  output.mime_type = format.mime_type;
  output.size = (*sink)->size();
  return Report{{std::move(output)}, std::move(decision->streams), {}};
}

}  // namespace

std::unique_ptr<Converter> make_media_converter() { return std::make_unique<MediaConverter>(); }

}  // namespace convert::media
