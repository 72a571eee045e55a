// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// The private folder of a Sandbox. Each worker has its own folder below it. It is locked until this process
/// ends, so that the next Sandbox recognises and removes the folders of processes that have ended.
class ScratchRoot {
 public:
  /// Makes it below `folder`, or below the system's temporary folder if that is empty. Errors: `io`,
  /// `not_found`.
  static Result<ScratchRoot> make(std::filesystem::path folder);

  ScratchRoot(ScratchRoot&&) = default;
  ScratchRoot& operator=(ScratchRoot&&) = delete;
  ~ScratchRoot();

  const std::filesystem::path& path() const { return path_; }

 private:
  ScratchRoot(std::filesystem::path path, base::Descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  base::Descriptor lock_;
};

/// Removes a folder and its content as far as possible. Does not follow symbolic links.
void remove_folder(const std::filesystem::path& folder);

/// The total size of the files below a folder, with 64 KiB added for each file.
std::uint64_t folder_bytes(const std::filesystem::path& folder);

}  // namespace convert::sandbox
