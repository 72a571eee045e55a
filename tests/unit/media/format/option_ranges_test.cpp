// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "media/format/audio_codecs.hpp"
#include "media/format/media_formats.hpp"

namespace convert::media {
namespace {

const AVCodec* encoder_of(const AudioCodec& codec) {
  return codec.name == "pcm" ? avcodec_find_encoder(codec.id) : avcodec_find_encoder_by_name(codec.encoder);
}

/// FFmpeg's list from 8000 Hz on, ascending.
std::vector<std::string> sample_rates_of(const AVCodec& encoder) {
  std::vector<int> rates;
  for (const int* rate = encoder.supported_samplerates; rate != nullptr && *rate != 0; ++rate) {
    if (*rate >= 8'000) rates.push_back(*rate);
  }
  std::sort(rates.begin(), rates.end());
  std::vector<std::string> texts;
  for (const int rate : rates) texts.push_back(std::to_string(rate));
  return texts;
}

TEST(OptionRanges, HaveTheSampleRatesOfTheEncoders) {
  for (const AudioCodec& codec : kAudioCodecs) {
    const AVCodec* encoder = encoder_of(codec);
    ASSERT_NE(encoder, nullptr) << codec.name;
    const std::vector<std::string> listed(codec.sample_rates.begin(), codec.sample_rates.end());
    EXPECT_EQ(listed, sample_rates_of(*encoder)) << codec.name;
  }
}

TEST(OptionRanges, NameOnlyOptionsAndCodecsOfTheFormat) {
  for (const Format& format : formats()) {
    EXPECT_EQ(format.option_ranges.empty(), !format.writable) << format.name;
    for (const OptionRange& range : format.option_ranges) {
      const auto& codecs = format.codecs;
      EXPECT_NE(std::find(codecs.begin(), codecs.end(), range.codec), codecs.end()) << format.name;
      const auto& options = format.options;
      EXPECT_NE(std::find(options.begin(), options.end(), range.option), options.end())
          << format.name << " " << range.option;
    }
  }
}

}  // namespace
}  // namespace convert::media
