// SPDX-License-Identifier: MIT
// Loudness normalisation, measured by ffmpeg's own meter.
#include <fmt/format.h>

#include <cstdlib>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

struct Measured {
  double integrated = 0;  // LUFS
  double true_peak = 0;   // dBTP
};

Measured measure(const std::filesystem::path& file) {
  const auto text =
      run(fmt::format("ffmpeg -nostats -hide_banner -i {} -af ebur128=peak=true:framelog=verbose -f null -",
                      quoted(file)))
          .output;
  const auto after = [&](const char* label) {
    const auto found = text.rfind(label);
    return found == std::string::npos
               ? 99.0
               : std::strtod(text.c_str() + found + std::string(label).size(), nullptr);
  };
  return {after("I:"), after("Peak:")};
}

struct Case {
  std::string sample;
  double target;
  std::string file;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.sample << " to " << c.target << " LUFS in " << c.file;
}

class Loudness : public testing::TestWithParam<Case> {};

TEST_P(Loudness, IsReachedBelowTheCeilingOrTheShortfallIsReported) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  const auto& [name, target, file] = GetParam();
  NEED_SAMPLE(from, name);
  const TemporaryFolder folder;
  const auto out = folder / file;
  const auto report = converted(from, out, {fmt::format("loudness={}", target)});
  const auto measured = measure(out);
  const bool lossless = file != "a.mp3";
  EXPECT_LE(measured.true_peak, -1 + (lossless ? 0.2 : 1.5));
  if (!warned(report.warnings, WarningCode::loudness)) {
    EXPECT_NEAR(measured.integrated, target, 0.5);
  } else {
    EXPECT_THAT(all_messages(report.warnings), testing::HasSubstr("LUFS"));
    EXPECT_NEAR(measured.integrated, target, 1.5);
  }
  EXPECT_EQ(decode(out).frames(), decode(from).frames());
}

INSTANTIATE_TEST_SUITE_P(Targets, Loudness,
                         testing::Values(Case{"quiet.wav", -16, "a.wav"}, Case{"quiet.wav", -23, "a.flac"},
                                         Case{"quiet.wav", -14, "a.wav"}, Case{"loud.wav", -16, "a.wav"},
                                         Case{"loud.wav", -23, "a.flac"}, Case{"loud.wav", -14, "a.wav"},
                                         Case{"loud.wav", -16, "a.mp3"}, Case{"surround.wav", -23, "a.wav"}));

TEST(LoudnessCeiling, IsTheRequestedOne) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(from, "quiet.wav");
  const TemporaryFolder folder;
  converted(from, folder / "a.wav", {"loudness=-14", "true_peak=-4"});
  EXPECT_LE(measure(folder / "a.wav").true_peak, -3.8);
}

}  // namespace
}  // namespace convert::test
