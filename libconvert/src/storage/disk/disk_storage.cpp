// SPDX-License-Identifier: MIT
// Blobs as files below one folder: each key is a path in it.
//
// Permissions: reading, writing and searching in the folder and all that is below it. Files are made with
// mode 0660 and folders with 0770, less what the umask takes away; processes that share a storage must run as
// one user, or as one group with such a umask. Space: the blobs (a copy shares the blocks of its source),
// those that are being written or suspended, one inode for each blob and folder; one open descriptor for each
// Reader and Writer, and a few for the length of a call. The file system must support hard links, and all
// blobs must be on the same one. Removing is not flushed: after a power failure a removed blob may exist
// again.
//
// Symbolic links below the folder are never followed; only regular files are blobs. The time of a blob is its
// file's ctime, so creating or removing a copy of the blob changes it.
#include "storage/disk/disk_storage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/try.hpp"
#include "storage/disk/blob_listing.hpp"
#include "storage/disk/disk_writer.hpp"

namespace convert {
namespace storage {
namespace {

using base::Descriptor;

class DiskReader : public Reader {
 public:
  DiskReader(Descriptor file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return base::read_some_at(file_.get(), offset, into);
  }
  std::optional<int> native_handle() const override { return file_.get(); }

 private:
  Descriptor file_;
  std::uint64_t size_;
};

/// Does not block if the file is a pipe.
Descriptor open_to_read(int folder, const char* name) {
  int number = -1;
  do {
    number = ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

bool cannot_link(int code) {
  return code == EPERM || code == EMLINK || code == EXDEV || code == EOPNOTSUPP || code == EACCES;
}

bool is_missing(const BlobPath& place) {
  return ::faccessat(place.folder(), place.name().c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

class DiskStorage : public Storage {
 public:
  DiskStorage(std::shared_ptr<const DiskFolder> folder, StagingMode staging)
      : folder_(std::move(folder)), staging_(staging) {}

  Result<std::unique_ptr<Reader>> open(const Key& key, std::stop_token stop) override;
  Result<std::unique_ptr<Writer>> create(const Key& key, std::stop_token /*stop*/) override {
    CONVERT_TRY(check_key(key));
    return disk_writer(folder_, key, staging_);
  }
  Result<ResumedWriter> resume(const Key& key, std::string_view token, std::stop_token /*stop*/) override {
    CONVERT_TRY(check_key(key));
    return resumed_disk_writer(folder_, key, token);
  }
  Result<void> discard(const Key& key, std::string_view token) override {
    CONVERT_TRY(check_key(key));
    return discard_suspended(*folder_, key, token);
  }
  Result<std::size_t> remove_unfinished(std::chrono::milliseconds age) override {
    CONVERT_TRY_ASSIGN(const Time time, now());
    return folder_->remove_unfinished(age < time.time_since_epoch() ? time - age : Time());
  }
  Result<Time> now() override;
  Result<Blob> stat(const Key& key) override {
    CONVERT_TRY_ASSIGN(auto place, find(key));
    return stat_blob(place.folder(), place.name(), key);
  }
  Result<void> ready() override { return folder_->ready(); }
  Result<void> remove(const Key& key) override {
    CONVERT_TRY(check_key(key));
    return folder_->remove(key);
  }
  Result<std::vector<Blob>> list(std::string_view prefix, const Key& after, std::size_t max) override {
    return list_blobs(*folder_, prefix, after, max);
  }
  Result<std::string> signed_url(const Key& key, const DownloadUrl& /*request*/) override {
    CONVERT_TRY(check_key(key));
    return Error{Errc::unsupported, "Blobs on disk have no URL. Serve them yourself."};
  }
  Result<void> copy(const Key& from, const Key& to, std::stop_token stop) override;

 private:
  Result<BlobPath> find(const Key& key) const {
    CONVERT_TRY(check_key(key));
    return folder_->find(key);
  }
  Result<void> flush_blob(const BlobPath& place, const Key& key) const;

  std::shared_ptr<const DiskFolder> folder_;
  StagingMode staging_;
};

Result<std::unique_ptr<Reader>> DiskStorage::open(const Key& key, std::stop_token /*stop*/) {
  CONVERT_TRY_ASSIGN(auto place, find(key));
  Descriptor file = open_to_read(place.folder(), place.name().c_str());
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    if (errno == ENOENT || errno == ELOOP || errno == ENXIO) return no_such_blob(key);
    return disk_error(errno, fmt::format("Cannot open the blob \"{}\"", key));
  }
  if (!S_ISREG(status.st_mode)) return no_such_blob(key);
  return std::make_unique<DiskReader>(std::move(file), static_cast<std::uint64_t>(status.st_size));
}

/// The file system's clock, which gives blobs their times: on a shared folder, that of its server.
Result<Time> DiskStorage::now() {
  HiddenFile hidden(folder_->unfinished());
  const Descriptor file = open_unfinished(*folder_, staging_, hidden);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    return disk_error(errno, "Cannot create a file in the folder of the storage");
  }
  return time_of(status);
}

/// Blobs never change, so a copy is another name (a hard link) of the same file.
Result<void> DiskStorage::copy(const Key& from, const Key& to, std::stop_token stop) {
  CONVERT_TRY(check_key(to));
  auto source = find(from);
  if (!source) return std::move(source).error();
  CONVERT_TRY(stat_blob(source->folder(), source->name(), from));
  CONVERT_TRY(flush_blob(*source, from));
  int code = 0;
  const Link link = [&source, &code](int folder, const char* name) {
    if (::linkat(source->folder(), source->name().c_str(), folder, name, 0) == 0) return 0;
    code = errno;
    if (code == ENOENT && is_missing(*source)) code = ESTALE;  // the source, not the folder for the copy
    errno = code;
    return -1;
  };
  HiddenFile hidden(folder_->unfinished());
  auto published = folder_->publish(to, link, hidden);
  if (published) return {};
  if (code == ESTALE) return no_such_blob(from);
  if (cannot_link(code)) return Storage::copy(from, to, std::move(stop));
  return published;
}

/// The blob may have been written with less durability than this storage promises.
Result<void> DiskStorage::flush_blob(const BlobPath& place, const Key& key) const {
  if (!folder_->flushes()) return {};
  const Descriptor file = open_to_read(place.folder(), place.name().c_str());
  if (!file && errno == ENOENT) return no_such_blob(key);
  if (!file) return disk_error(errno, fmt::format("Cannot copy the blob \"{}\"", key));
  return flush(file.get());
}

}  // namespace

Result<std::shared_ptr<Storage>> open_disk_storage(const std::filesystem::path& folder, Durability durability,
                                                   StagingMode staging) {
  CONVERT_TRY_ASSIGN(auto opened, DiskFolder::open(folder, durability));
  return std::make_shared<DiskStorage>(std::move(opened), staging);
}

}  // namespace storage

Result<std::shared_ptr<Storage>> disk_storage(const std::filesystem::path& folder,
                                              const DiskStorageOptions& options) {
  return storage::open_disk_storage(folder, options.durability, storage::StagingMode::unnamed);
}

}  // namespace convert
