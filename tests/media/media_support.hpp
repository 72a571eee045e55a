// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <convert/convert.hpp>

#include "support/shell_command.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_files.hpp"
#include "support/warnings.hpp"

/// Real sound to convert, and other programs' word on what came out.
namespace convert::test {

/// Source material by name (see samples.cpp), made once by the usual programs and kept in the build
/// folder. Empty if the music or a program is missing.
std::filesystem::path sample(const std::string& name);
#define NEED_SAMPLE(variable, name)                  \
  const auto variable = convert::test::sample(name); \
  if (variable.empty()) GTEST_SKIP() << "no sample: " << (name)

/// What ffprobe says, as "streams.stream.0.codec_name" -> "mp3".
std::map<std::string, std::string> ffprobe(const std::filesystem::path& file,
                                           const std::string& show = "-show_format -show_streams");
/// One of those that is a number; -1 if it is missing.
double number(const std::map<std::string, std::string>& properties, const std::string& name);

struct AudioClip {
  int rate = 0;
  std::size_t channels = 0;
  std::vector<double> samples;  // interleaved; whole numbers of up to 32 bits are exact

  std::size_t frames() const { return channels == 0 ? 0 : samples.size() / channels; }
  double at(std::size_t frame, std::size_t channel) const { return samples[frame * channels + channel]; }
  AudioClip part(std::size_t begin, std::size_t count) const;
};
/// The sound of a file by the ffmpeg command, in its own rate and channels unless `options` says otherwise.
AudioClip decode(const std::filesystem::path& file, const std::string& options = {});
/// What a command writes to its standard output as WAV.
AudioClip decode_by(const std::string& command);

/// By how many frames `late` comes after `clip` where they are most alike, looking as far as `range`.
long lag(const AudioClip& clip, const AudioClip& late, long range = 3000);
/// Signal to noise in dB of `result` against `source`, frame by frame from the begin of both.
double snr(const AudioClip& source, const AudioClip& result);
/// -1 to 1: how alike they are, whatever the volume.
double correlation(const AudioClip& source, const AudioClip& result);
double rms_db(const AudioClip& clip, std::size_t channel = 0);
double peak(const AudioClip& clip);

/// Words as on a command line: {"format=mp3", "bitrate=128k"}. A wrong one fails the test.
OutputSpec spec_of(const std::vector<std::string>& words);
/// One file into another by a Library of its own.
Result<Report> convert(const std::filesystem::path& from, const std::filesystem::path& to,
                       const std::vector<std::string>& words = {}, const ConvertOptions& options = {});
Result<Plan> plan(const std::filesystem::path& from, const std::vector<std::string>& words);
/// Converts, and fails the test if that fails.
Report converted(const std::filesystem::path& from, const std::filesystem::path& to,
                 const std::vector<std::string>& words = {}, const ConvertOptions& options = {});

std::string all_messages(const std::vector<Warning>& warnings);

/// MD5 of each packet of the sound, by ffmpeg without decoding.
std::vector<std::string> packet_hashes(const std::filesystem::path& file);

/// Fails unless `result` is the error `code` with a sentence for people.
void expect_error(const Error& error, Errc code);

}  // namespace convert::test
