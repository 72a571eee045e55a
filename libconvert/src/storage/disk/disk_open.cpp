// SPDX-License-Identifier: MIT
// How a disk storage finds or makes its folder, and cleans up what killed processes left in it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "storage/disk/blob_listing.hpp"
#include "storage/disk/disk_folder.hpp"

namespace convert::storage {
namespace fs = std::filesystem;
namespace {

using base::Descriptor;

constexpr char kUnfinished[] = ".unfinished";
constexpr std::int64_t kStaleSeconds = 24 * 3600;

Error cannot_use(int code, const fs::path& path) {
  if (code == ENOTDIR) {
    return Error{Errc::invalid_argument,
                 fmt::format("\"{}\" is not a folder. Name one for the storage, or a name that is free.",
                             path.string())};
  }
  return disk_error(code, fmt::format("Cannot keep blobs in the folder \"{}\"", path.string()));
}

Descriptor open_path_as_folder(const fs::path& path) { return base::open_path(path, O_RDONLY | O_DIRECTORY); }

/// Makes the folder, and those above it that are missing.
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
  if (auto made = make_folders_above(path.parent_path(), flushes); !made) return made;
  return make_folders_above(path, flushes);
}

Result<Descriptor> open_root(const fs::path& path, bool flushes) {
  Descriptor root = open_path_as_folder(path);
  if (!root && errno == ENOENT) {
    if (auto made = make_folders_above(path, flushes); !made) return std::move(made).error();
    root = open_path_as_folder(path);
  }
  if (!root) return cannot_use(errno, path);
  return root;
}

Result<void> remove_stale(int unfinished) {
  auto entries = entries_of(unfinished);
  if (!entries) return std::move(entries).error();
  for (const FolderEntry& entry : *entries) {
    struct stat status {};
    if (::fstatat(unfinished, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(status.st_mode) && std::time(nullptr) - status.st_mtime > kStaleSeconds) {
      ::unlinkat(unfinished, entry.name.c_str(), 0);  // if that fails, it is tried again at the next start
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<DiskFolder>> DiskFolder::open(const fs::path& requested, Durability durability) {
  // Without the slash at the end, after which the last segment would be empty.
  const fs::path path = requested.has_filename() ? requested : requested.parent_path();
  if (path.empty()) return Error{Errc::invalid_argument, "Name a folder for the storage: its path is empty."};
  auto root = open_root(path, durability == Durability::power);
  if (!root) return std::move(root).error();
  if (::mkdirat(root->get(), kUnfinished, kFolderMode) != 0 && errno != EEXIST)
    return cannot_use(errno, path);
  if (::faccessat(root->get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return cannot_use(errno, path);
  Descriptor unfinished = open_folder(root->get(), kUnfinished);
  if (!unfinished) return cannot_use(errno, path / kUnfinished);
  if (auto removed = remove_stale(unfinished.get()); !removed) return std::move(removed).error();
  return std::make_shared<DiskFolder>(std::move(*root), std::move(unfinished), durability);
}

}  // namespace convert::storage
