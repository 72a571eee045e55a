// SPDX-License-Identifier: MIT
#include "security/secrets_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "security/crypto.hpp"
#include "security/key_ring.hpp"
#include "security/private_file.hpp"

namespace convert::server::security {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr unsigned kSecretsFileMode = 0600;
constexpr std::chrono::minutes kActivationDelay(1);
constexpr std::string_view kHeading =
    "# Secrets of convertd: ID SECRET FROM (ms since 1970). Anyone who can read them can log in as any "
    "user.\n";

Error bad_line(const fs::path& file, std::size_t number, std::string_view why) {
  return {Errc::invalid_argument,
          fmt::format(
              "The secrets file {} is damaged: line {} {}. Restore the file, or delete it: then all users "
              "must log in again.",
              file.string(), number, why)};
}

/// Removes the text up to `mark` from the front of `rest`, and returns it.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t end = rest.find(mark);
  const auto part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return part;
}

std::optional<Secret> parse_secret_line(std::string_view line) {
  const auto id = take_until(line, ' ');
  const auto bytes = base64url_decode(take_until(line, ' '));
  std::int64_t from = 0;
  const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), from);
  if (!bytes || line.empty() || failure != std::errc() || end != line.data() + line.size()) return {};
  return Secret{std::string(id), *bytes, Time(milliseconds(from))};
}

/// Checks that the secrets form a valid KeyRing.
Result<std::vector<Secret>> validated(std::vector<Secret> secrets, const fs::path& file) {
  if (const auto ring = KeyRing::make(secrets); !ring) {
    return Error{ring.error().code, fmt::format("{} ({})", ring.error().message, file.string())};
  }
  return secrets;
}

/// Removes secrets that cannot have signed an unexpired token. A secret signs until the next one becomes
/// valid, and those tokens expire `token_ttl` later.
std::vector<Secret> without_expired(std::vector<Secret> secrets, std::chrono::seconds token_ttl, Time now) {
  std::stable_sort(secrets.begin(), secrets.end(),
                   [](const Secret& one, const Secret& other) { return one.valid_from < other.valid_from; });
  std::size_t expired = 0;
  while (expired + 1 < secrets.size() && secrets[expired + 1].valid_from + token_ttl <= now) ++expired;
  secrets.erase(secrets.begin(), secrets.begin() + static_cast<std::ptrdiff_t>(expired));
  return secrets;
}

Result<std::vector<Secret>> parse_secrets_file(std::string_view text, const fs::path& file) {
  std::vector<Secret> secrets;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = take_until(text, '\n');
    if (line.empty() || line.starts_with('#')) continue;
    auto secret = parse_secret_line(line);
    if (!secret) return bad_line(file, number, "does not have the form \"ID SECRET FROM\"");
    secrets.push_back(std::move(*secret));
  }
  return validated(std::move(secrets), file);
}

std::string format_secrets(const std::vector<Secret>& secrets) {
  std::string text(kHeading);
  for (const Secret& secret : secrets) {
    text += fmt::format("{} {} {}\n", secret.id, base64url_encode(secret.bytes),
                        secret.valid_from.time_since_epoch().count());
  }
  return text;
}

}  // namespace

Result<std::vector<Secret>> read_secrets_file(const fs::path& file, std::chrono::seconds token_ttl,
                                              Time now) {
  CONVERT_TRY_ASSIGN(const auto descriptor, open_private_file(file, S_IRWXG | S_IRWXO));
  CONVERT_TRY_ASSIGN(const auto text, read_private_text(descriptor, file));
  CONVERT_TRY_ASSIGN(auto secrets, parse_secrets_file(text, file));
  return without_expired(std::move(secrets), token_ttl, now);
}

Result<std::vector<Secret>> open_or_create_secrets_file(const fs::path& file, std::chrono::seconds token_ttl,
                                                        Time now) {
  auto existing = read_secrets_file(file, token_ttl, now);
  if (existing || existing.error().code != Errc::not_found) return existing;
  CONVERT_TRY(create_private_file(file, format_secrets({make_secret(now)})));
  return read_secrets_file(file, token_ttl, now);
}

Result<std::vector<Secret>> rotate_secrets_file(const fs::path& file, std::chrono::seconds token_ttl,
                                                Time now) {
  CONVERT_TRY_ASSIGN(const auto locked, lock_private_file(file, S_IRWXG | S_IRWXO));
  CONVERT_TRY_ASSIGN(auto secrets, read_secrets_file(file, token_ttl, now));
  secrets.push_back(make_secret(now + kActivationDelay));
  CONVERT_TRY(replace_private_file(file, format_secrets(secrets), kSecretsFileMode));
  return secrets;
}

}  // namespace convert::server::security
