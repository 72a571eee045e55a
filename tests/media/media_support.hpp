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
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

/// Real audio to convert, and other programs that check the results.
namespace convert::test {

/// Source material by name (see media_samples.cpp). Made once by common programs and kept in the build
/// folder. Empty if the music or a program is missing.
std::filesystem::path sample(const std::string& name);
#define NEED_SAMPLE(variable, name)                  \
  const auto variable = convert::test::sample(name); \
  if (variable.empty()) GTEST_SKIP() << "no sample: " << (name)

/// ffprobe's output, as "streams.stream.0.codec_name" -> "mp3".
std::map<std::string, std::string> ffprobe(const std::filesystem::path& file,
                                           const std::string& show = "-show_format -show_streams");
/// A numeric property; -1 if it is missing.
double number(const std::map<std::string, std::string>& properties, const std::string& name);

struct AudioClip {
  int rate = 0;
  std::size_t channels = 0;
  std::vector<double> samples;  // interleaved; whole numbers of up to 32 bits are exact

  std::size_t frames() const { return channels == 0 ? 0 : samples.size() / channels; }
  double at(std::size_t frame, std::size_t channel) const { return samples[frame * channels + channel]; }
  AudioClip part(std::size_t begin, std::size_t count) const;
};
/// Decodes a file with ffmpeg, in its own rate and channels unless `options` sets others.
AudioClip decode(const std::filesystem::path& file, const std::string& options = {});
/// Decodes the WAV that a command writes to its standard output.
AudioClip decode_by(const std::string& command);

/// The delay in frames at which `late` is most similar to `clip`, within +-`range`.
long lag(const AudioClip& clip, const AudioClip& late, long range = 3000);
/// Signal to noise in dB of `result` against `source`, frame by frame from the start of both.
double snr(const AudioClip& source, const AudioClip& result);
/// -1 to 1: similarity, independent of the volume.
double correlation(const AudioClip& source, const AudioClip& result);
double rms_db(const AudioClip& clip, std::size_t channel = 0);
double peak(const AudioClip& clip);

/// Parses words as on a command line: {"format=mp3", "bitrate=128k"}. Invalid ones fail the test.
OutputSpec spec_of(const std::vector<std::string>& words);
/// Converts one file with a Library of its own.
Result<Report> convert(const std::filesystem::path& from, const std::filesystem::path& to,
                       const std::vector<std::string>& words = {}, const ConvertOptions& options = {});
Result<Plan> plan(const std::filesystem::path& from, const std::vector<std::string>& words);
/// Converts, and fails the test on an error.
Report converted(const std::filesystem::path& from, const std::filesystem::path& to,
                 const std::vector<std::string>& words = {}, const ConvertOptions& options = {});

std::string all_messages(const std::vector<Warning>& warnings);

/// MD5 of each audio packet, by ffmpeg without decoding.
std::vector<std::string> packet_hashes(const std::filesystem::path& file);

/// Fails unless `error` has the code `code` and a complete sentence as its message.
void expect_error(const Error& error, Errc code);

}  // namespace convert::test
