// SPDX-License-Identifier: MIT
#include "storage/disk/disk_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "base/writers.hpp"
#include "storage/disk/blob_listing.hpp"

namespace convert::storage {
namespace {

using base::Descriptor;

constexpr int kMaxAttempts = 100;  // other processes may remove a new folder, or take a name
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// After this time the kernel has written a new folder to the device. Before, its creator may not have
/// flushed it yet.
constexpr std::int64_t kWritebackSeconds = 60;

bool is_not_a_folder(int code) { return code == ENOTDIR || code == ELOOP; }

bool is_recently_created(int folder) {
  struct statx status {};
  if (::statx(folder, "", AT_EMPTY_PATH, STATX_BTIME | STATX_CTIME, &status) != 0) return true;
  const auto& made = (status.stx_mask & STATX_BTIME) != 0 ? status.stx_btime : status.stx_ctime;
  return std::time(nullptr) - made.tv_sec < kWritebackSeconds;
}

std::vector<std::string> segments_of(std::string_view key) {
  std::vector<std::string> segments;
  for (std::size_t slash = 0; slash != std::string_view::npos;) {
    slash = key.find('/');
    segments.emplace_back(key.substr(0, slash));
    if (slash != std::string_view::npos) key.remove_prefix(slash + 1);
  }
  return segments;
}

/// Removes the folders of a path, innermost first, as long as they are empty.
void remove_empty_folders(const BlobPath& place) {
  for (std::size_t depth = place.folders.size(); depth > 0; --depth) {
    const int parent = depth > 1 ? place.folders[depth - 2].get() : place.root;
    if (::unlinkat(parent, place.names[depth - 1].c_str(), AT_REMOVEDIR) != 0) return;
  }
}

Error cannot_store(int code, std::string_view key) {
  if (is_not_a_folder(code) || code == EISDIR || code == EEXIST || code == ENOTEMPTY) {
    return Error{Errc::conflict,
                 fmt::format("Cannot store the blob \"{}\": a folder has the name of the file, or a file has "
                             "the name of a folder on its path. Choose another key, or remove the other one.",
                             key)};
  }
  return disk_error(code, fmt::format("Cannot store the blob \"{}\"", key));
}

}  // namespace

Error disk_error(int code, std::string_view what) {
  if (code == EROFS) {
    return Error{Errc::io,
                 fmt::format("{}: the file system of the storage is mounted read-only. Mount it for "
                             "writing, or choose another folder.",
                             what)};
  }
  Error error = base::system_error(code, what);
  if (error.retryable) error.code = Errc::unavailable;
  if (error.code == Errc::not_found)
    error.code = Errc::io;  // an internal folder, which the caller did not name
  return error;
}

Error no_such_blob(std::string_view key) {
  return Error{Errc::not_found, fmt::format("There is no blob \"{}\" in this storage.", key)};
}

Descriptor open_folder(int folder, const std::string& name) {
  int number = -1;
  do {
    number = ::openat(folder, name.c_str(), kFolderFlags);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

Result<void> flush(int descriptor) {
  while (::fsync(descriptor) != 0) {
    if (errno != EINTR) return disk_error(errno, "Cannot flush the storage to its device");
  }
  return {};
}

void HiddenFile::remove() {
  if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
  name_.clear();
}

int HiddenFile::make(const Link& link) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    name_ = base::hidden_file_name();
    if (link(folder_, name_.c_str()) == 0) return 0;
    name_.clear();
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}

Result<void> DiskFolder::ready() const {
  struct statx status {};
  struct statvfs space {};
  if (::statx(root(), "", AT_EMPTY_PATH, STATX_NLINK, &status) != 0 || ::fstatvfs(root(), &space) != 0) {
    return disk_error(errno, "Cannot examine the folder of the storage");
  }
  if (status.stx_nlink == 0) {
    return Error{Errc::io, "The folder of the storage has been removed. Put it back and start again."};
  }
  if (::faccessat(root(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return disk_error(errno, "Cannot write to the folder of the storage");
  }
  const bool no_inodes = space.f_files != 0 && space.f_favail == 0;  // some file systems do not count inodes
  if (space.f_bavail == 0 || no_inodes) return disk_error(ENOSPC, "The storage is full");
  return {};
}

Result<BlobPath> DiskFolder::find(std::string_view key) const {
  BlobPath place{root(), {}, {}, segments_of(key)};
  while (place.folders.size() + 1 < place.names.size()) {
    Descriptor next = open_folder(place.folder(), place.names[place.folders.size()]);
    if (!next && errno != ENOENT && !is_not_a_folder(errno)) {
      return disk_error(errno, fmt::format("Cannot look up the blob \"{}\"", key));
    }
    if (!next) return no_such_blob(key);
    place.folders.push_back(std::move(next));
  }
  return place;
}

/// Opens the folders of a path and creates missing ones. Returns 0 or the error number; ENOENT: another
/// process removed an empty folder meanwhile.
int DiskFolder::make_folders(BlobPath& place) const {
  while (place.folders.size() + 1 < place.names.size()) {
    const int parent = place.folder();
    const std::string& name = place.names[place.folders.size()];
    Descriptor next = open_folder(parent, name);
    if (!next && errno == ENOENT) {
      if (::mkdirat(parent, name.c_str(), kFolderMode) != 0 && errno != EEXIST) return errno;
      next = open_folder(parent, name);
    }
    if (!next) return errno;
    if (flushes() && is_recently_created(next.get())) place.unflushed.push_back(parent);
    place.folders.push_back(std::move(next));
  }
  return 0;
}

/// As `find`, but creates missing folders.
Result<BlobPath> DiskFolder::make(std::string_view key) const {
  int code = ENOENT;
  for (int attempt = 0; code == ENOENT && attempt < kMaxAttempts; ++attempt) {
    BlobPath place{root(), {}, {}, segments_of(key)};
    code = make_folders(place);
    if (code == 0) return place;
  }
  return cannot_store(code, key);
}

/// Returns 0 or the error number. ENOENT: the folder was removed.
int DiskFolder::link_into(const BlobPath& place, const Link& link, HiddenFile& hidden) const {
  const char* name = place.name().c_str();
  if (!hidden.exists()) {
    if (link(place.folder(), name) == 0) return 0;
    if (errno != EEXIST) return errno;
    // A link cannot replace a file, but a rename can.
    if (const int code = hidden.make(link); code != 0) return code;
    CONVERT_FAULT_POINT("storage.hidden");
  }
  if (::renameat(unfinished(), hidden.text(), place.folder(), name) != 0) return errno;
  hidden.remove();  // rename does nothing if both are names of the same file
  return 0;
}

Result<void> DiskFolder::flush(const BlobPath& place) const {
  if (!flushes()) return {};
  CONVERT_TRY(storage::flush(place.folder()));
  for (const int folder : place.unflushed) {
    CONVERT_TRY(storage::flush(folder));
  }
  return {};
}

Result<void> DiskFolder::publish(std::string_view key, const Link& link, HiddenFile& hidden) const {
  int code = ENOENT;
  for (int attempt = 0; code == ENOENT && attempt < kMaxAttempts; ++attempt) {
    CONVERT_TRY_ASSIGN(auto made, make(key));
    CONVERT_FAULT_POINT("storage.placing");
    code = link_into(made, link, hidden);
    if (code == 0) {
      CONVERT_FAULT_POINT("storage.placed");
      return flush(made);
    }
    remove_empty_folders(made);
  }
  return cannot_store(code, key);
}

Result<void> DiskFolder::remove(std::string_view key) const {
  auto place = find(key);
  if (!place) return place.error().code == Errc::not_found ? Result<void>() : std::move(place).error();
  if (::unlinkat(place->folder(), place->name().c_str(), 0) != 0) {
    if (errno == EISDIR || errno == ENOENT) return {};
    return disk_error(errno, fmt::format("Cannot remove the blob \"{}\"", key));
  }
  remove_empty_folders(*place);
  return {};
}

Result<std::size_t> DiskFolder::remove_unfinished(Time before) const {
  CONVERT_TRY_ASSIGN(auto entries, entries_of(unfinished()));
  std::size_t removed = 0;
  for (const FolderEntry& entry : entries) {
    struct stat status {};
    if (::fstatat(unfinished(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(status.st_mode) || time_of(status) > before) continue;
    if (::unlinkat(unfinished(), entry.name.c_str(), 0) == 0) ++removed;
  }
  return removed;
}

// --- Opening -------------------------------------------------------------------------------------

namespace fs = std::filesystem;
namespace {

constexpr char kUnfinished[] = ".unfinished";
constexpr std::int64_t kStaleSeconds = 86'400;  // a day

Error cannot_use(int code, const fs::path& path) {
  if (code == ENOTDIR) {
    return Error{
        Errc::invalid_argument,
        fmt::format("\"{}\" is not a folder. Choose a folder for the storage, or a path that does not exist.",
                    path.string())};
  }
  return disk_error(code, fmt::format("Cannot use the folder \"{}\"", path.string()));
}

Descriptor open_path_as_folder(const fs::path& path) { return base::open_path(path, O_RDONLY | O_DIRECTORY); }

/// Creates the folder and its missing parents.
Result<void> make_folders_above(const fs::path& path, bool flushes) {
  if (::mkdir(path.c_str(), kFolderMode) == 0) {
    if (!flushes) return {};
    const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const Descriptor above = open_path_as_folder(parent);
    if (!above) return cannot_use(errno, parent);
    return flush(above.get());
  }
  if (errno == EEXIST) return {};
  if (errno != ENOENT || !path.has_relative_path() || path.parent_path().empty())
    return cannot_use(errno, path);
  CONVERT_TRY(make_folders_above(path.parent_path(), flushes));
  return make_folders_above(path, flushes);
}

Result<Descriptor> open_root(const fs::path& path, bool flushes) {
  Descriptor root = open_path_as_folder(path);
  if (!root && errno == ENOENT) {
    CONVERT_TRY(make_folders_above(path, flushes));
    root = open_path_as_folder(path);
  }
  if (!root) return cannot_use(errno, path);
  return root;
}

/// Suspended blobs have their own time limit.
Result<void> remove_stale(int unfinished) {
  CONVERT_TRY_ASSIGN(auto entries, entries_of(unfinished));
  for (const FolderEntry& entry : entries) {
    struct stat status {};
    if (entry.name.starts_with(kSuspendedPrefix)) continue;
    if (::fstatat(unfinished, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(status.st_mode) && std::time(nullptr) - status.st_mtime > kStaleSeconds) {
      ::unlinkat(unfinished, entry.name.c_str(), 0);  // if that fails, the next start tries again
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<DiskFolder>> DiskFolder::open(const fs::path& requested, Durability durability) {
  // Without a trailing slash, after which the last segment would be empty.
  const fs::path path = requested.has_filename() ? requested : requested.parent_path();
  if (path.empty())
    return Error{Errc::invalid_argument, "The path of the storage is empty. Choose a folder."};
  CONVERT_TRY_ASSIGN(auto root, open_root(path, durability == Durability::power));
  if (::mkdirat(root.get(), kUnfinished, kFolderMode) != 0 && errno != EEXIST) return cannot_use(errno, path);
  if (::faccessat(root.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return cannot_use(errno, path);
  Descriptor unfinished = open_folder(root.get(), kUnfinished);
  if (!unfinished) return cannot_use(errno, path / kUnfinished);
  CONVERT_TRY(remove_stale(unfinished.get()));
  return std::make_shared<DiskFolder>(std::move(root), std::move(unfinished), durability);
}

}  // namespace convert::storage
