// SPDX-License-Identifier: MIT
#include "sandbox/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace convert::sandbox {
namespace {

constexpr std::size_t kSentence = std::size_t{16} << 10;

/// What a first byte says: how many bytes follow it, and within what the first of these lies.
struct Sequence {
  std::size_t following;
  std::uint8_t low;
  std::uint8_t high;
};

bool sequence_of(std::uint8_t first, Sequence& sequence) {
  if (first < 0x80)
    sequence = {0, 0, 0};
  else if (first >= 0xC2 && first <= 0xDF)
    sequence = {1, 0x80, 0xBF};
  else if (first == 0xE0)
    sequence = {2, 0xA0, 0xBF};
  else if (first == 0xED)
    sequence = {2, 0x80, 0x9F};
  else if (first >= 0xE1 && first <= 0xEF)
    sequence = {2, 0x80, 0xBF};
  else if (first == 0xF0)
    sequence = {3, 0x90, 0xBF};
  else if (first >= 0xF1 && first <= 0xF3)
    sequence = {3, 0x80, 0xBF};
  else if (first == 0xF4)
    sequence = {3, 0x80, 0x8F};
  else
    return false;
  return true;
}

/// How long the character at the begin of `text` is; 0: it is none.
std::size_t character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  Sequence sequence{};
  if (!sequence_of(byte(0), sequence) || text.size() <= sequence.following) return 0;
  for (std::size_t i = 1; i <= sequence.following; ++i) {
    const std::uint8_t low = i == 1 ? sequence.low : 0x80;
    const std::uint8_t high = i == 1 ? sequence.high : 0xBF;
    if (byte(i) < low || byte(i) > high) return 0;
  }
  return sequence.following + 1;
}

/// The first byte that is not UTF-8, or the end.
std::size_t first_fault(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = character(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace

bool is_utf8(std::string_view text) { return first_fault(text) == text.size(); }

std::string repaired(std::string text) {
  if (is_utf8(text)) return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t good = first_fault(rest);
    result += rest.substr(0, good);
    rest.remove_prefix(good);
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
    text.resize(kSentence);
    text.resize(first_fault(text));
  }
  return text;
}

}  // namespace convert::sandbox
