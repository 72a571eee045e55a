// SPDX-License-Identifier: MIT
#include "storage/disk/disk_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/fault_point.hpp"

namespace convert::storage {
namespace {

using base::Descriptor;

constexpr unsigned kFileMode = 0660;  // what the umask leaves of it

std::string descriptor_path(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

class DiskWriter : public Writer {
 public:
  DiskWriter(std::shared_ptr<const DiskFolder> folder, Key key, Descriptor file, HiddenFile hidden)
      : folder_(std::move(folder)),
        key_(std::move(key)),
        file_(std::move(file)),
        hidden_(std::move(hidden)) {}

  bool seekable() const override { return true; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    auto written = base::write_all_at(file_.get(), offset, from);
    if (!written && written.error().retryable) written.error().code = Errc::unavailable;
    return written;
  }
  /// Whoever has the native handle may have written more than came through here: the file is taken as it is.
  Result<void> commit() override {
    CONVERT_FAULT_POINT("storage.written");
    if (folder_->flushes()) {
      if (auto flushed = flush(file_.get()); !flushed) return flushed;
      CONVERT_FAULT_POINT("storage.flushed");
    }
    const std::string source = descriptor_path(file_.get());
    const Link link = [&source](int folder, const char* name) {
      return ::linkat(AT_FDCWD, source.c_str(), folder, name, AT_SYMLINK_FOLLOW);
    };
    return folder_->publish(key_, link, hidden_);
  }
  std::optional<int> native_handle() const override { return file_.get(); }

 private:
  std::shared_ptr<const DiskFolder> folder_;
  Key key_;
  Descriptor file_;
  HiddenFile hidden_;
};

int open_at(int folder, const char* name, int flags) {
  int number = -1;
  do {
    number = ::openat(folder, name, flags | O_RDWR | O_CLOEXEC, kFileMode);
  } while (number < 0 && errno == EINTR);
  return number;
}

/// None where the file system, or a missing /proc, does not allow files without a name.
Descriptor open_unnamed(int folder) {
  Descriptor file(open_at(folder, ".", O_TMPFILE));
  if (file && ::access(descriptor_path(file.get()).c_str(), F_OK) != 0) return {};
  return file;
}

}  // namespace

Result<std::unique_ptr<Writer>> disk_writer(std::shared_ptr<const DiskFolder> folder, const Key& key,
                                            StagingMode staging) {
  Descriptor file;
  HiddenFile hidden(folder->unfinished());
  if (staging == StagingMode::unnamed) file = open_unnamed(folder->unfinished());
  if (!file) {
    const Link create = [&file](int at, const char* name) {
      file = Descriptor(open_at(at, name, O_CREAT | O_EXCL));
      return file ? 0 : -1;
    };
    if (const int code = hidden.make(create); code != 0) {
      return disk_error(code, fmt::format("Cannot begin the blob \"{}\"", key));
    }
  }
  return std::make_unique<DiskWriter>(std::move(folder), key, std::move(file), std::move(hidden));
}

}  // namespace convert::storage
