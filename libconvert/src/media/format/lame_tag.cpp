// SPDX-License-Identifier: MIT
#include "media/format/lame_tag.hpp"

#include <string_view>

namespace convert::media {
namespace {

std::uint32_t read_big_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t count) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

}  // namespace

std::optional<std::int64_t> lame_sample_count(std::span<const std::byte> first_frame) noexcept {
  constexpr std::size_t kNeeded = 36 + 8 + 4 + 4 + 100 + 4 + 24;
  if (first_frame.size() < kNeeded) return {};
  const std::uint32_t header = read_big_endian(first_frame, 0, 4);
  const bool layer3 = header >> 21U == 0x7FFU && (header >> 17U & 3U) == 1U;
  if (!layer3) return {};
  const bool mpeg1 = (header >> 19U & 3U) == 3U;
  const bool mono = (header >> 6U & 3U) == 3U;
  std::size_t at = 4 + (mpeg1 ? (mono ? 17U : 32U) : (mono ? 9U : 17U));
  const std::string_view text(reinterpret_cast<const char*>(first_frame.data()), first_frame.size());
  if (const auto mark = text.substr(at, 4); mark != "Xing" && mark != "Info") return {};
  const std::uint32_t flags = read_big_endian(first_frame, at + 4, 4);
  constexpr std::uint32_t kFrames = 1;
  if ((flags & kFrames) == 0) return {};
  const std::int64_t frames = read_big_endian(first_frame, at + 8, 4);
  at += 12 + ((flags & 2U) != 0 ? 4U : 0U) + ((flags & 4U) != 0 ? 100U : 0U) + ((flags & 8U) != 0 ? 4U : 0U);
  if (first_frame[at] == std::byte{0}) return {};  // no encoder's name: the rest was never written
  constexpr std::size_t kDelaysAt = 21;
  const std::uint32_t delays = read_big_endian(first_frame, at + kDelaysAt, 3);
  const std::int64_t samples = frames * (mpeg1 ? 1152 : 576) - (delays >> 12U) - (delays & 0xFFFU);
  return samples > 0 ? std::optional(samples) : std::nullopt;
}

}  // namespace convert::media
