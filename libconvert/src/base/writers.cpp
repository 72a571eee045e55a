// SPDX-License-Identifier: MIT
#include "base/writers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"

namespace convert {
namespace fs = std::filesystem;
namespace {

using base::Descriptor;

class SeekableDescriptorWriter : public Writer {
 public:
  SeekableDescriptorWriter(int descriptor, bool was_empty, Descriptor owned)
      : descriptor_(descriptor), was_empty_(was_empty), owned_(std::move(owned)) {}

  bool seekable() const override { return true; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    auto written = base::write_all_at(descriptor_, offset, from);
    if (written) end_ = std::max(end_, offset + from.size());
    return written;
  }
  Result<void> commit() override {
    if (was_empty_) return {};
    while (::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) {
      if (errno != EINTR) return base::system_error(errno, "Cannot set the length of the output");
    }
    return {};
  }
  /// None for a file that had content: `commit` truncates it to the end of what was written through this
  /// Writer.
  std::optional<int> native_handle() const override {
    return was_empty_ ? std::optional(descriptor_) : std::nullopt;
  }

 private:
  int descriptor_;
  bool was_empty_;
  Descriptor owned_;
  std::uint64_t end_ = 0;
};

/// For pipes, sockets and O_APPEND files. Written bytes cannot be revoked; the owner of the descriptor closes
/// it after a failure.
class ForwardDescriptorWriter : public Writer {
 public:
  ForwardDescriptorWriter(int descriptor, Descriptor owned)
      : descriptor_(descriptor), owned_(std::move(owned)) {}

  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (offset != position_) return Error{Errc::internal, "A forward-only output cannot seek."};
    auto written = base::write_all(descriptor_, from);
    if (written) position_ += from.size();
    return written;
  }
  Result<void> commit() override { return {}; }
  std::optional<int> native_handle() const override { return descriptor_; }

 private:
  int descriptor_;
  Descriptor owned_;
  std::uint64_t position_ = 0;
};

/// With O_APPEND every write goes to the end of the file, whatever its offset.
bool can_seek(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_APPEND) == 0;
}

bool is_empty(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_size == 0;
}

std::unique_ptr<Writer> writer_of(int descriptor, Descriptor owned) {
  if (can_seek(descriptor)) {
    return std::make_unique<SeekableDescriptorWriter>(descriptor, is_empty(descriptor), std::move(owned));
  }
  return std::make_unique<ForwardDescriptorWriter>(descriptor, std::move(owned));
}

}  // namespace

std::unique_ptr<Writer> descriptor_writer(int descriptor) { return writer_of(descriptor, Descriptor()); }

namespace base {

std::unique_ptr<Writer> owning_descriptor_writer(Descriptor descriptor) {
  const int number = descriptor.get();
  return writer_of(number, std::move(descriptor));
}

namespace {

constexpr int kMaxNameAttempts = 16;     // of a random name that does not exist yet
constexpr unsigned kNewFileMode = 0666;  // reduced by the umask

std::string by_descriptor(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

Error cannot_create(int code, const fs::path& target) {
  return system_error(code, fmt::format("Cannot create \"{}\"", target.string()));
}

/// See `create_file_in` and `create_hidden_file_in`. `hidden` is empty while the file has no name.
class FileWriter : public Writer {
 public:
  FileWriter(Descriptor descriptor, fs::path folder, fs::path target, fs::path hidden)
      : descriptor_(std::move(descriptor)),
        folder_(std::move(folder)),
        target_(std::move(target)),
        hidden_(std::move(hidden)) {}
  ~FileWriter() override { discard(); }
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  bool seekable() const override { return true; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return write_all_at(descriptor_.get(), offset, from);
  }
  Result<void> commit() override {
    std::error_code failure;
    fs::create_directories(target_.parent_path(), failure);  // a failure shows in the link below
    if (hidden_.empty()) {
      if (link_to(target_) == 0) return {};
      if (errno != EEXIST) return cannot_create(errno, target_);
      CONVERT_TRY(link_to_hidden());
    }
    if (::rename(hidden_.c_str(), target_.c_str()) != 0) {
      const int code = errno;
      discard();
      return cannot_create(code, target_);
    }
    hidden_.clear();
    return {};
  }
  std::optional<int> native_handle() const override { return descriptor_.get(); }

 private:
  int link_to(const fs::path& name) const {
    return ::linkat(AT_FDCWD, by_descriptor(descriptor_.get()).c_str(), AT_FDCWD, name.c_str(),
                    AT_SYMLINK_FOLLOW);
  }

  /// Gives the file a hidden name, since `rename` can replace a file and `link` cannot.
  Result<void> link_to_hidden() {
    for (int attempt = 0; attempt < kMaxNameAttempts; ++attempt) {
      const fs::path name = folder_ / hidden_file_name();
      if (link_to(name) == 0) {
        hidden_ = name;
        return {};
      }
      if (errno != EEXIST) break;
    }
    return cannot_create(errno, target_);
  }

  void discard() {
    if (!hidden_.empty()) ::unlink(hidden_.c_str());
    hidden_.clear();
  }

  Descriptor descriptor_;
  fs::path folder_;
  fs::path target_;
  fs::path hidden_;
};

/// Opens a file without a name. Empty if the file system has no O_TMPFILE, or /proc is missing.
Descriptor open_unnamed(const fs::path& folder) {
  Descriptor descriptor = open_path(folder, O_TMPFILE | O_RDWR, kNewFileMode);
  if (descriptor && ::access(by_descriptor(descriptor.get()).c_str(), F_OK) != 0) return {};
  return descriptor;
}

/// Whether `path` is a link into /proc, such as "/dev/stdout": it names an open file, which must be written
/// to instead of replaced.
bool names_open_file(const fs::path& path) {
  std::error_code failure;
  const auto in_proc = [](const fs::path& name) { return name.native().starts_with("/proc/"); };
  if (!fs::is_symlink(path, failure)) return false;
  if (in_proc(fs::read_symlink(path, failure))) return true;
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return in_proc(fs::canonical(parent, failure));
}

}  // namespace

std::string hidden_file_name() {
  std::random_device random;
  return fmt::format(".convert-{:08x}{:08x}.part", random(), random());
}

Result<std::unique_ptr<Writer>> create_hidden_file_in(const fs::path& folder, const fs::path& target) {
  for (int attempt = 0; attempt < kMaxNameAttempts; ++attempt) {
    fs::path hidden = folder / hidden_file_name();
    Descriptor descriptor = open_path(hidden, O_CREAT | O_EXCL | O_RDWR, kNewFileMode);
    if (descriptor) {
      return std::unique_ptr<Writer>(
          std::make_unique<FileWriter>(std::move(descriptor), folder, target, std::move(hidden)));
    }
    if (errno != EEXIST) break;
  }
  return cannot_create(errno, target);
}

Result<std::unique_ptr<Writer>> create_file_in(const fs::path& folder, const fs::path& target) {
  Descriptor descriptor = open_unnamed(folder);
  if (!descriptor) return create_hidden_file_in(folder, target);
  return std::unique_ptr<Writer>(
      std::make_unique<FileWriter>(std::move(descriptor), folder, target, fs::path()));
}

}  // namespace base

Result<std::unique_ptr<Writer>> create_file(const fs::path& path) {
  if (!path.has_filename() || path.filename() == "." || path.filename() == "..") {
    return Error{Errc::invalid_argument,
                 fmt::format("\"{}\" is not the name of a file. Name a file to write.", path.string())};
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return Error{Errc::invalid_argument,
                   fmt::format("\"{}\" is a folder. Name a file to write.", path.string())};
    }
    // Devices and pipes are written to, not replaced by a file.
    if (!S_ISREG(status.st_mode) || base::names_open_file(path)) {
      base::Descriptor descriptor = base::open_path(path, O_WRONLY);
      if (!descriptor) return base::cannot_create(errno, path);
      return base::owning_descriptor_writer(std::move(descriptor));
    }
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return base::create_file_in(folder, path);
}

namespace {

class MemoryWriter : public Writer {
 public:
  explicit MemoryWriter(std::vector<std::byte>& target) : target_(target) {}

  bool seekable() const override { return true; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (from.empty()) return {};
    if (offset > bytes_.max_size() - from.size()) {
      return Error{Errc::io, "The output does not fit into memory. Write it to a file."};
    }
    const auto at = static_cast<std::size_t>(offset);
    if (at == bytes_.size()) {
      bytes_.insert(bytes_.end(), from.begin(), from.end());
      return {};
    }
    if (at + from.size() > bytes_.size()) bytes_.resize(at + from.size());
    std::memcpy(bytes_.data() + at, from.data(), from.size());
    return {};
  }
  Result<void> commit() override {
    target_ = std::move(bytes_);
    return {};
  }

 private:
  std::vector<std::byte>& target_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::unique_ptr<Writer> memory_writer(std::vector<std::byte>& bytes) {
  return std::make_unique<MemoryWriter>(bytes);
}

}  // namespace convert
