// SPDX-License-Identifier: MIT
#include "media/metadata/replay_gain.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace convert::media {
namespace {

constexpr double kReferenceDistance = 5;  // dB: -18 LUFS against -23

template <class Number>
std::optional<Number> leading_number(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return {};
  return value;
}

}  // namespace

std::optional<std::string> r128_gain(std::string_view replay_gain) {
  const auto gain = leading_number<double>(replay_gain);
  if (!gain || !std::isfinite(*gain)) return {};
  const double value = std::round((*gain - kReferenceDistance) * 256);
  if (value < -32768 || value > 32767) return {};
  return fmt::format("{}", static_cast<int>(value));
}

std::optional<std::string> replay_gain(std::string_view r128) {
  const auto value = leading_number<int>(r128);
  if (!value || *value < -32768 || *value > 32767) return {};
  return fmt::format("{:.2f} dB", *value / 256.0 + kReferenceDistance);
}

}  // namespace convert::media
