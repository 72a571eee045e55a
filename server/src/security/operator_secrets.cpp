// SPDX-License-Identifier: MIT
#include "security/operator_secrets.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "security/crypto.hpp"
#include "security/key_ring.hpp"
#include "security/private_file.hpp"

namespace convert::server::security {
namespace {

constexpr std::string_view kStagedMark = "# staged: accepted, does not sign yet";
constexpr std::size_t kNewSecretBytes = 48;  // 64 characters of base64url

bool is_secret_line(std::string_view line) { return !line.empty() && !line.starts_with('#'); }

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text.append(line).append("\n");
  return text;
}

/// The lines of a valid text.
Result<std::vector<std::string>> checked_lines(std::string_view text, std::string_view source) {
  CONVERT_TRY(parse_operator_secrets(text, source));
  return lines_of(text);
}

auto find_mark(std::vector<std::string>& lines) {
  return std::find(lines.begin(), lines.end(), std::string(kStagedMark));
}

Error wrong_step(std::string message) { return {Errc::conflict, std::move(message)}; }

}  // namespace

Result<std::vector<Secret>> parse_operator_secrets(std::string_view text, std::string_view source) {
  std::vector<Secret> secrets;
  for (auto& line : lines_of(text)) {
    if (!is_secret_line(line)) continue;
    // The id is the same in every process. It reveals no more of the secret than a signature does.
    auto id = base64url_encode(blake2b(line)).substr(0, 12);
    secrets.push_back({std::move(id), std::move(line), Time{}});
  }
  // The first one signs, so it is the newest.
  for (std::size_t n = 0; n < secrets.size(); ++n)
    secrets[n].valid_from = Time(std::chrono::milliseconds(secrets.size() - 1 - n));
  if (const auto ring = KeyRing::make(secrets); !ring) {
    return Error{ring.error().code, fmt::format("{} ({})", ring.error().message, source)};
  }
  return secrets;
}

Result<std::vector<Secret>> parse_secrets_variable(std::string_view text, std::string_view source) {
  std::string lines(text);
  std::replace_if(
      lines.begin(), lines.end(), [](char c) { return c == ',' || c == ' ' || c == '\t'; }, '\n');
  return parse_operator_secrets(lines, source);
}

Result<std::vector<Secret>> read_operator_secrets(const std::filesystem::path& file) {
  CONVERT_TRY_ASSIGN(const auto descriptor, open_private_file(file, S_IRWXO));
  CONVERT_TRY_ASSIGN(const auto text, read_private_text(descriptor, file));
  return parse_operator_secrets(text, file.string());
}

Result<std::string> stage_secret(std::string_view text, std::string_view source) {
  CONVERT_TRY_ASSIGN(auto lines, checked_lines(text, source));
  if (find_mark(lines) != lines.end()) {
    return wrong_step(fmt::format(
        "{} has a staged secret already. Activate it when every host has read it, or remove it.", source));
  }
  lines.emplace_back(kStagedMark);
  lines.push_back(base64url_encode(random_bytes(kNewSecretBytes)));
  return joined(lines);
}

Result<std::string> activate_secret(std::string_view text, std::string_view source) {
  CONVERT_TRY_ASSIGN(auto lines, checked_lines(text, source));
  const auto mark = find_mark(lines);
  const auto staged = std::find_if(mark, lines.end(), is_secret_line);
  if (staged == lines.end())
    return wrong_step(fmt::format("{} has no staged secret. Stage one first.", source));
  auto secret = std::move(*staged);
  lines.erase(staged);
  lines.erase(mark);
  lines.insert(std::find_if(lines.begin(), lines.end(), is_secret_line), std::move(secret));
  return joined(lines);
}

Result<std::string> retire_secrets(std::string_view text, std::string_view source) {
  CONVERT_TRY_ASSIGN(auto lines, checked_lines(text, source));
  if (find_mark(lines) != lines.end()) {
    return wrong_step(fmt::format("{} has a staged secret. Activate it first, or remove it.", source));
  }
  const auto first = std::find_if(lines.begin(), lines.end(), is_secret_line);
  const auto retired = std::remove_if(first + 1, lines.end(), is_secret_line);
  if (retired == lines.end()) return wrong_step(fmt::format("{} has no old secret.", source));
  lines.erase(retired, lines.end());
  return joined(lines);
}

Result<void> change_operator_secrets(const std::filesystem::path& file,
                                     Result<std::string> (*change)(std::string_view text,
                                                                   std::string_view source)) {
  CONVERT_TRY_ASSIGN(const auto locked, lock_private_file(file, S_IRWXO));
  CONVERT_TRY_ASSIGN(const auto text, read_private_text(locked, file));
  CONVERT_TRY_ASSIGN(const auto changed, change(text, file.string()));
  struct stat status {};
  if (::fstat(locked.get(), &status) != 0) {
    return base::system_error(errno, fmt::format("Cannot read the secrets file {}", file.string()));
  }
  return replace_private_file(file, changed, status.st_mode & 0770U);
}

}  // namespace convert::server::security
