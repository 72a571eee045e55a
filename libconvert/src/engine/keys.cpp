// SPDX-License-Identifier: MIT
#include "engine/keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/random.hpp"

namespace convert::engine {
namespace {

constexpr std::size_t kRandomBytes = 16;

bool is_hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

Key new_input_key() { return fmt::format("{}{}", kInputs, random_hex(kRandomBytes)); }

bool is_input_key(std::string_view key) noexcept {
  if (!key.starts_with(kInputs)) return false;
  key.remove_prefix(kInputs.size());
  return key.size() == 2 * kRandomBytes && std::all_of(key.begin(), key.end(), is_hexadecimal);
}

Key output_key(const Claim& claim, std::size_t number) {
  return fmt::format("{}{}-{}-{}", kOutputs, claim.id, claim.token, number);
}

}  // namespace convert::engine
