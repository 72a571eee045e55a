// SPDX-License-Identifier: MIT
#include "media/media_support.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

namespace convert::test {
namespace fs = std::filesystem;

std::map<std::string, std::string> ffprobe(const fs::path& file, const std::string& show) {
  const auto ran = run(fmt::format("ffprobe -v error -of flat {} {}", show, quoted(file)));
  std::map<std::string, std::string> properties;
  std::istringstream lines(ran.output);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    auto value = line.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    properties[line.substr(0, equals)] = value;
  }
  return properties;
}

double number(const std::map<std::string, std::string>& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? -1 : std::strtod(found->second.c_str(), nullptr);
}

AudioClip AudioClip::part(std::size_t begin, std::size_t count) const {
  const auto from = samples.begin() + static_cast<std::ptrdiff_t>(std::min(begin, frames()) * channels);
  const auto to = samples.begin() + static_cast<std::ptrdiff_t>(std::min(begin + count, frames()) * channels);
  return {rate, channels, std::vector<double>(from, to)};
}

namespace {

template <class T>
T little(const std::string& text, std::size_t at) {
  T value{};
  if (at + sizeof(T) <= text.size()) std::memcpy(&value, text.data() + at, sizeof(T));
  return value;
}

}  // namespace

AudioClip decode_by(const std::string& command) {
  const auto wav = run("{ " + command + "\n} 2>/dev/null").output;
  const auto head = wav.find("fmt ");
  const auto data = wav.find("data", head == std::string::npos ? 0 : head);
  if (head == std::string::npos || data == std::string::npos) return {};
  AudioClip clip{little<std::int32_t>(wav, head + 12), little<std::uint16_t>(wav, head + 10), {}};
  const auto bytes = std::size_t{little<std::uint16_t>(wav, head + 22)} / 8;
  for (std::size_t at = data + 8; at + bytes <= wav.size(); at += bytes) {
    if (bytes == 8) clip.samples.push_back(little<double>(wav, at));
    if (bytes == 2) clip.samples.push_back(little<std::int16_t>(wav, at) / 32768.0);
  }
  return clip;
}

AudioClip decode(const fs::path& file, const std::string& options) {
  return decode_by(
      fmt::format("ffmpeg -v error -i {} -map 0:a:0 {} -c:a pcm_f64le -f wav -", quoted(file), options));
}

namespace {

std::vector<double> mono(const AudioClip& clip, std::size_t begin, std::size_t count) {
  std::vector<double> mixed(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < clip.channels; ++c) mixed[i] += clip.at(begin + i, c);
  }
  return mixed;
}

}  // namespace

long lag(const AudioClip& clip, const AudioClip& late, long range) {
  const auto reach = static_cast<std::size_t>(range);
  const std::size_t begin = std::min(clip.frames(), late.frames()) / 4 + reach;
  constexpr std::size_t kWindow = 8192;
  if (begin + kWindow + reach > std::min(clip.frames(), late.frames())) return -99'999;
  const auto pattern = mono(clip, begin, kWindow);
  const auto where = mono(late, begin - reach, kWindow + 2 * reach);
  // Minimum difference instead of maximum product: the product prefers louder parts.
  double energy = 0;
  for (std::size_t i = 0; i < kWindow; ++i) energy += where[i] * where[i];
  long best = 0;
  double smallest = 1e300;
  for (std::size_t shift = 0; shift <= 2 * reach; ++shift) {
    double product = 0;
    for (std::size_t i = 0; i < kWindow; ++i) product += pattern[i] * where[shift + i];
    if (energy - 2 * product < smallest) {
      smallest = energy - 2 * product;
      best = static_cast<long>(shift) - range;
    }
    if (shift == 2 * reach) break;
    energy += where[shift + kWindow] * where[shift + kWindow] - where[shift] * where[shift];
  }
  return best;
}

double snr(const AudioClip& source, const AudioClip& result) {
  if (source.channels != result.channels || source.frames() == 0) return -1000;
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < std::min(source.samples.size(), result.samples.size()); ++i) {
    signal += source.samples[i] * source.samples[i];
    noise += (source.samples[i] - result.samples[i]) * (source.samples[i] - result.samples[i]);
  }
  return noise == 0 ? 1000 : 10 * std::log10(signal / noise);
}

double correlation(const AudioClip& source, const AudioClip& result) {
  if (source.channels != result.channels) return -1;
  double product = 0;
  double first = 0;
  double second = 0;
  for (std::size_t i = 0; i < std::min(source.samples.size(), result.samples.size()); ++i) {
    product += source.samples[i] * result.samples[i];
    first += source.samples[i] * source.samples[i];
    second += result.samples[i] * result.samples[i];
  }
  return product / std::sqrt(first * second);
}

double rms_db(const AudioClip& clip, std::size_t channel) {
  double sum = 0;
  for (std::size_t i = 0; i < clip.frames(); ++i) sum += clip.at(i, channel) * clip.at(i, channel);
  return 10 * std::log10(sum / static_cast<double>(clip.frames()));
}

double peak(const AudioClip& clip) {
  double highest = 0;
  for (const double value : clip.samples) highest = std::max(highest, std::abs(value));
  return highest;
}

OutputSpec spec_of(const std::vector<std::string>& words) {
  auto spec = parse_options(words);
  EXPECT_TRUE(spec) << spec.error().message;
  return spec ? *spec : OutputSpec{};
}

Result<Report> convert(const fs::path& from, const fs::path& to, const std::vector<std::string>& words,
                       const ConvertOptions& options) {
  return Library().convert_file(from, to, spec_of(words), options);
}

Result<Plan> plan(const fs::path& from, const std::vector<std::string>& words) {
  auto reader = open_file(from);
  if (!reader) return reader.error();
  const Input input{reader->get(), from.filename().string()};
  return Library().plan(std::span(&input, 1), spec_of(words));
}

Report converted(const fs::path& from, const fs::path& to, const std::vector<std::string>& words,
                 const ConvertOptions& options) {
  auto report = convert(from, to, words, options);
  EXPECT_TRUE(report) << from << " -> " << to << ": " << report.error().message;
  if (!report) return {};
  EXPECT_EQ(report->outputs.size(), 1U);
  if (!report->outputs.empty()) {
    EXPECT_EQ(report->outputs[0].size, fs::file_size(to));
  }
  return *report;
}

std::string all_messages(const std::vector<Warning>& warnings) {
  std::string text;
  for (const auto& warning : warnings) text += warning.message + '\n';
  return text;
}

std::vector<std::string> packet_hashes(const fs::path& file) {
  const auto ran = run(fmt::format("ffmpeg -v quiet -i {} -map 0:a:0 -c copy -f framemd5 -", quoted(file)));
  std::vector<std::string> hashes;
  std::istringstream lines(ran.output);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    // stream, dts, pts, duration, size, hash; more fields if there is side data
    std::istringstream columns(line);
    std::string column;
    for (int i = 0; i < 6; ++i) std::getline(columns, column, ',');
    hashes.push_back(column);
  }
  return hashes;
}

void expect_error(const Error& error, Errc code) {
  EXPECT_EQ(to_string(error.code), to_string(code)) << error.message;
  EXPECT_GT(error.message.size(), 20U) << error.message;
  EXPECT_TRUE(error.message.ends_with('.')) << error.message;
  EXPECT_THAT(error.message, testing::Not(testing::HasSubstr(fs::temp_directory_path().string() + "/")));
}

}  // namespace convert::test
