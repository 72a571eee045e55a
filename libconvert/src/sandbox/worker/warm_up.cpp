// SPDX-License-Identifier: MIT
#include "sandbox/worker/warm_up.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace convert::sandbox {
namespace {

/// Encodings of names in archives and of tags in old files.
constexpr const char* kPreloadedCharacterSets[] = {
    "CP437",    "CP850",    "CP866",      "CP932",      "CP936",       "CP949",     "CP950",  "CP1250",
    "CP1251",   "CP1252",   "CP1253",     "CP1254",     "CP1255",      "CP1256",    "CP1257", "CP1258",
    "EUC-JP",   "EUC-KR",   "GB18030",    "GBK",        "BIG5",        "KOI8-R",    "KOI8-U", "UTF-16",
    "UTF-16LE", "UTF-16BE", "ISO-8859-1", "ISO-8859-2", "ISO-8859-15", "SHIFT_JIS",
};

class CharacterSet {
 public:
  explicit CharacterSet(const char* name) : handle_(::iconv_open("UTF-8", name)) {}
  CharacterSet(CharacterSet&& other) noexcept : handle_(std::exchange(other.handle_, kNone)) {}
  CharacterSet& operator=(CharacterSet&&) = delete;
  ~CharacterSet() {
    if (handle_ != kNone) ::iconv_close(handle_);
  }

 private:
  // POSIX defines this value of iconv_open() for a failure.
  inline static const iconv_t kNone = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr)
  iconv_t handle_;
};

void append(std::vector<std::byte>& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void append(std::vector<std::byte>& bytes, const char* text) {
  const auto part = std::as_bytes(std::span(text, std::strlen(text)));
  bytes.insert(bytes.end(), part.begin(), part.end());
}

/// A WAV file with a tone of 0.1 s.
std::vector<std::byte> tone_wav() {
  constexpr std::uint64_t kRate = 44'100, kFrames = kRate / 10, kChannels = 2,
                          kBytes = kFrames * kChannels * 2;
  std::vector<std::byte> wav;
  append(wav, "RIFF");
  append(wav, 36 + kBytes, 4);
  append(wav, "WAVEfmt ");
  append(wav, 16, 4);
  append(wav, 1, 2);
  append(wav, kChannels, 2);
  append(wav, kRate, 4);
  append(wav, kRate * kChannels * 2, 4);
  append(wav, kChannels * 2, 2);
  append(wav, 16, 2);
  append(wav, "data");
  append(wav, kBytes, 4);
  for (std::uint64_t frame = 0; frame < kFrames; ++frame) {
    const double phase = 2 * std::numbers::pi * 440 * static_cast<double>(frame) / kRate;
    const auto sample = static_cast<std::int16_t>(std::lround(8'000 * std::sin(phase)));
    for (std::uint64_t channel = 0; channel < kChannels; ++channel) {
      append(wav, static_cast<std::uint16_t>(sample), 2);
    }
  }
  return wav;
}

/// Converts the tone. Empty if that fails: a call for that conversion reports why.
std::vector<std::byte> converted(const Library& library, std::span<const std::byte> from,
                                 std::string_view format) {
  std::vector<std::byte> bytes;
  const auto reader = memory_reader(from);
  const Input input{reader.get(), "tone.wav"};
  const auto output = single_output(memory_writer(bytes));
  OutputSpec spec;
  spec.format = format;
  ConvertOptions options;
  options.temporary_folder = ".";
  options.threads = 1;  // the zygote must have a single thread when it forks
  if (!library.convert(std::span(&input, 1), *output, spec, options)) return {};
  return bytes;
}

void convert_to_every_format(const Library& library) {
  const auto wav = tone_wav();
  for (const Format& format : library.formats()) {
    const bool preloaded = format.family == Family::audio || format.family == Family::archive;
    if (!format.writable || !preloaded) continue;
    const auto there = converted(library, wav, format.name);
    if (there.empty() || !format.readable) continue;
    (void)converted(library, there, format.family == Family::archive ? "tar" : "wav");
  }
}

}  // namespace

struct WarmUp::State {
  std::vector<CharacterSet> character_sets;
};

WarmUp::WarmUp(const Library& library) : state_(std::make_unique<State>()) {
  ::tzset();
  for (const char* name : kPreloadedCharacterSets) state_->character_sets.emplace_back(name);
  convert_to_every_format(library);
}

WarmUp::~WarmUp() = default;

}  // namespace convert::sandbox
