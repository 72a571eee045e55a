// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"

namespace convert {
namespace {

using base::Descriptor;

/// A regular file or a block device.
class SeekableFileReader : public Reader {
 public:
  SeekableFileReader(int descriptor, std::optional<std::uint64_t> size, Descriptor owned)
      : descriptor_(descriptor), size_(size), owned_(std::move(owned)) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return base::read_some_at(descriptor_, offset, into);
  }
  std::optional<int> native_handle() const override { return descriptor_; }

 private:
  int descriptor_;
  std::optional<std::uint64_t> size_;
  Descriptor owned_;
};

/// A pipe, a socket, a terminal.
class ForwardDescriptorReader : public Reader {
 public:
  ForwardDescriptorReader(int descriptor, Descriptor owned)
      : descriptor_(descriptor), owned_(std::move(owned)) {}

  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset != position_) return Error{Errc::internal, "A forward-only input cannot seek."};
    auto count = base::read_some(descriptor_, into);
    if (count) position_ += *count;
    return count;
  }
  std::optional<int> native_handle() const override { return descriptor_; }

 private:
  int descriptor_;
  Descriptor owned_;
  std::uint64_t position_ = 0;
};

std::optional<std::uint64_t> block_device_size(int descriptor) {
  std::uint64_t size = 0;
  if (::ioctl(descriptor, BLKGETSIZE64, &size) != 0) return {};
  return size;
}

std::unique_ptr<Reader> reader_of(int descriptor, const struct stat& status, Descriptor owned) {
  if (S_ISREG(status.st_mode)) {
    return std::make_unique<SeekableFileReader>(descriptor, static_cast<std::uint64_t>(status.st_size),
                                                std::move(owned));
  }
  if (S_ISBLK(status.st_mode)) {
    return std::make_unique<SeekableFileReader>(descriptor, block_device_size(descriptor), std::move(owned));
  }
  return std::make_unique<ForwardDescriptorReader>(descriptor, std::move(owned));
}

}  // namespace

Result<std::unique_ptr<Reader>> open_file(const std::filesystem::path& path) {
  if (path.empty()) return Error{Errc::invalid_argument, "The name of the input file is empty."};
  Descriptor descriptor = base::open_path(path, O_RDONLY);
  struct stat status {};
  if (!descriptor || ::fstat(descriptor.get(), &status) != 0) {
    return base::system_error(errno, fmt::format("Cannot open \"{}\"", path.string()));
  }
  if (S_ISDIR(status.st_mode)) {
    return Error{Errc::invalid_argument, fmt::format("\"{}\" is a folder. Name a file.", path.string())};
  }
  const int number = descriptor.get();
  // A hint: failure does not matter.
  if (S_ISREG(status.st_mode)) (void)::posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL);
  return reader_of(number, status, std::move(descriptor));
}

std::unique_ptr<Reader> descriptor_reader(int descriptor) {
  struct stat status {};
  // An invalid descriptor gives a Reader whose first read fails.
  (void)::fstat(descriptor, &status);
  return reader_of(descriptor, status, Descriptor());
}

namespace {

class MemoryReader : public Reader {
 public:
  explicit MemoryReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  explicit MemoryReader(std::vector<std::byte>&& bytes) : owned_(std::move(bytes)), bytes_(owned_) {}
  MemoryReader(const MemoryReader&) = delete;
  MemoryReader& operator=(const MemoryReader&) = delete;

  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const auto from = bytes_.subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(from.size(), into.size());
    if (count > 0) std::memcpy(into.data(), from.data(), count);
    return count;
  }

 private:
  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
};

}  // namespace

std::unique_ptr<Reader> memory_reader(std::span<const std::byte> bytes) {
  return std::make_unique<MemoryReader>(bytes);
}

std::unique_ptr<Reader> memory_reader(std::vector<std::byte>&& bytes) {
  return std::make_unique<MemoryReader>(std::move(bytes));
}

namespace {

class PrefixedReader : public Reader {
 public:
  PrefixedReader(std::vector<std::byte> head, Reader& rest) : head_(std::move(head)), rest_(rest) {}

  /// The size of `rest` includes the bytes in `head`.
  std::optional<std::uint64_t> size() const override { return rest_.size(); }
  bool seekable() const override { return false; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset != position_) return Error{Errc::internal, "A forward-only input cannot seek."};
    auto count = position_ < head_.size() ? from_head(into) : rest_.read_at(position_, into);
    if (count) position_ += *count;
    return count;
  }
  void cancel() noexcept override { rest_.cancel(); }

 private:
  Result<std::size_t> from_head(std::span<std::byte> into) {
    const auto left = std::span(head_).subspan(static_cast<std::size_t>(position_));
    const std::size_t count = std::min(left.size(), into.size());
    if (count > 0) std::memcpy(into.data(), left.data(), count);
    return count;
  }

  std::vector<std::byte> head_;
  Reader& rest_;
  std::uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<Reader> prefixed_reader(std::vector<std::byte> head, Reader& rest) {
  return std::make_unique<PrefixedReader>(std::move(head), rest);
}

}  // namespace convert
