// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include <convert/result.hpp>

namespace convert::base {
class TemporaryFile;
}

namespace convert::storage {

/// The memory that the buffers of all uploads share. Thread-safe.
class PartMemory {
 public:
  PartMemory(std::size_t limit, std::filesystem::path temporary_folder)
      : limit_(limit), temporary_folder_(std::move(temporary_folder)) {}

  /// Whether `bytes` more may be used; then `release` gives them back.
  bool reserve(std::size_t bytes) noexcept;
  void release(std::size_t bytes) noexcept { used_.fetch_sub(bytes); }
  std::size_t used() const noexcept { return used_.load(); }
  const std::filesystem::path& temporary_folder() const { return temporary_folder_; }

 private:
  const std::size_t limit_;
  const std::filesystem::path temporary_folder_;
  std::atomic<std::size_t> used_ = 0;
};

/// The bytes of one part. Grows in memory up to `capacity`; where the shared memory is used up, it continues
/// in a mapped temporary file, which the system writes to disk when it needs the memory.
class PartBuffer {
 public:
  PartBuffer(PartMemory& memory, std::size_t capacity);
  PartBuffer(PartBuffer&& other) noexcept;
  PartBuffer& operator=(PartBuffer&&) = delete;
  ~PartBuffer();

  /// Takes as many of `bytes` as there is space for. Returns how many. Errors: `unavailable` (no space),
  /// `io`.
  Result<std::size_t> append(std::span<const std::byte> bytes);

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool full() const { return size_ == capacity_; }
  bool in_file() const { return file_ != nullptr; }

 private:
  Result<void> grow(std::size_t needed);
  Result<void> move_to_file();

  PartMemory* memory_;
  std::size_t capacity_;
  std::size_t allocated_ = 0;
  std::size_t size_ = 0;
  std::byte* data_ = nullptr;  ///< in `allocation_` or in the mapped file
  std::unique_ptr<std::byte[]> allocation_;
  std::unique_ptr<base::TemporaryFile> file_;
};

}  // namespace convert::storage
