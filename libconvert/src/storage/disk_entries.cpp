// SPDX-License-Identifier: MIT
#include "storage/disk_entries.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "storage/key.hpp"

namespace convert::storage {
namespace {

struct CloseStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using Stream = std::unique_ptr<DIR, CloseStream>;

Error cannot_list(int code) { return disk_error(code, "Cannot list a folder of the storage"); }

/// Of an own descriptor, since a stream moves the position of the one it has.
Stream open_stream(int folder) {
  io::Descriptor own = open_folder(folder, ".");
  if (!own) return nullptr;
  Stream stream(::fdopendir(own.get()));
  if (stream) own.release();
  return stream;
}

/// What kind of file a name is: DT_REG, DT_DIR, or what is neither.
unsigned char kind_of(int folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct stat status {};
  if (::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
  return static_cast<unsigned char>(IFTODT(status.st_mode));
}

/// When the file got the name it has. The time of its content can't tell: a Writer may write long before
/// it commits, and a copy is another name of the same file.
Time time_of(const struct stat& status) {
  const auto since =
      std::chrono::seconds(status.st_ctim.tv_sec) + std::chrono::nanoseconds(status.st_ctim.tv_nsec);
  return Time(std::chrono::duration_cast<Time::duration>(since));
}

/// Goes through folders in the order of keys.
class Walk {
 public:
  Walk(std::string_view prefix, std::string_view after, std::size_t max)
      : prefix_(prefix), after_(after), max_(max) {}

  /// `path` is that of the folder: empty, or with a slash at the end.
  Result<void> through(int folder, const std::string& path);
  std::vector<Blob> take() { return std::move(found_); }

 private:
  bool wanted(const std::string& path, const Entry& entry) const;
  Result<void> look_at(int folder, const std::string& path, const Entry& entry);

  std::string_view prefix_;
  std::string_view after_;
  std::size_t max_;
  std::vector<Blob> found_;
};

bool Walk::wanted(const std::string& path, const Entry& entry) const {
  const std::string_view name(entry.name.data(), entry.name.size() - (entry.is_folder() ? 1 : 0));
  const std::string whole = path + entry.name;
  if (!is_segment(name) || whole.size() > kLongestKey) return false;
  if (!entry.is_folder()) return whole > after_ && whole.starts_with(prefix_);
  const bool may_have_prefix = whole.starts_with(prefix_) || prefix_.starts_with(whole);
  return may_have_prefix && (whole > after_ || after_.starts_with(whole));
}

Result<void> Walk::through(int folder, const std::string& path) {
  auto entries = entries_of(folder);
  if (!entries) return std::move(entries).error();
  std::erase_if(*entries, [&](const Entry& entry) { return !wanted(path, entry); });
  std::sort(entries->begin(), entries->end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  for (const Entry& entry : *entries) {
    if (found_.size() >= max_) return {};
    if (auto seen = look_at(folder, path, entry); !seen) return seen;
  }
  return {};
}

/// What is gone meanwhile was removed by somebody.
Result<void> Walk::look_at(int folder, const std::string& path, const Entry& entry) {
  const std::string whole = path + entry.name;
  if (!entry.is_folder()) {
    auto blob = stat_blob(folder, entry.name, whole);
    if (blob) found_.push_back(std::move(*blob));
    return blob || blob.error().code == Errc::not_found ? Result<void>() : std::move(blob).error();
  }
  const io::Descriptor inner = open_folder(folder, entry.name.substr(0, entry.name.size() - 1));
  if (inner) return through(inner.get(), whole);
  return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? Result<void>() : cannot_list(errno);
}

}  // namespace

Result<std::vector<Entry>> entries_of(int folder) {
  const Stream stream = open_stream(folder);
  if (!stream) {
    if (errno == ENOENT) return std::vector<Entry>();
    return cannot_list(errno);
  }
  std::vector<Entry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return cannot_list(errno);
    if (entry == nullptr) return entries;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const unsigned char kind = kind_of(folder, *entry);
    if (kind == DT_REG) entries.push_back(Entry{name});
    if (kind == DT_DIR) entries.push_back(Entry{name + '/'});
  }
}

Result<Blob> stat_blob(int folder, const std::string& name, std::string_view key) {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return no_such_blob(key);
    return disk_error(errno, fmt::format("Cannot look at the blob \"{}\"", key));
  }
  if (!S_ISREG(status.st_mode)) return no_such_blob(key);
  return Blob{Key(key), static_cast<std::uint64_t>(status.st_size), time_of(status)};
}

Result<std::vector<Blob>> list_blobs(const DiskFolder& folder, std::string_view prefix,
                                     std::string_view after, std::size_t max) {
  if (max == 0) return std::vector<Blob>();
  // Begins in the folder that the prefix names, as if it had a key below that.
  const std::size_t slash = prefix.rfind('/');
  const std::string path(prefix.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
  const std::string some_key = path + "x";
  if (!check_key(some_key)) return std::vector<Blob>();
  auto begin = folder.find(some_key);
  if (!begin && begin.error().code == Errc::not_found) return std::vector<Blob>();
  if (!begin) return std::move(begin).error();
  Walk walk(prefix, after, max);
  if (auto walked = walk.through(begin->folder(), path); !walked) return std::move(walked).error();
  return walk.take();
}

}  // namespace convert::storage
