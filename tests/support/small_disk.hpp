// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace convert::test {

/// Runs `body` in a child process in which `folder` is an empty disk (tmpfs) of `bytes` bytes, and reports
/// its test failures. Returns false if the kernel does not permit that; the caller skips its test then.
bool on_small_disk(const std::filesystem::path& folder, std::uint64_t bytes,
                   const std::function<void()>& body);

/// Makes the disk read-only or writable, within such a body. No file may be open for writing.
void make_read_only(const std::filesystem::path& folder, bool read_only);

/// Fills a disk with a file until it is destroyed.
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
