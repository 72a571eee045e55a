// SPDX-License-Identifier: MIT
// Library::probe of any bytes. The first byte selects whether the Reader can seek.
#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>

#include <convert/convert.hpp>

#include "fuzz_support.hpp"

namespace {

convert::ConvertOptions options() {
  convert::Limits limits;
  limits.wall_time = std::chrono::seconds(10);
  limits.metadata_bytes = 4U << 20U;
  convert::ConvertOptions result;
  result.limits = limits;
  return result;
}

/// The consumed bytes must be the first bytes of the input.
void check_consumed(const convert::MediaInfo& info, std::span<const std::byte> bytes) {
  if (info.consumed.size() > bytes.size()) convert::fuzz::fail("more bytes consumed than the input has");
  if (info.consumed.empty()) return;
  if (std::memcmp(info.consumed.data(), bytes.data(), info.consumed.size()) != 0) {
    convert::fuzz::fail("the consumed bytes are not the first bytes");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const convert::Library library;
  static const auto probe_options = options();
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const auto reader = convert::fuzz::make_reader(bytes, (data[0] & 1U) != 0);
  const auto info = library.probe(*reader, probe_options);
  if (!info) {
    convert::fuzz::check_refusal(info.error());
    return 0;
  }
  check_consumed(*info, bytes);
  if (convert::to_json(*info).empty()) convert::fuzz::fail("no JSON");
  return 0;
}
