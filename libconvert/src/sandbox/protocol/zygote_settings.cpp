// SPDX-License-Identifier: MIT
#include "sandbox/protocol/zygote_settings.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace convert::sandbox {
namespace {

/// The fields in order, as numbers.
std::array<std::uint64_t, 5> fields_of(const ZygoteSettings& settings) {
  return {settings.memory_bytes, settings.cpu_seconds, settings.file_bytes, settings.descriptors,
          settings.unconfined ? 1u : 0u};
}

constexpr std::string_view kSettingsPrefix = "zygote:";

}  // namespace

std::string to_argument(const ZygoteSettings& settings) {
  return fmt::format("{}{}", kSettingsPrefix, fmt::join(fields_of(settings), ":"));
}

std::optional<ZygoteSettings> parse_settings(std::string_view word) {
  if (!word.starts_with(kSettingsPrefix)) return {};
  word.remove_prefix(kSettingsPrefix.size());
  std::array<std::uint64_t, 5> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), numbers[i]);
    if (failure != std::errc()) return {};
    word.remove_prefix(static_cast<std::size_t>(end - word.data()));
    const bool last = i + 1 == numbers.size();
    if (last ? !word.empty() : !word.starts_with(':')) return {};
    if (!last) word.remove_prefix(1);
  }
  if (numbers[3] > 1'000'000 || numbers[4] > 1) return {};
  return ZygoteSettings{numbers[0], numbers[1], numbers[2], static_cast<std::uint32_t>(numbers[3]),
                        numbers[4] == 1};
}

}  // namespace convert::sandbox
