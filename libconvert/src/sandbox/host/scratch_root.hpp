// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// The private folder of a Sandbox, below which each worker has its own. Locked for as long as this process
/// lives, so that those of processes that died are recognised, and removed by the next one that starts.
class ScratchRoot {
 public:
  /// Below `folder`; empty: the system's. Errors: `io`, `not_found`.
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

/// Removes a folder with all that is in it; follows no links. What can't be removed stays.
void remove_folder(const std::filesystem::path& folder);

/// The bytes of all files in a folder and below, and 64 KiB for each.
std::uint64_t folder_bytes(const std::filesystem::path& folder);

}  // namespace convert::sandbox
