// SPDX-License-Identifier: MIT
#include "sandbox/scratch_root.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace convert::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "convert-sandbox-";
constexpr int kAttempts = 16;
constexpr std::uint64_t kPerFile = std::uint64_t{64} << 10;  // so that empty files are not without end
constexpr uid_t kNobody = 65534;                             // to whom a zygote that runs as root gives it

io::Descriptor open_folder(const fs::path& path) {
  return io::open_path(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

bool lock(const io::Descriptor& folder, int how) {
  while (::flock(folder.get(), LOCK_EX | how) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

/// Nobody's: its process has died, and it is one of ours.
bool is_left_over(const io::Descriptor& folder) {
  struct stat status {};
  if (!folder || ::fstat(folder.get(), &status) != 0) return false;
  const bool ours = status.st_uid == ::geteuid() || (::geteuid() == 0 && status.st_uid == kNobody);
  return ours && lock(folder, LOCK_NB);
}

void remove_left_overs(const fs::path& folder) {
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    if (!at->path().filename().native().starts_with(kPrefix)) continue;
    const io::Descriptor left = open_folder(at->path());
    if (is_left_over(left)) remove_folder(at->path());
  }
}

/// Between its making and its locking another process may have taken it for a left-over.
bool still_there(const io::Descriptor& folder) {
  struct stat status {};
  return ::fstat(folder.get(), &status) == 0 && status.st_nlink > 0;
}

}  // namespace

Result<ScratchRoot> ScratchRoot::make(fs::path folder) {
  std::error_code failure;
  if (folder.empty()) folder = fs::temp_directory_path(failure);
  if (failure) return io::system_error(failure.value(), "Cannot find the system's temporary folder");
  remove_left_overs(folder);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = (folder / kPrefix).native() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) break;
    io::Descriptor made = open_folder(name);
    if (made && lock(made, 0) && still_there(made)) return ScratchRoot(fs::path(name), std::move(made));
  }
  return io::system_error(errno, "Cannot make a folder in SandboxOptions::temporary_folder");
}

ScratchRoot::~ScratchRoot() {
  if (lock_) remove_folder(path_);
}

void remove_folder(const fs::path& folder) {
  if (folder.empty() || ::rmdir(folder.c_str()) == 0) return;  // mostly it is empty
  std::error_code failure;
  fs::remove_all(folder, failure);
}

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code failure;
  using Iterator = fs::recursive_directory_iterator;
  for (Iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    std::error_code gone;  // meanwhile
    if (!at->is_regular_file(gone) || at->is_symlink(gone)) continue;
    const auto size = at->file_size(gone);
    if (!gone) sum += size + kPerFile;
  }
  return sum;
}

}  // namespace convert::sandbox
