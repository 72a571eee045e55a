// SPDX-License-Identifier: MIT
#include "base/descriptor_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace convert {
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
  /// Of what is written past this Writer into a file that had content, nobody would know the end.
  std::optional<int> native_handle() const override {
    return was_empty_ ? std::optional(descriptor_) : std::nullopt;
  }

 private:
  int descriptor_;
  bool was_empty_;
  Descriptor owned_;
  std::uint64_t end_ = 0;
};

/// What was written cannot be taken back; whoever owns the descriptor ends it after a failure.
class ForwardDescriptorWriter : public Writer {
 public:
  ForwardDescriptorWriter(int descriptor, Descriptor owned)
      : descriptor_(descriptor), owned_(std::move(owned)) {}

  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (offset != position_) return Error{Errc::internal, "A forward-only output was asked to seek."};
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

/// With O_APPEND every write goes to the end, whatever offset it names.
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

}  // namespace base
}  // namespace convert
