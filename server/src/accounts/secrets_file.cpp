// SPDX-License-Identifier: MIT
#include "accounts/secrets_file.hpp"

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

#include "accounts/base64url.hpp"
#include "accounts/secrets.hpp"
#include "accounts/sodium.hpp"
#include "io/system.hpp"

namespace convert::server::accounts {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr unsigned kOwnerOnly = 0600;
constexpr std::size_t kLargestFile = 64 << 10;
constexpr std::chrono::minutes kUntilAllHaveRead(1);
constexpr std::string_view kHeading =
    "# Secrets of convertd: ID, SECRET, FROM (ms since 1970). Who reads them can log in as anybody.\n";

Error failed(int code, std::string_view what, const fs::path& file) {
  return io::system_error(code, fmt::format("Cannot {} the file of secrets {}", what, file.string()));
}

Error bad_line(const fs::path& file, std::size_t number, std::string_view why) {
  return {Errc::invalid_argument,
          fmt::format(
              "The file of secrets {} is damaged: line {} {}. Restore it, or remove it: then everybody has "
              "to log in again.",
              file.string(), number, why)};
}

/// Opens for reading what only those may read who should. `others`: the permissions that nobody may have.
Result<io::Descriptor> open_secret(const fs::path& file, unsigned others) {
  io::Descriptor descriptor = io::open_path(file, O_RDONLY | O_CLOEXEC);
  if (!descriptor && errno == ENOENT) {
    return Error{Errc::not_found, fmt::format("There is no file of secrets {}.", file.string())};
  }
  if (!descriptor) return failed(errno, "open", file);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return failed(errno, "look at", file);
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid_argument, fmt::format("{} is no file: name one of secrets.", file.string())};
  }
  if ((status.st_mode & others) != 0) {
    return Error{
        Errc::forbidden,
        fmt::format("Others may read the file of secrets {0}: permit it to its owner only (chmod 600 {0}). "
                    "If somebody may have done so, make new secrets.",
                    file.string())};
  }
  return descriptor;
}

Result<std::string> text_of(const io::Descriptor& descriptor, const fs::path& file) {
  std::string text(kLargestFile + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto rest = std::as_writable_bytes(std::span(text).subspan(size));
    const auto count = io::read_some(descriptor.get(), rest);
    if (!count) return count.error();
    if (*count == 0) break;
    size += *count;
  }
  if (size > kLargestFile) {
    return Error{Errc::invalid_argument,
                 fmt::format("{} is too large to be a file of secrets.", file.string())};
  }
  text.resize(size);
  return text;
}

/// Takes the text up to `mark` off its front.
std::string_view take(std::string_view& rest, char mark) {
  const std::size_t end = rest.find(mark);
  const auto part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return part;
}

std::optional<Secret> secret_of(std::string_view line) {
  const auto id = take(line, ' ');
  const auto bytes = from_base64url(take(line, ' '));
  std::int64_t from = 0;
  const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), from);
  if (!bytes || line.empty() || failure != std::errc() || end != line.data() + line.size()) return {};
  return Secret{std::string(id), *bytes, Time(milliseconds(from))};
}

/// As a KeyRing takes them.
Result<std::vector<Secret>> checked(std::vector<Secret> secrets, const fs::path& file) {
  if (const auto ring = KeyRing::make(secrets); !ring) {
    return Error{ring.error().code, fmt::format("{} ({})", ring.error().message, file.string())};
  }
  return secrets;
}

/// Without those that nothing living is signed with: the newest that has come signs, and what an older one
/// signed has ended a token's life after the next one came.
std::vector<Secret> living(std::vector<Secret> secrets, std::chrono::seconds token_life, Time now) {
  std::stable_sort(secrets.begin(), secrets.end(),
                   [](const Secret& one, const Secret& other) { return one.from < other.from; });
  std::size_t gone = 0;
  while (gone + 1 < secrets.size() && secrets[gone + 1].from + token_life <= now) ++gone;
  secrets.erase(secrets.begin(), secrets.begin() + static_cast<std::ptrdiff_t>(gone));
  return secrets;
}

Result<std::vector<Secret>> parse(std::string_view text, const fs::path& file) {
  std::vector<Secret> secrets;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = take(text, '\n');
    if (line.empty() || line.starts_with('#')) continue;
    auto secret = secret_of(line);
    if (!secret) return bad_line(file, number, "is no \"ID SECRET FROM\"");
    secrets.push_back(std::move(*secret));
  }
  return checked(std::move(secrets), file);
}

std::string written(const std::vector<Secret>& secrets) {
  std::string text(kHeading);
  for (const Secret& secret : secrets) {
    text +=
        fmt::format("{} {} {}\n", secret.id, base64url(secret.bytes), secret.from.time_since_epoch().count());
  }
  return text;
}

/// A whole file under a name of its own beside the one that it becomes; gone with the object.
class NewFile {
 public:
  static Result<NewFile> write(const fs::path& beside, const std::string& text) {
    NewFile made(beside.parent_path() / fmt::format(".secrets-{}", random_id(16)));
    auto descriptor = io::open_path(made.path_, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
    if (!descriptor) return failed(errno, "make", beside);
    if (auto done = io::write_all(descriptor.get(), std::as_bytes(std::span(text))); !done)
      return done.error();
    if (::fsync(descriptor.get()) != 0) return failed(errno, "write", beside);
    return made;
  }
  NewFile(NewFile&& other) noexcept : path_(std::exchange(other.path_, fs::path())) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const fs::path& path() const { return path_; }

 private:
  explicit NewFile(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// A name is as durable as its folder.
Result<void> flush_folder_of(const fs::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto descriptor = io::open_path(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!descriptor || ::fsync(descriptor.get()) != 0) return failed(errno, "keep", file);
  return {};
}

/// False: another process was first.
Result<bool> make_file(const fs::path& file, const std::vector<Secret>& secrets) {
  const auto made = NewFile::write(file, written(secrets));
  if (!made) return made.error();
  if (::link(made->path().c_str(), file.c_str()) != 0) {
    if (errno == EEXIST) return false;
    return failed(errno, "make", file);
  }
  if (auto kept = flush_folder_of(file); !kept) return kept.error();
  return true;
}

Result<void> replace_file(const fs::path& file, const std::vector<Secret>& secrets) {
  const auto made = NewFile::write(file, written(secrets));
  if (!made) return made.error();
  if (::rename(made->path().c_str(), file.c_str()) != 0) return failed(errno, "replace", file);
  return flush_folder_of(file);
}

/// Whether the open file is still the one of that name.
bool is_still(const io::Descriptor& descriptor, const fs::path& file) {
  struct stat open {};
  struct stat named {};
  return ::fstat(descriptor.get(), &open) == 0 && ::stat(file.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

}  // namespace

Result<std::vector<Secret>> read_secrets_file(const fs::path& file, std::chrono::seconds token_life,
                                              Time now) {
  const auto descriptor = open_secret(file, S_IRWXG | S_IRWXO);
  if (!descriptor) return descriptor.error();
  const auto text = text_of(*descriptor, file);
  if (!text) return text.error();
  auto secrets = parse(*text, file);
  if (!secrets) return secrets;
  return living(std::move(*secrets), token_life, now);
}

Result<std::vector<Secret>> open_secrets_file(const fs::path& file, std::chrono::seconds token_life,
                                              Time now) {
  auto known = read_secrets_file(file, token_life, now);
  if (known || known.error().code != Errc::not_found) return known;
  if (const auto made = make_file(file, {make_secret(now)}); !made) return made.error();
  return read_secrets_file(file, token_life, now);
}

Result<std::vector<Secret>> rotate_secrets_file(const fs::path& file, std::chrono::seconds token_life,
                                                Time now) {
  const auto locked = open_secret(file, S_IRWXG | S_IRWXO);
  if (!locked) return locked.error();
  if (::flock(locked->get(), LOCK_EX | LOCK_NB) != 0 || !is_still(*locked, file)) {
    return Error{Errc::conflict, "Another process makes a new secret at this moment: look what it made.",
                 true};
  }
  auto secrets = read_secrets_file(file, token_life, now);
  if (!secrets) return secrets;
  secrets->push_back(make_secret(now + kUntilAllHaveRead));
  if (auto done = replace_file(file, *secrets); !done) return done.error();
  return secrets;
}

Result<std::vector<Secret>> read_given_secrets(const fs::path& file) {
  const auto descriptor = open_secret(file, S_IRWXO);
  if (!descriptor) return descriptor.error();
  const auto text = text_of(*descriptor, file);
  if (!text) return text.error();
  std::vector<Secret> secrets;
  for (std::string_view rest = *text; !rest.empty();) {
    auto line = take(rest, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    // The same in every process that was given it; it tells no more of the secret than a signature does.
    secrets.push_back({base64url(blake2b(line)).substr(0, 12), std::string(line), Time{}});
  }
  // The first is the newest.
  for (std::size_t n = 0; n < secrets.size(); ++n)
    secrets[n].from = Time(milliseconds(secrets.size() - 1 - n));
  return checked(std::move(secrets), file);
}

}  // namespace convert::server::accounts
