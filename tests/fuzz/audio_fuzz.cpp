// SPDX-License-Identifier: MIT
// Library::convert of any bytes to audio. The first byte selects the output format and whether the Reader can
// seek.
#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <convert/convert.hpp>

#include "fuzz_support.hpp"

namespace {

constexpr std::array<std::string_view, 4> kFormats = {"wav", "mp3", "flac", "m4a"};

convert::ConvertOptions options() {
  convert::Limits limits;
  limits.duration = std::chrono::seconds(30);
  limits.output_bytes = 8U << 20U;
  limits.wall_time = std::chrono::seconds(10);
  limits.metadata_bytes = 4U << 20U;
  convert::ConvertOptions result;
  result.limits = limits;
  result.threads = 1;
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const convert::Library library;
  static const auto convert_options = options();
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const auto reader = convert::fuzz::make_reader(bytes, (data[0] & 4U) != 0);
  const std::array<convert::Input, 1> inputs = {convert::Input{reader.get(), "input"}};
  convert::OutputSpec spec;
  spec.format = kFormats[data[0] & 3U];
  std::vector<std::byte> written;
  const auto outputs = convert::single_output(convert::memory_writer(written));
  const auto report = library.convert(inputs, *outputs, spec, convert_options);
  if (report) {
    if (written.empty()) convert::fuzz::fail("a success without output");
    if (convert::to_json(*report).empty()) convert::fuzz::fail("no JSON");
    return 0;
  }
  convert::fuzz::check_refusal(report.error());
  if (!written.empty()) convert::fuzz::fail("a failed conversion left an output");
  return 0;
}
