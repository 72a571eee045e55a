// SPDX-License-Identifier: MIT
#include "storage/disk/blob_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/try.hpp"

namespace convert::storage {
namespace {

struct CloseStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using Stream = std::unique_ptr<DIR, CloseStream>;

Error cannot_list(int code) { return disk_error(code, "Cannot list a folder of the storage"); }

/// Uses a separate descriptor, because a stream moves its position.
Stream open_stream(int folder) {
  base::Descriptor separate = open_folder(folder, ".");
  if (!separate) return nullptr;
  Stream stream(::fdopendir(separate.get()));
  if (stream) separate.release();
  return stream;
}

/// The type of a file: DT_REG, DT_DIR or another one.
unsigned char kind_of(int folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct stat status {};
  if (::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
  return static_cast<unsigned char>(IFTODT(status.st_mode));
}

/// Walks through folders in the order of keys.
class FolderWalk {
 public:
  FolderWalk(std::string_view prefix, std::string_view after, std::size_t max)
      : prefix_(prefix), after_(after), max_(max) {}

  /// `path` is that of the folder: empty, or with a slash at the end.
  Result<void> visit_folder(int folder, const std::string& path);
  std::vector<Blob> take() { return std::move(found_); }

 private:
  bool may_hold_result(const std::string& path, const FolderEntry& entry) const;
  Result<void> visit_entry(int folder, const std::string& path, const FolderEntry& entry);

  std::string_view prefix_;
  std::string_view after_;
  std::size_t max_;
  std::vector<Blob> found_;
};

bool FolderWalk::may_hold_result(const std::string& path, const FolderEntry& entry) const {
  const std::string whole = path + entry.name;
  if (!check_key(std::string_view(whole).substr(0, whole.size() - (entry.is_folder() ? 1 : 0)))) return false;
  if (!entry.is_folder()) return whole > after_ && whole.starts_with(prefix_);
  const bool may_have_prefix = whole.starts_with(prefix_) || prefix_.starts_with(whole);
  return may_have_prefix && (whole > after_ || after_.starts_with(whole));
}

Result<void> FolderWalk::visit_folder(int folder, const std::string& path) {
  CONVERT_TRY_ASSIGN(auto entries, entries_of(folder));
  std::erase_if(entries, [&](const FolderEntry& entry) { return !may_hold_result(path, entry); });
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  for (const FolderEntry& entry : entries) {
    if (found_.size() >= max_) return {};
    CONVERT_TRY(visit_entry(folder, path, entry));
  }
  return {};
}

/// Ignores entries that were removed meanwhile.
Result<void> FolderWalk::visit_entry(int folder, const std::string& path, const FolderEntry& entry) {
  const std::string whole = path + entry.name;
  if (!entry.is_folder()) {
    auto blob = stat_blob(folder, entry.name, whole);
    if (blob) found_.push_back(std::move(*blob));
    return blob || blob.error().code == Errc::not_found ? Result<void>() : std::move(blob).error();
  }
  const base::Descriptor inner = open_folder(folder, entry.name.substr(0, entry.name.size() - 1));
  if (inner) return visit_folder(inner.get(), whole);
  return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? Result<void>() : cannot_list(errno);
}

}  // namespace

Time time_of(const struct stat& status) {
  const auto since_epoch =
      std::chrono::seconds(status.st_ctim.tv_sec) + std::chrono::nanoseconds(status.st_ctim.tv_nsec);
  return Time(std::chrono::duration_cast<Time::duration>(since_epoch));
}

Result<std::vector<FolderEntry>> entries_of(int folder) {
  const Stream stream = open_stream(folder);
  if (!stream) {
    if (errno == ENOENT) return std::vector<FolderEntry>();
    return cannot_list(errno);
  }
  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return cannot_list(errno);
    if (entry == nullptr) return entries;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const unsigned char kind = kind_of(folder, *entry);
    if (kind == DT_REG) entries.push_back(FolderEntry{name});
    if (kind == DT_DIR) entries.push_back(FolderEntry{name + '/'});
  }
}

Result<Blob> stat_blob(int folder, const std::string& name, std::string_view key) {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return no_such_blob(key);
    return disk_error(errno, fmt::format("Cannot examine the blob \"{}\"", key));
  }
  if (!S_ISREG(status.st_mode)) return no_such_blob(key);
  return Blob{Key(key), static_cast<std::uint64_t>(status.st_size), time_of(status)};
}

Result<std::vector<Blob>> list_blobs(const DiskFolder& folder, std::string_view prefix,
                                     std::string_view after, std::size_t max) {
  if (max == 0) return std::vector<Blob>();
  // Starts in the folder that the prefix names, found as the folder of some key below it.
  const std::size_t slash = prefix.rfind('/');
  const std::string path(prefix.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
  const std::string some_key = path + "x";
  if (!check_key(some_key)) return std::vector<Blob>();
  auto start = folder.find(some_key);
  if (!start && start.error().code == Errc::not_found) return std::vector<Blob>();
  if (!start) return std::move(start).error();
  FolderWalk walk(prefix, after, max);
  CONVERT_TRY(walk.visit_folder(start->folder(), path));
  return walk.take();
}

}  // namespace convert::storage
