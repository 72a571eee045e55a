// SPDX-License-Identifier: MIT
#include "sandbox/host/scratch_root.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolderPrefix = "convert-sandbox-";
constexpr int kMaxAttempts = 16;
constexpr std::uint64_t kFileOverheadBytes = std::uint64_t{64} << 10;  // so that empty files count

base::Descriptor open_folder(const fs::path& path) {
  return base::open_path(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

bool lock(const base::Descriptor& folder, int how) {
  while (::flock(folder.get(), LOCK_EX | how) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

/// Whether its process has ended: its lock is free. Only folders of this user count.
bool is_stale(const base::Descriptor& folder) {
  struct stat status {};
  if (!folder || ::fstat(folder.get(), &status) != 0) return false;
  const bool ours = status.st_uid == ::geteuid() || (::geteuid() == 0 && status.st_uid == kNobodyId);
  return ours && lock(folder, LOCK_NB);
}

void remove_stale_folders(const fs::path& folder) {
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    if (!at->path().filename().native().starts_with(kFolderPrefix)) continue;
    const base::Descriptor left = open_folder(at->path());
    if (is_stale(left)) remove_folder(at->path());
  }
}

/// Another process may have removed the folder as stale before it was locked.
bool still_linked(const base::Descriptor& folder) {
  struct stat status {};
  return ::fstat(folder.get(), &status) == 0 && status.st_nlink > 0;
}

}  // namespace

Result<ScratchRoot> ScratchRoot::make(fs::path folder) {
  std::error_code failure;
  if (folder.empty()) folder = fs::temp_directory_path(failure);
  if (failure) return base::system_error(failure.value(), "Cannot find the system's temporary folder");
  remove_stale_folders(folder);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    std::string name = (folder / kFolderPrefix).native() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) break;
    base::Descriptor folder_fd = open_folder(name);
    if (folder_fd && lock(folder_fd, 0) && still_linked(folder_fd))
      return ScratchRoot(fs::path(name), std::move(folder_fd));
  }
  return base::system_error(errno, fmt::format("Cannot make a folder in \"{}\"", folder.native()));
}

ScratchRoot::~ScratchRoot() {
  if (lock_) remove_folder(path_);
}

void remove_folder(const fs::path& folder) {
  if (folder.empty() || ::rmdir(folder.c_str()) == 0) return;  // usually it is empty
  std::error_code failure;
  fs::remove_all(folder, failure);
}

std::uint64_t folder_bytes(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code failure;
  using Iterator = fs::recursive_directory_iterator;
  for (Iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    std::error_code gone;  // set if the file was removed meanwhile
    if (!at->is_regular_file(gone) || at->is_symlink(gone)) continue;
    const auto size = at->file_size(gone);
    if (!gone) sum += size + kFileOverheadBytes;
  }
  return sum;
}

}  // namespace convert::sandbox
