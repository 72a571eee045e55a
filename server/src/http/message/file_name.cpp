// SPDX-License-Identifier: MIT
#include "http/message/file_name.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/utf8.hpp"
#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kMaxFileNameBytes = 255;  // limit of common file systems
constexpr std::size_t kMaxExtensionBytes = 32;

/// Control characters, bidirectional controls, line separators and the byte order mark, which can make a name
/// look like another one.
bool is_unsafe_character(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string strip_unsafe(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const char32_t character = base::take_code_point(text);
    if (!is_unsafe_character(character)) base::append_utf8(result, character == ':' ? U'_' : character);
  }
  return result;
}

std::string_view trim_file_name(std::string_view name) noexcept {
  const auto first = name.find_first_not_of(' ');
  if (first == name.npos) return {};
  const auto last = name.find_last_not_of(" .");
  return last == name.npos ? std::string_view{} : name.substr(first, last - first + 1);
}

/// Whether Windows treats the name as a device, whatever its extension.
bool is_device_name(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 4> devices{"con", "prn", "aux", "nul"};
  std::string_view base = name.substr(0, name.find('.'));
  base = base.substr(0, base.find_last_not_of(' ') + 1);
  const auto is = [base](std::string_view device) { return equals_ignore_case(base, device); };
  if (std::any_of(devices.begin(), devices.end(), is)) return true;
  const bool numbered =
      equals_ignore_case(base.substr(0, 3), "com") || equals_ignore_case(base.substr(0, 3), "lpt");
  return base.size() == 4 && numbered && base[3] >= '1' && base[3] <= '9';
}

std::string shorten_file_name(std::string_view name) {
  if (name.size() <= kMaxFileNameBytes) return std::string(name);
  const auto dot = name.rfind('.');
  std::string_view extension = dot == name.npos ? std::string_view{} : name.substr(dot);
  if (extension.size() > kMaxExtensionBytes) extension = {};
  const auto base =
      base::utf8_prefix(name.substr(0, name.size() - extension.size()), kMaxFileNameBytes - extension.size());
  std::string result(base);
  result += extension;
  return std::string(trim_file_name(result));
}

}  // namespace

Result<std::string> sanitize_file_name(std::string_view text) {
  if (!base::is_utf8(text) || text.find('\0') != text.npos) {
    return Error{Errc::invalid_argument, "Invalid file name: it must be UTF-8 without NUL characters.",
                 false};
  }
  if (const auto slash = text.find_last_of("/\\"); slash != text.npos) text.remove_prefix(slash + 1);
  const std::string safe = strip_unsafe(text);
  // Shortening comes first: its result may be empty or a device name.
  const std::string name = shorten_file_name(trim_file_name(safe));
  if (name.empty()) {
    return Error{Errc::invalid_argument, "Invalid file name: send one such as \"song.mp3\".", false};
  }
  return is_device_name(name) ? shorten_file_name("_" + name) : name;
}

bool has_base_and_extension(std::string_view name) noexcept {
  const auto dot = name.rfind('.');
  return dot != name.npos && dot + 1 < name.size() && name.find_first_not_of('.') < dot;
}

}  // namespace convert::server::http
