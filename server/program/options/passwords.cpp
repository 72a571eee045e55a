// SPDX-License-Identifier: MIT
#include "options/passwords.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace convertd {
namespace {

using std::string_view;

constexpr string_view kMask = "***";
constexpr string_view kEndOfUri = " \t\r\n\"'<>";

/// A part of a text: its first position and the one after its last.
using TextRange = std::pair<std::size_t, std::size_t>;

/// The password in the URI whose authority starts at `start`. Empty if there is none.
TextRange password_in_authority(string_view text, std::size_t start, bool tolerant) {
  const auto end_of_uri = std::min(text.find_first_of(kEndOfUri, start), text.size());
  const auto end = std::min(text.find_first_of("/?#", start), end_of_uri);
  auto at = text.substr(start, end - start).rfind('@');
  // A "/" or "?" in a password has to be percent-encoded. Where it is not, hide more rather than less.
  if (at == string_view::npos && tolerant) at = text.substr(start, end_of_uri - start).rfind('@');
  if (at == string_view::npos) return {start, start};
  const auto colon = text.substr(start, at).find(':');
  if (colon == string_view::npos) return {start, start};
  return {start + colon + 1, start + at};
}

bool is_database_scheme(string_view before) {
  return before.ends_with("postgresql") || before.ends_with("postgres");
}

/// The value of a parameter that starts at `start`.
TextRange parameter_value(string_view text, std::size_t start) {
  if (start < text.size() && text[start] == '\'') {
    return {start + 1, std::min(text.find('\'', start + 1), text.size())};
  }
  return {start, std::min({text.find_first_of(kEndOfUri, start), text.find('&', start), text.size()})};
}

}  // namespace

std::string mask_passwords(string_view text) {
  constexpr string_view kAuthority = "://";
  constexpr string_view kParameter = "password=";
  std::string masked;
  std::size_t copied = 0;
  const auto hide = [&](TextRange range) {
    if (range.first >= range.second || range.first < copied) return;
    masked.append(text.substr(copied, range.first - copied)).append(kMask);
    copied = range.second;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto authority = text.find(kAuthority, at);
    const auto parameter = text.find(kParameter, at);
    const auto next = std::min(authority, parameter);
    if (next == string_view::npos) break;
    if (next == authority) {
      at = authority + kAuthority.size();
      hide(password_in_authority(text, at, is_database_scheme(text.substr(0, authority))));
    } else {
      at = parameter + kParameter.size();
      hide(parameter_value(text, at));
    }
    at = std::max(at, copied);
  }
  return masked.append(text.substr(copied));
}

bool has_password(string_view uri) { return mask_passwords(uri) != uri; }

}  // namespace convertd
