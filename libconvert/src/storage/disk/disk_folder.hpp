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

inline constexpr unsigned kFolderMode = 0770;  // what the umask leaves of it

/// "<what>: <reason>. <what to do>". Full disks and missing descriptors are `unavailable` and retryable.
Error disk_error(int code, std::string_view what);

Error no_such_blob(std::string_view key);

/// A folder in `folder`; a symbolic link is none. The caller looks at errno.
base::Descriptor open_folder(int folder, const std::string& name);

/// Where a key's file is, or will be: the open folders on the way to it, and its name in the last of them.
struct BlobPath {
  int root = -1;
  std::vector<base::Descriptor> folders{};  // below the root
  std::vector<int> unflushed{};             // folders that hold a folder which may not be on the device yet
  std::vector<std::string> names{};         // one more than folders

  int folder() const { return folders.empty() ? root : folders.back().get(); }
  const std::string& name() const { return names.back(); }
};

/// Does something with a name in a folder that makes a file have it: 0, or -1 and errno.
using Link = std::function<int(int folder, const char* name)>;

/// A name that nobody else uses, in the folder for unfinished blobs; removed with the object.
class HiddenFile {
 public:
  explicit HiddenFile(int folder) : folder_(folder) {}
  HiddenFile(HiddenFile&& other) noexcept
      : folder_(other.folder_), name_(std::exchange(other.name_, std::string())) {}
  HiddenFile& operator=(HiddenFile&&) = delete;
  ~HiddenFile() { remove(); }

  /// Gives a file the name. 0, or the system's reason.
  int make(const Link& link);
  void remove();
  bool exists() const { return !name_.empty(); }
  const char* text() const { return name_.c_str(); }

 private:
  int folder_;
  std::string name_;
};

/// The folder of a disk storage: finds, makes, replaces and removes the files in it. Thread-safe, and safe
/// beside other processes that do the same. Follows no symbolic link below its root.
class DiskFolder {
 public:
  /// Makes the folder if it is missing, and removes unfinished blobs that nobody finishes any more.
  static Result<std::shared_ptr<DiskFolder>> open(const std::filesystem::path& path, Durability durability);
  DiskFolder(base::Descriptor root, base::Descriptor unfinished, Durability durability)
      : root_(std::move(root)), unfinished_(std::move(unfinished)), durability_(durability) {}

  int root() const { return root_.get(); }
  int unfinished() const { return unfinished_.get(); }
  bool flushes() const { return durability_ == Durability::power; }

  /// Whether it is still there, may be written to, and has room. Errors: `io`, `unavailable`.
  Result<void> ready() const;

  /// The way to a key. Errors: `not_found` if a folder on it is missing, or is none.
  Result<BlobPath> find(std::string_view key) const;

  /// Gives a file its name `key`, in one step, and replaces what has that name. The file has the name
  /// `hidden`, or gets its names from `link`.
  Result<void> publish(std::string_view key, const Link& link, HiddenFile& hidden) const;

  /// Removes the file and the folders that are empty then.
  Result<void> remove(std::string_view key) const;

 private:
  Result<BlobPath> make(std::string_view key) const;
  int make_folders(BlobPath& place) const;
  int link_into(const BlobPath& place, const Link& link, HiddenFile& hidden) const;
  Result<void> flush(const BlobPath& place) const;

  base::Descriptor root_;
  base::Descriptor unfinished_;
  Durability durability_;
};

/// Waits until what a descriptor names is on the device.
Result<void> flush(int descriptor);

}  // namespace convert::storage
