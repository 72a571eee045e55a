// SPDX-License-Identifier: MIT
#include "archive/file_source.hpp"

#include <sys/stat.h>

namespace convert::archive {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10;
constexpr unsigned kDefaultMode = 0644;
constexpr unsigned kPermissions = 0777;

struct Attributes {
  std::chrono::nanoseconds modified = std::chrono::system_clock::now().time_since_epoch();
  unsigned mode = kDefaultMode;
};

Attributes attributes_of(const StoredFile& file) {
  Attributes found;
  struct stat status {};
  const auto descriptor = file.origin->native_handle();
  if (descriptor && ::fstat(*descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    found.modified =
        std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
    found.mode = status.st_mode & kPermissions;
  }
  if (file.mode) found.mode = *file.mode & kPermissions;
  if (file.modified) found.modified = *file.modified;
  return found;
}

class StoredFileSource : public EntrySource {
 public:
  explicit StoredFileSource(std::vector<StoredFile> files) : files_(std::move(files)), buffer_(kReadSize) {}

  Result<std::optional<Entry>> next() override {
    if (next_ == files_.size()) return std::optional<Entry>();
    const auto& file = files_[next_++];
    offset_ = 0;
    const auto attributes = attributes_of(file);
    return std::optional(
        make_file_entry(file.name, file.bytes->size(), attributes.modified, attributes.mode));
  }

  Result<std::span<const std::byte>> read() override {
    auto got = files_[next_ - 1].bytes->read_at(offset_, buffer_);
    if (!got) return got.error();
    offset_ += *got;
    return std::span<const std::byte>(buffer_).first(*got);
  }

 private:
  std::vector<StoredFile> files_;
  std::vector<std::byte> buffer_;
  std::size_t next_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace

std::unique_ptr<EntrySource> stored_files(std::vector<StoredFile> files) {
  return std::make_unique<StoredFileSource>(std::move(files));
}

}  // namespace convert::archive
