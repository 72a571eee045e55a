// SPDX-License-Identifier: MIT
#include "engine/blob_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/crypto.hpp"

namespace convert::engine {
namespace {

constexpr std::size_t kRandomBytes = 16;

/// Removes a number and `separator` from the start of `text`.
std::optional<std::int64_t> take_number(std::string_view& text, std::string_view separator) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(separator)) return {};
  text.remove_prefix(separator.size());
  return number;
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

Key new_input_key() { return fmt::format("{}{}", kInputPrefix, random_hex(kRandomBytes)); }

bool is_input_key(std::string_view key) noexcept {
  if (!key.starts_with(kInputPrefix)) return false;
  key.remove_prefix(kInputPrefix.size());
  return key.size() == 2 * kRandomBytes && std::all_of(key.begin(), key.end(), is_hex_digit);
}

Key output_key(const Claim& claim, std::size_t number) {
  return fmt::format("{}{}-{}-{}", kOutputPrefix, claim.id, claim.token, number);
}

std::optional<Claim> parse_output_key(std::string_view key) {
  if (!key.starts_with(kOutputPrefix)) return {};
  key.remove_prefix(kOutputPrefix.size());
  const auto id = take_number(key, "-");
  const auto token = take_number(key, "-");
  if (!id || !token) return {};
  return Claim{*id, *token};
}

}  // namespace convert::engine
