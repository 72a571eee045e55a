// SPDX-License-Identifier: MIT
#include "storage/s3/part_buffer.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/temporary_file.hpp"
#include "base/try.hpp"

namespace convert::storage {
namespace {

constexpr std::size_t kFirstAllocation = std::size_t{64} << 10;
constexpr std::size_t kGrowth = 4;

}  // namespace

bool PartMemory::reserve(std::size_t bytes) noexcept {
  std::size_t used = used_.load();
  do {
    if (bytes > limit_ || used > limit_ - bytes) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return true;
}

PartBuffer::PartBuffer(PartMemory& memory, std::size_t capacity) : memory_(&memory), capacity_(capacity) {}

PartBuffer::PartBuffer(PartBuffer&& other) noexcept
    : memory_(other.memory_),
      capacity_(other.capacity_),
      allocated_(std::exchange(other.allocated_, 0)),
      size_(std::exchange(other.size_, 0)),
      data_(std::exchange(other.data_, nullptr)),
      allocation_(std::move(other.allocation_)),
      file_(std::move(other.file_)) {}

PartBuffer::~PartBuffer() {
  if (file_) ::munmap(data_, capacity_);
  if (allocation_) memory_->release(allocated_);
}

Result<std::size_t> PartBuffer::append(std::span<const std::byte> bytes) {
  const std::size_t count = std::min(bytes.size(), capacity_ - size_);
  if (count == 0) return std::size_t{0};
  if (size_ + count > allocated_) CONVERT_TRY(grow(size_ + count));
  std::memcpy(data_ + size_, bytes.data(), count);
  size_ += count;
  return count;
}

Result<void> PartBuffer::grow(std::size_t needed) {
  std::size_t larger_size = std::max(kFirstAllocation, allocated_);
  while (larger_size < needed) larger_size *= kGrowth;
  larger_size = std::min(larger_size, capacity_);
  // Both the old and the new allocation exist for a moment.
  if (!memory_->reserve(larger_size)) return move_to_file();
  std::unique_ptr<std::byte[]> larger(new (std::nothrow) std::byte[larger_size]);
  if (!larger) {
    memory_->release(larger_size);
    return move_to_file();
  }
  if (size_ > 0) std::memcpy(larger.get(), data_, size_);
  memory_->release(std::exchange(allocated_, larger_size));
  allocation_ = std::move(larger);
  data_ = allocation_.get();
  return {};
}

Result<void> PartBuffer::move_to_file() {
  ConvertOptions options;
  options.temporary_folder = memory_->temporary_folder();
  CONVERT_TRY_ASSIGN(auto file, base::TemporaryFile::create(options));
  const int descriptor = file->native_handle().value_or(-1);
  // Allocated now: a page without space on the disk would end the process when it is written.
  if (const int code = ::posix_fallocate(descriptor, 0, static_cast<off_t>(capacity_)); code != 0)
    return base::system_error(code, "Cannot buffer an upload in a temporary file");
  void* const mapped = ::mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) return base::system_error(errno, "Cannot buffer an upload in a temporary file");
  if (size_ > 0) std::memcpy(mapped, data_, size_);
  if (allocation_) memory_->release(allocated_);
  allocation_.reset();
  file_ = std::move(file);
  data_ = static_cast<std::byte*>(mapped);
  allocated_ = capacity_;
  return {};
}

}  // namespace convert::storage
