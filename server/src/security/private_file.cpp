// SPDX-License-Identifier: MIT
#include "security/private_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "security/crypto.hpp"

namespace convert::server::security {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kOwnerOnly = 0600;
constexpr std::size_t kMaxFileBytes = 64 << 10;

Error file_error(int code, std::string_view what, const fs::path& file) {
  return base::system_error(code, fmt::format("Cannot {} the secrets file {}", what, file.string()));
}

/// A complete file with a temporary name in the same folder. The destructor removes it.
class TemporaryPrivateFile {
 public:
  static Result<TemporaryPrivateFile> write(const fs::path& beside, const std::string& text, unsigned mode) {
    TemporaryPrivateFile made(beside.parent_path() / fmt::format(".secrets-{}", random_id(16)));
    auto descriptor = base::open_path(made.path_, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
    if (!descriptor) return file_error(errno, "make", beside);
    CONVERT_TRY(base::write_all(descriptor.get(), std::as_bytes(std::span(text))));
    if (mode != kOwnerOnly && ::fchmod(descriptor.get(), mode) != 0)
      return file_error(errno, "write", beside);
    if (::fsync(descriptor.get()) != 0) return file_error(errno, "write", beside);
    return made;
  }
  TemporaryPrivateFile(TemporaryPrivateFile&& other) noexcept
      : path_(std::exchange(other.path_, fs::path())) {}
  TemporaryPrivateFile& operator=(TemporaryPrivateFile&&) = delete;
  ~TemporaryPrivateFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporaryPrivateFile(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// Flushes the folder, so that the new name survives a loss of power.
Result<void> sync_parent_folder(const fs::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto descriptor = base::open_path(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!descriptor || ::fsync(descriptor.get()) != 0) return file_error(errno, "keep", file);
  return {};
}

/// Whether the name still refers to the open file.
bool is_same_file(const base::Descriptor& descriptor, const fs::path& file) {
  struct stat open {};
  struct stat named {};
  return ::fstat(descriptor.get(), &open) == 0 && ::stat(file.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

}  // namespace

Result<base::Descriptor> open_private_file(const fs::path& file, unsigned forbidden_mode) {
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

Result<base::Descriptor> lock_private_file(const fs::path& file, unsigned forbidden_mode) {
  CONVERT_TRY_ASSIGN(auto locked, open_private_file(file, forbidden_mode));
  if (::flock(locked.get(), LOCK_EX | LOCK_NB) != 0 || !is_same_file(locked, file)) {
    return Error{Errc::conflict, "Another process is rotating the secrets.", true};
  }
  return locked;
}

Result<std::string> read_private_text(const base::Descriptor& descriptor, const fs::path& file) {
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

Result<bool> create_private_file(const fs::path& file, const std::string& text) {
  CONVERT_TRY_ASSIGN(const auto made, TemporaryPrivateFile::write(file, text, kOwnerOnly));
  if (::link(made.path().c_str(), file.c_str()) != 0) {
    if (errno == EEXIST) return false;
    return file_error(errno, "make", file);
  }
  CONVERT_TRY(sync_parent_folder(file));
  return true;
}

Result<void> replace_private_file(const fs::path& file, const std::string& text, unsigned mode) {
  CONVERT_TRY_ASSIGN(const auto made, TemporaryPrivateFile::write(file, text, mode));
  if (::rename(made.path().c_str(), file.c_str()) != 0) return file_error(errno, "replace", file);
  return sync_parent_folder(file);
}

}  // namespace convert::server::security
