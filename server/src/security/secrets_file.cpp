// SPDX-License-Identifier: MIT
#include "security/secrets_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "security/crypto.hpp"
#include "security/key_ring.hpp"

namespace convert::server::security {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr unsigned kOwnerOnly = 0600;
constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::chrono::minutes kActivationDelay(1);
constexpr std::string_view kHeading =
    "# Secrets of convertd: ID SECRET FROM (ms since 1970). Anyone who can read them can log in as any "
    "user.\n";

Error file_error(int code, std::string_view what, const fs::path& file) {
  return base::system_error(code, fmt::format("Cannot {} the secrets file {}", what, file.string()));
}

Error bad_line(const fs::path& file, std::size_t number, std::string_view why) {
  return {Errc::invalid_argument,
          fmt::format(
              "The secrets file {} is damaged: line {} {}. Restore the file, or delete it: then all users "
              "must log in again.",
              file.string(), number, why)};
}

/// Opens the file for reading. Fails with `forbidden` if its mode has a bit of `forbidden_mode`.
Result<base::Descriptor> open_secret(const fs::path& file, unsigned forbidden_mode) {
  base::Descriptor descriptor = base::open_path(file, O_RDONLY | O_CLOEXEC);
  if (!descriptor && errno == ENOENT) {
    return Error{Errc::not_found, fmt::format("The secrets file {} does not exist.", file.string())};
  }
  if (!descriptor) return file_error(errno, "open", file);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return file_error(errno, "read", file);
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid_argument, fmt::format("{} is not a regular file.", file.string())};
  }
  if ((status.st_mode & forbidden_mode) != 0) {
    return Error{
        Errc::forbidden,
        fmt::format("Other users can read the secrets file {0}. Restrict it to its owner: chmod 600 {0}. "
                    "If the secrets may have leaked, rotate them.",
                    file.string())};
  }
  return descriptor;
}

Result<std::string> read_text(const base::Descriptor& descriptor, const fs::path& file) {
  std::string text(kMaxFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto rest = std::as_writable_bytes(std::span(text).subspan(size));
    CONVERT_TRY_ASSIGN(const auto count, base::read_some(descriptor.get(), rest));
    if (count == 0) break;
    size += count;
  }
  if (size > kMaxFileBytes) {
    return Error{Errc::invalid_argument, fmt::format("{} is too large for a secrets file.", file.string())};
  }
  text.resize(size);
  return text;
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

/// A complete file with a temporary name in the same folder. The destructor removes it.
class TemporarySecretsFile {
 public:
  static Result<TemporarySecretsFile> write(const fs::path& beside, const std::string& text) {
    TemporarySecretsFile made(beside.parent_path() / fmt::format(".secrets-{}", random_id(16)));
    auto descriptor = base::open_path(made.path_, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
    if (!descriptor) return file_error(errno, "make", beside);
    CONVERT_TRY(base::write_all(descriptor.get(), std::as_bytes(std::span(text))));
    if (::fsync(descriptor.get()) != 0) return file_error(errno, "write", beside);
    return made;
  }
  TemporarySecretsFile(TemporarySecretsFile&& other) noexcept
      : path_(std::exchange(other.path_, fs::path())) {}
  TemporarySecretsFile& operator=(TemporarySecretsFile&&) = delete;
  ~TemporarySecretsFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporarySecretsFile(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// Flushes the folder, so that the new name survives a loss of power.
Result<void> sync_parent_folder(const fs::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto descriptor = base::open_path(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!descriptor || ::fsync(descriptor.get()) != 0) return file_error(errno, "keep", file);
  return {};
}

/// False if another process created the file first.
Result<bool> create_secrets_file(const fs::path& file, const std::vector<Secret>& secrets) {
  CONVERT_TRY_ASSIGN(const auto made, TemporarySecretsFile::write(file, format_secrets(secrets)));
  if (::link(made.path().c_str(), file.c_str()) != 0) {
    if (errno == EEXIST) return false;
    return file_error(errno, "make", file);
  }
  CONVERT_TRY(sync_parent_folder(file));
  return true;
}

Result<void> replace_secrets_file(const fs::path& file, const std::vector<Secret>& secrets) {
  CONVERT_TRY_ASSIGN(const auto made, TemporarySecretsFile::write(file, format_secrets(secrets)));
  if (::rename(made.path().c_str(), file.c_str()) != 0) return file_error(errno, "replace", file);
  return sync_parent_folder(file);
}

/// Whether the name still refers to the open file.
bool is_same_file(const base::Descriptor& descriptor, const fs::path& file) {
  struct stat open {};
  struct stat named {};
  return ::fstat(descriptor.get(), &open) == 0 && ::stat(file.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

}  // namespace

Result<std::vector<Secret>> read_secrets_file(const fs::path& file, std::chrono::seconds token_ttl,
                                              Time now) {
  CONVERT_TRY_ASSIGN(const auto descriptor, open_secret(file, S_IRWXG | S_IRWXO));
  CONVERT_TRY_ASSIGN(const auto text, read_text(descriptor, file));
  auto secrets = parse_secrets_file(text, file);
  if (!secrets) return secrets;
  return without_expired(std::move(*secrets), token_ttl, now);
}

Result<std::vector<Secret>> open_or_create_secrets_file(const fs::path& file, std::chrono::seconds token_ttl,
                                                        Time now) {
  auto existing = read_secrets_file(file, token_ttl, now);
  if (existing || existing.error().code != Errc::not_found) return existing;
  CONVERT_TRY(create_secrets_file(file, {make_secret(now)}));
  return read_secrets_file(file, token_ttl, now);
}

Result<std::vector<Secret>> rotate_secrets_file(const fs::path& file, std::chrono::seconds token_ttl,
                                                Time now) {
  CONVERT_TRY_ASSIGN(const auto locked, open_secret(file, S_IRWXG | S_IRWXO));
  if (::flock(locked.get(), LOCK_EX | LOCK_NB) != 0 || !is_same_file(locked, file)) {
    return Error{Errc::conflict, "Another process is rotating the secrets.", true};
  }
  auto secrets = read_secrets_file(file, token_ttl, now);
  if (!secrets) return secrets;
  secrets->push_back(make_secret(now + kActivationDelay));
  CONVERT_TRY(replace_secrets_file(file, *secrets));
  return secrets;
}

Result<std::vector<Secret>> read_operator_secrets(const fs::path& file) {
  CONVERT_TRY_ASSIGN(const auto descriptor, open_secret(file, S_IRWXO));
  CONVERT_TRY_ASSIGN(const auto text, read_text(descriptor, file));
  std::vector<Secret> secrets;
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_until(rest, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    // The id is the same in every process. It reveals no more of the secret than a signature does.
    secrets.push_back({base64url_encode(blake2b(line)).substr(0, 12), std::string(line), Time{}});
  }
  // The first one signs, so it is the newest.
  for (std::size_t n = 0; n < secrets.size(); ++n)
    secrets[n].valid_from = Time(milliseconds(secrets.size() - 1 - n));
  return validated(std::move(secrets), file);
}

}  // namespace convert::server::security
