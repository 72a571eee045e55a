// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <convert/storage.hpp>

#include "base/file_descriptor.hpp"

namespace convert::storage {

inline constexpr unsigned kFolderMode = 0770;                  // reduced by the umask
inline constexpr std::string_view kSuspendedPrefix = "part-";  // of the names of suspended blobs

/// An Error with the message "<what>: <reason>. <remedy>". Full disks and missing descriptors are
/// `unavailable` and retryable.
Error disk_error(int code, std::string_view what);

Error no_such_blob(std::string_view key);

/// Opens a folder in `folder`. Does not follow symbolic links. Sets errno.
base::Descriptor open_folder(int folder, const std::string& name);

/// The path of a key's file: the open folders on it, and the file's name in the last one.
struct BlobPath {
  int root = -1;
  std::vector<base::Descriptor> folders{};  // below the root
  std::vector<int> unflushed{};             // folders with a new subfolder that may not be flushed yet
  std::vector<std::string> names{};         // one more than folders

  int folder() const { return folders.empty() ? root : folders.back().get(); }
  const std::string& name() const { return names.back(); }
};

/// Gives a file a name in a folder. Returns 0, or -1 with errno.
using Link = std::function<int(int folder, const char* name)>;

/// A unique hidden name in the folder for unfinished blobs. The destructor removes it.
class HiddenFile {
 public:
  explicit HiddenFile(int folder) : folder_(folder) {}
  /// Takes over a name that exists.
  HiddenFile(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  HiddenFile(HiddenFile&& other) noexcept
      : folder_(other.folder_), name_(std::exchange(other.name_, std::string())) {}
  HiddenFile& operator=(HiddenFile&&) = delete;
  ~HiddenFile() { remove(); }

  /// Gives a file the name. Returns 0 or the error number.
  int make(const Link& link);
  void remove();
  /// Keeps the file under its name.
  void release() { name_.clear(); }
  bool exists() const { return !name_.empty(); }
  const char* text() const { return name_.c_str(); }

 private:
  int folder_;
  std::string name_;
};

/// The folder of a disk storage: finds, creates, replaces and removes its files. Thread-safe, also between
/// processes. Follows no symbolic link below its root.
class DiskFolder {
 public:
  /// Opens the folder, creates it if it is missing, and deletes abandoned unfinished blobs.
  static Result<std::shared_ptr<DiskFolder>> open(const std::filesystem::path& path, Durability durability);
  DiskFolder(base::Descriptor root, base::Descriptor unfinished, Durability durability)
      : root_(std::move(root)), unfinished_(std::move(unfinished)), durability_(durability) {}

  int root() const { return root_.get(); }
  int unfinished() const { return unfinished_.get(); }
  bool flushes() const { return durability_ == Durability::power; }

  /// Whether the folder exists, is writable and has space. Errors: `io`, `unavailable`.
  Result<void> ready() const;

  /// The path of a key. Errors: `not_found` if a folder on it is missing or is not a folder.
  Result<BlobPath> find(std::string_view key) const;

  /// Gives a file the name `key` in one step, and replaces a file of that name. The file has the name
  /// `hidden`, or gets its names from `link`.
  Result<void> publish(std::string_view key, const Link& link, HiddenFile& hidden) const;

  /// Removes the file, and the folders that have become empty.
  Result<void> remove(std::string_view key) const;

  /// Deletes the unfinished blobs with a name, also suspended ones, to which nothing was written since
  /// `before`. Returns their number.
  Result<std::size_t> remove_unfinished(Time before) const;

 private:
  Result<BlobPath> make(std::string_view key) const;
  int make_folders(BlobPath& place) const;
  int link_into(const BlobPath& place, const Link& link, HiddenFile& hidden) const;
  Result<void> flush(const BlobPath& place) const;

  base::Descriptor root_;
  base::Descriptor unfinished_;
  Durability durability_;
};

/// Flushes a file or a folder to the device.
Result<void> flush(int descriptor);

}  // namespace convert::storage
