// SPDX-License-Identifier: MIT
#include "accounts/account_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "base/utf8.hpp"

namespace convert::server::accounts {
namespace {

constexpr std::size_t kMaxNameLength = 64;
constexpr std::size_t kMaxEmailLength = 254;     // RFC 5321, 4.5.3.1.3, less the brackets
constexpr std::size_t kMaxLocalPartLength = 64;  // RFC 5321, 4.5.3.1.1
constexpr std::size_t kMaxLabelLength = 63;      // RFC 1035, 2.3.4
constexpr std::size_t kMaxLanguageLength = 35;   // RFC 5646, 4.4.1
constexpr std::size_t kMaxPasswordBytes = 1024;  // bytes

Error invalid_account_field(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_lower(c) || is_upper(c); }

template <class Is>
bool all_characters(std::string_view text, Is is) {
  return std::all_of(text.begin(), text.end(), is);
}
template <class Is>
bool any_character(std::string_view text, Is is) {
  return std::any_of(text.begin(), text.end(), is);
}

/// Control characters, and characters that make two names look alike: zero-width and bidirectional ones.
bool is_hidden(char32_t c) {
  using Range = std::pair<char32_t, char32_t>;
  constexpr std::array<Range, 9> kHidden = {
      Range{0x00, 0x1F},     Range{0x7F, 0x9F},     Range{0xAD, 0xAD},
      Range{0x061C, 0x061C}, Range{0x180E, 0x180E}, Range{0x200B, 0x200F},
      Range{0x2028, 0x202E}, Range{0x2060, 0x206F}, Range{0xFEFF, 0xFEFF}};
  return std::any_of(kHidden.begin(), kHidden.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.second; });
}

bool is_space(char32_t c) {
  return c == 0x20 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

/// The code points of a text. Empty if it is not UTF-8 (RFC 3629: no surrogates, no overlong forms).
std::optional<std::vector<char32_t>> code_points_of(std::string_view text) {
  std::vector<char32_t> characters;
  if (!base::is_utf8(text)) return {};
  while (!text.empty()) characters.push_back(base::take_code_point(text));
  return characters;
}

Result<void> validate_label(std::string_view name, std::string_view what) {
  const auto characters = code_points_of(name);
  if (!characters) return invalid_account_field(fmt::format("{} must be UTF-8.", what));
  if (characters->empty() || characters->size() > kMaxNameLength) {
    return invalid_account_field(fmt::format("{} must have 1 to {} characters.", what, kMaxNameLength));
  }
  if (std::any_of(characters->begin(), characters->end(), is_hidden)) {
    return invalid_account_field(
        fmt::format("{} must not contain control characters or invisible characters.", what));
  }
  if (is_space(characters->front()) || is_space(characters->back())) {
    return invalid_account_field(fmt::format("{} must not start or end with a space.", what));
  }
  return {};
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// RFC 5322's atext.
bool is_atom(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return !text.empty() && all_characters(text, [=](char c) {
    return is_letter(c) || is_digit(c) || kMarks.find(c) != kMarks.npos;
  });
}

bool is_host_label(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabelLength && text.front() != '-' && text.back() != '-' &&
         all_characters(text, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

bool is_email(std::string_view email) {
  const std::size_t at = email.find('@');
  if (at == email.npos || at > kMaxLocalPartLength || email.size() > kMaxEmailLength) return false;
  const auto atoms = split(email.substr(0, at), '.');
  const auto labels = split(email.substr(at + 1), '.');
  return all_of(atoms.begin(), atoms.end(), is_atom) && labels.size() >= 2 &&
         all_of(labels.begin(), labels.end(), is_host_label) && !all_characters(labels.back(), is_digit);
}

/// The character classes that the policy requires and the password lacks, for a message.
std::string missing_classes(std::string_view password, const PasswordPolicy& policy) {
  std::string missing;
  const auto require = [&](bool required, bool present, std::string_view what) {
    if (!required || present) return;
    if (!missing.empty()) missing += ", ";
    missing += what;
  };
  require(policy.require_lower, any_character(password, is_lower), "a lower-case letter");
  require(policy.require_upper, any_character(password, is_upper), "an upper-case letter");
  require(policy.require_digit, any_character(password, is_digit), "a digit");
  require(policy.require_symbol,
          any_character(password, [](char c) { return !is_letter(c) && !is_digit(c); }),
          "a character that is neither a letter nor a digit");
  return missing;
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

Result<void> validate_user_name(std::string_view name) {
  CONVERT_TRY(validate_label(name, "The name"));
  if (name.find('@') != name.npos) return invalid_account_field("The name must not contain \"@\".");
  return {};
}

Result<void> validate_key_name(std::string_view name) { return validate_label(name, "The key name"); }

Result<std::string> normalize_email(std::string_view email) {
  if (!is_email(email)) return invalid_account_field("Invalid e-mail address. Example: name@example.org.");
  return fold_case(email);
}

Result<void> validate_password(std::string_view password, const PasswordPolicy& policy) {
  if (password.size() > kMaxPasswordBytes) {
    return invalid_account_field(fmt::format("The password must have at most {} bytes.", kMaxPasswordBytes));
  }
  const auto characters = code_points_of(password);
  if (!characters) return invalid_account_field("The password must be UTF-8.");
  if (characters->size() < policy.min_length || characters->empty()) {
    return invalid_account_field(fmt::format("The password must have at least {} characters.",
                                             std::max<std::size_t>(policy.min_length, 1)));
  }
  const auto missing = missing_classes(password, policy);
  if (!missing.empty()) return invalid_account_field(fmt::format("The password must contain: {}.", missing));
  return {};
}

Result<void> validate_language(std::string_view language) {
  if (language.empty()) return {};
  const auto subtags = split(language, '-');
  const bool valid = language.size() <= kMaxLanguageLength && all_characters(subtags.front(), is_letter) &&
                     subtags.front().size() >= 2 &&
                     std::all_of(subtags.begin(), subtags.end(), [](std::string_view tag) {
                       return !tag.empty() && tag.size() <= 8 &&
                              all_characters(tag, [](char c) { return is_letter(c) || is_digit(c); });
                     });
  if (!valid) return invalid_account_field("Invalid language tag. Examples: \"de\", \"pt-BR\".");
  return {};
}

}  // namespace convert::server::accounts
