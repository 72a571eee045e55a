// SPDX-License-Identifier: MIT
#include "sandbox/protocol/text.hpp"

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

std::string repair_utf8(std::string text) {
  if (base::is_utf8(text)) return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view good = base::utf8_prefix(rest);
    result += good;
    rest.remove_prefix(good.size());
    if (rest.empty()) break;
    result += "\xEF\xBF\xBD";
    rest.remove_prefix(1);
  }
  return result;
}

std::string one_line_text(std::string text) {
  text = repair_utf8(std::move(text));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }, ' ');
  if (text.size() > kMaxLineBytes) {
    text.resize(base::utf8_prefix(text, kMaxLineBytes).size());
  }
  return text;
}

}  // namespace convert::sandbox
