// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/writers.hpp"
#include "base/temporary_file.hpp"
#include "base/file_descriptor.hpp"

namespace convert::base {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kOwnerOnly = 0600;

Error cannot_create_temporary_file(int code) {
  const bool full = code == ENOSPC || code == EDQUOT || code == EMFILE || code == ENFILE;
  return Error{
      full ? Errc::unavailable : Errc::io,
      fmt::format(
          "Cannot create a file in the folder for temporary files (temporary_folder): {}. {}",
          std::generic_category().message(code),
          full ? "Try again when there is room." : "Set temporary_folder to a folder that can be written."),
      full};
}

/// Of what can go wrong with a write, only a full disk may pass.
Error cannot_write_temporary_file(const Error& error) {
  if (!error.retryable) return error;
  return Error{Errc::unavailable,
               "The folder for temporary files (temporary_folder) is full. Free some space and try again, "
               "or set temporary_folder to a folder with more room.",
               true};
}

/// Where the file system has no unnamed files: one that loses its name at once.
Descriptor open_and_unlink(const fs::path& folder) {
  const fs::path name = folder / hidden_file_name();
  Descriptor descriptor = open_path(name, O_CREAT | O_EXCL | O_RDWR, kOwnerOnly);
  if (descriptor) ::unlink(name.c_str());
  return descriptor;
}

}  // namespace

Result<std::unique_ptr<TemporaryFile>> TemporaryFile::create(const ConvertOptions& options) {
  fs::path folder = options.temporary_folder.value_or(fs::path());
  if (folder.empty()) {
    std::error_code failure;
    folder = fs::temp_directory_path(failure);
    if (failure) return cannot_create_temporary_file(failure.value());
  }
  Descriptor descriptor = open_path(folder, O_TMPFILE | O_EXCL | O_RDWR, kOwnerOnly);
  if (!descriptor) descriptor = open_and_unlink(folder);
  if (!descriptor) return cannot_create_temporary_file(errno);
  return std::make_unique<TemporaryFile>(descriptor.release());
}

TemporaryFile::~TemporaryFile() { ::close(descriptor_); }

Result<std::size_t> TemporaryFile::read_at(std::uint64_t offset, std::span<std::byte> into) {
  return read_some_at(descriptor_, offset, into);
}

Result<void> TemporaryFile::write_at(std::uint64_t offset, std::span<const std::byte> from) {
  if (auto written = write_all_at(descriptor_, offset, from); !written) {
    return cannot_write_temporary_file(written.error());
  }
  size_ = std::max(size_, offset + from.size());
  return {};
}

}  // namespace convert::base
