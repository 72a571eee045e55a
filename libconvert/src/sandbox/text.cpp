// SPDX-License-Identifier: MIT
#include "sandbox/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "io/utf8.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kSentence = std::size_t{16} << 10;

}  // namespace

std::string repaired(std::string text) {
  if (io::is_utf8(text)) return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view good = io::utf8_prefix(rest);
    result += good;
    rest.remove_prefix(good.size());
    if (rest.empty()) break;
    result += "\xEF\xBF\xBD";
    rest.remove_prefix(1);
  }
  return result;
}

std::string one_sentence(std::string text) {
  text = repaired(std::move(text));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }, ' ');
  if (text.size() > kSentence) {
    text.resize(io::utf8_prefix(text, kSentence).size());
  }
  return text;
}

}  // namespace convert::sandbox
