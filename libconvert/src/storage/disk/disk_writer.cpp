// SPDX-License-Identifier: MIT
#include "storage/disk/disk_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "base/writers.hpp"
#include "storage/suspended_blob.hpp"

namespace convert::storage {
namespace {

using base::Descriptor;

constexpr unsigned kFileMode = 0660;  // reduced by the umask

std::string descriptor_path(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

// A suspended blob is the file `part-KEYHASH-RANDOM` in the folder of unfinished blobs. Its token is that
// name, a dot and the number of bytes: after a crash the file may be longer than what was flushed.

/// FNV-1a. Shows that a token belongs to another key; it is no protection.
std::uint64_t hash_of_key(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : key) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  return hash;
}

std::string suspended_prefix(std::string_view key) {
  return fmt::format("{}{:016x}-", kSuspendedPrefix, hash_of_key(key));
}

/// A new name, of letters, digits and "-".
std::string new_suspended_name(std::string_view key) {
  const std::string random = base::hidden_file_name();  // ".convert-<16 digits>.part"
  const std::size_t start = random.find('-') + 1;
  return suspended_prefix(key) + random.substr(start, random.find('.', start) - start);
}

struct SuspendedToken {
  std::string name;
  std::uint64_t size = 0;
};

/// Empty if `token` is none of this key.
std::optional<SuspendedToken> parse_suspended_token(std::string_view key, std::string_view token) {
  const std::size_t dot = token.find('.');
  if (dot == std::string_view::npos) return {};
  SuspendedToken parsed{std::string(token.substr(0, dot)), 0};
  const std::string prefix = suspended_prefix(key);
  const std::string_view random = std::string_view(parsed.name).substr(std::min(prefix.size(), dot));
  if (!parsed.name.starts_with(prefix) || random.empty() ||
      random.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return {};
  }
  const char* end = token.data() + token.size();
  const auto [at, error] = std::from_chars(token.data() + dot + 1, end, parsed.size);
  if (error != std::errc() || at != end) return {};
  return parsed;
}

class DiskWriter : public Writer {
 public:
  DiskWriter(std::shared_ptr<const DiskFolder> folder, Key key, Descriptor file, HiddenFile hidden)
      : folder_(std::move(folder)),
        key_(std::move(key)),
        file_(std::move(file)),
        hidden_(std::move(hidden)) {}

  /// Continues the file of a suspended blob, which has `size` bytes and the name `hidden`.
  DiskWriter(std::shared_ptr<const DiskFolder> folder, Key key, Descriptor file, HiddenFile hidden,
             std::uint64_t size)
      : DiskWriter(std::move(folder), std::move(key), std::move(file), std::move(hidden)) {
    resumed_ = true;
    end_ = size;
  }
  ~DiskWriter() override {
    if (resumed_) hidden_.release();  // its token stays valid
  }
  DiskWriter(const DiskWriter&) = delete;
  DiskWriter& operator=(const DiskWriter&) = delete;

  bool seekable() const override { return !resumed_; }

  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (offset != end_) in_order_ = false;
    if (!in_order_ && resumed_) return Error{Errc::internal, "A forward-only output cannot seek."};
    auto written = base::write_all_at(file_.get(), offset, from);
    if (!written && written.error().retryable) written.error().code = Errc::unavailable;
    if (written && in_order_) end_ += from.size();
    return written;
  }

  /// Bytes may also have been written through the native handle, so the file is published as it is.
  Result<void> commit() override {
    CONVERT_FAULT_POINT("storage.written");
    CONVERT_TRY(flush_bytes());
    return folder_->publish(key_, link_to_file(), hidden_);
  }

  Result<std::string> suspend() override;

  std::optional<int> native_handle() const override {
    if (resumed_) return {};
    in_order_ = false;  // what comes through it is not seen
    return file_.get();
  }

 private:
  Result<void> flush_bytes() const {
    if (!folder_->flushes()) return {};
    CONVERT_TRY(flush(file_.get()));
    CONVERT_FAULT_POINT("storage.flushed");
    return {};
  }

  /// Gives the file another name.
  Link link_to_file() const {
    return [source = descriptor_path(file_.get())](int folder, const char* name) {
      return ::linkat(AT_FDCWD, source.c_str(), folder, name, AT_SYMLINK_FOLLOW);
    };
  }

  std::shared_ptr<const DiskFolder> folder_;
  Key key_;
  Descriptor file_;
  HiddenFile hidden_;
  bool resumed_ = false;
  std::uint64_t end_ = 0;
  mutable bool in_order_ = true;
};

Result<std::string> DiskWriter::suspend() {
  if (!in_order_) {
    return Error{Errc::unsupported, "An output that was not written in order cannot be continued later."};
  }
  CONVERT_TRY(flush_bytes());
  std::string name = resumed_ ? std::string(hidden_.text()) : new_suspended_name(key_);
  if (!resumed_ && link_to_file()(folder_->unfinished(), name.c_str()) != 0) {
    return disk_error(errno, fmt::format("Cannot keep the unfinished blob \"{}\"", key_));
  }
  if (folder_->flushes()) {
    CONVERT_TRY(flush(folder_->unfinished()));
  }
  return fmt::format("{}.{}", name, end_);
}

int open_at(int folder, const char* name, int flags) {
  int number = -1;
  do {
    number = ::openat(folder, name, flags | O_RDWR | O_CLOEXEC, kFileMode);
  } while (number < 0 && errno == EINTR);
  return number;
}

/// Empty if the file system does not support unnamed files, or without /proc.
Descriptor open_unnamed(int folder) {
  Descriptor file(open_at(folder, ".", O_TMPFILE));
  if (file && ::access(descriptor_path(file.get()).c_str(), F_OK) != 0) return {};
  return file;
}

}  // namespace

Descriptor open_unfinished(const DiskFolder& folder, StagingMode staging, HiddenFile& hidden) {
  Descriptor file;
  if (staging == StagingMode::unnamed) file = open_unnamed(folder.unfinished());
  if (file) return file;
  const Link create = [&file](int at, const char* name) {
    file = Descriptor(open_at(at, name, O_CREAT | O_EXCL));
    return file ? 0 : -1;
  };
  if (const int code = hidden.make(create); code != 0) errno = code;
  return file;
}

Result<std::unique_ptr<Writer>> disk_writer(std::shared_ptr<const DiskFolder> folder, const Key& key,
                                            StagingMode staging) {
  HiddenFile hidden(folder->unfinished());
  Descriptor file = open_unfinished(*folder, staging, hidden);
  if (!file) return disk_error(errno, fmt::format("Cannot create the blob \"{}\"", key));
  return std::make_unique<DiskWriter>(std::move(folder), key, std::move(file), std::move(hidden));
}

Result<ResumedWriter> resumed_disk_writer(std::shared_ptr<const DiskFolder> folder, const Key& key,
                                          std::string_view token) {
  const auto parsed = parse_suspended_token(key, token);
  if (!parsed) return no_suspended_blob(key);
  Descriptor file(open_at(folder->unfinished(), parsed->name.c_str(), O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    if (errno == ENOENT || errno == ELOOP) return no_suspended_blob(key);
    return disk_error(errno, fmt::format("Cannot continue the blob \"{}\"", key));
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size < parsed->size) return no_suspended_blob(key);
  if (size > parsed->size && ::ftruncate(file.get(), static_cast<off_t>(parsed->size)) != 0) {
    return disk_error(errno, fmt::format("Cannot continue the blob \"{}\"", key));
  }
  HiddenFile hidden(folder->unfinished(), parsed->name);
  return ResumedWriter{
      std::make_unique<DiskWriter>(std::move(folder), key, std::move(file), std::move(hidden), parsed->size),
      parsed->size};
}

Result<void> discard_suspended(const DiskFolder& folder, const Key& key, std::string_view token) {
  const auto parsed = parse_suspended_token(key, token);
  struct stat status {};
  if (!parsed || (::fstatat(folder.unfinished(), parsed->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                  static_cast<std::uint64_t>(status.st_size) < parsed->size)) {
    return {};  // none of ours
  }
  if (::unlinkat(folder.unfinished(), parsed->name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return disk_error(errno, fmt::format("Cannot discard the unfinished blob \"{}\"", key));
}

}  // namespace convert::storage
