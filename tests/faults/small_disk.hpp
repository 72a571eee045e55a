// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace convert::test {

/// Runs `body` in a process of its own in which `folder` is an empty disk (a tmpfs) of so many bytes, and
/// takes over its failures. Answers false where the kernel does not permit that; the caller skips then.
bool on_small_disk(const std::filesystem::path& folder, std::uint64_t bytes,
                   const std::function<void()>& body);

/// Within such a body: makes the disk read-only, or writable again. No file may be open for writing.
void make_read_only(const std::filesystem::path& folder, bool read_only);

/// A file that takes all that is left of a disk, until it is destroyed.
class DiskFiller {
 public:
  explicit DiskFiller(std::filesystem::path file);
  ~DiskFiller();
  DiskFiller(const DiskFiller&) = delete;
  DiskFiller& operator=(const DiskFiller&) = delete;

 private:
  std::filesystem::path file_;
};

}  // namespace convert::test
