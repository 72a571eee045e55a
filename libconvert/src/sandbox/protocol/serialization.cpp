// SPDX-License-Identifier: MIT
#include "sandbox/protocol/serialization.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/utf8.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{16} << 10;

}  // namespace

std::string one_line_text(std::string text) {
  text = base::repair_utf8(std::move(text));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }, ' ');
  if (text.size() > kMaxLineBytes) {
    text.resize(base::utf8_prefix(text, kMaxLineBytes).size());
  }
  return text;
}

}  // namespace convert::sandbox
