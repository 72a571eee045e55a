// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/io.hpp>
#include <convert/options.hpp>

namespace convert::base {

/// An unnamed temporary file in `options.temporary_folder` (by default the system's), readable and writable.
/// It disappears when it is destroyed or when the process ends. `commit` does nothing. Errors: `io` and
/// `unavailable` (no space; retryable). Messages name the option, not the path.
class TemporaryFile : public Reader, public Writer {
 public:
  static Result<std::unique_ptr<TemporaryFile>> create(const ConvertOptions& options);
  explicit TemporaryFile(int descriptor) : descriptor_(descriptor) {}
  ~TemporaryFile() override;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override;
  Result<void> commit() override { return {}; }
  std::optional<int> native_handle() const override { return descriptor_; }

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
};

/// Copies all of `source`, from offset 0, into a temporary file. Calls `options.check()` between blocks.
Result<std::unique_ptr<Reader>> spool(Reader& source, const ConvertOptions& options);

/// A seekable Writer that keeps its bytes in a temporary file. Its `commit` writes them to `target` from
/// start to end and commits `target`.
Result<std::unique_ptr<Writer>> spooled_writer(std::unique_ptr<Writer> target, const ConvertOptions& options);

}  // namespace convert::base
