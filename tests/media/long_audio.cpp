// SPDX-License-Identifier: MIT
// long_audio SECONDS RATE CHANNELS OUTPUT [key=value...]: converts a WAV that is generated while it is read
// and prints the peak of its memory use in KiB. OUTPUT "-" discards the result; "|" discards it too, and
// neither input nor output can seek.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <numbers>

#include <convert/convert.hpp>

namespace {

using namespace convert;

/// An RF64 file of 16-bit chords with a little noise.
class LongWav : public Reader {
 public:
  LongWav(std::uint64_t seconds, std::uint32_t rate, std::uint16_t channels, bool seekable)
      : seekable_(seekable), data_size_(seconds * rate * channels * 2), header_(make_header(rate, channels)) {
    std::uint32_t random = 1;
    for (std::size_t i = 0; i < period_.size(); ++i) {
      random = random * 1'664'525 + 1'013'904'223;
      const double at = static_cast<double>(i) * 2 * std::numbers::pi / static_cast<double>(period_.size());
      const double value = 6000 * std::sin(400 * at) + 4000 * std::sin(1001 * at) + (random >> 22U);
      period_[i] = static_cast<std::int16_t>(value);
    }
  }
  std::optional<std::uint64_t> size() const override { return header_.size() + data_size_; }
  bool seekable() const override { return seekable_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset < header_.size()) {
      const auto count = std::min<std::size_t>(into.size(), header_.size() - offset);
      std::memcpy(into.data(), header_.data() + offset, count);
      return count;
    }
    const std::uint64_t at = offset - header_.size();
    const auto bytes = std::as_bytes(std::span(period_));
    const auto from = static_cast<std::size_t>(at % bytes.size());
    const auto count =
        std::min<std::uint64_t>({into.size(), bytes.size() - from, data_size_ - std::min(at, data_size_)});
    std::memcpy(into.data(), bytes.data() + from, count);
    return static_cast<std::size_t>(count);
  }

 private:
  std::string make_header(std::uint32_t rate, std::uint16_t channels) const {
    std::string text = "RF64\xFF\xFF\xFF\xFFWAVEds64";
    const auto put = [&](auto value) { text.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
    put(std::uint32_t{28});
    put(std::uint64_t{data_size_ + 72});
    put(data_size_);
    put(std::uint64_t{data_size_ / 2 / channels});
    put(std::uint32_t{0});
    text += "fmt ";
    put(std::uint32_t{16});
    put(std::uint16_t{1});
    put(channels);
    put(rate);
    put(std::uint32_t{rate * channels * 2});
    put(static_cast<std::uint16_t>(channels * 2));
    put(std::uint16_t{16});
    text += "data\xFF\xFF\xFF\xFF";
    return text;
  }

  bool seekable_;
  std::uint64_t data_size_;
  std::string header_;
  std::vector<std::int16_t> period_ = std::vector<std::int16_t>(44'100 * 4);
};

/// Discards its input.
class Nowhere : public Writer {
 public:
  explicit Nowhere(bool seekable) : seekable_(seekable) {}
  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t, std::span<const std::byte>) override { return {}; }
  Result<void> commit() override { return {}; }

 private:
  bool seekable_;
};

long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long value = 0;
    if (word == "VmHWM:" && status >> value) return value;
  }
  return -1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const std::vector<std::string> words(arguments + 5, arguments + count);
  const auto spec = parse_options(words);
  if (!spec) return 2;
  const std::string to = arguments[4];
  LongWav wav(std::strtoull(arguments[1], nullptr, 10),
              static_cast<std::uint32_t>(std::strtoul(arguments[2], nullptr, 10)),
              static_cast<std::uint16_t>(std::strtoul(arguments[3], nullptr, 10)), to != "|");
  const auto outputs =
      to == "-" || to == "|" ? single_output(std::make_unique<Nowhere>(to == "-")) : file_output(to);
  const Input input{&wav, "long.wav"};
  const auto report = Library().convert(std::span(&input, 1), *outputs, *spec);
  if (!report) {
    std::cerr << report.error().message << '\n';
    return 1;
  }
  std::cout << peak_memory() << '\n';
  return 0;
}
