// SPDX-License-Identifier: MIT
#include "base/temporary_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "base/writers.hpp"

namespace convert::base {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kOwnerOnly = 0600;

Error cannot_create_temporary_file(int code) {
  const bool full = code == ENOSPC || code == EDQUOT || code == EMFILE || code == ENFILE;
  return Error{
      full ? Errc::unavailable : Errc::io,
      fmt::format("Cannot create a file in the folder for temporary files (temporary_folder): {}. {}",
                  std::generic_category().message(code),
                  full ? "Free some space and try again." : "Set temporary_folder to a writable folder."),
      full};
}

/// Only a full disk is retryable.
Error cannot_write_temporary_file(const Error& error) {
  if (!error.retryable) return error;
  return Error{Errc::unavailable,
               "The folder for temporary files (temporary_folder) is full. Free some space and try again, "
               "or set temporary_folder to a folder with more space.",
               true};
}

/// For file systems without O_TMPFILE: creates a file and removes its name at once.
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

namespace {

constexpr std::size_t kSpoolBlockBytes = std::size_t{256} << 10;

/// See `spooled_writer`.
class SpooledWriter : public Writer {
 public:
  SpooledWriter(std::unique_ptr<Writer> target, std::unique_ptr<TemporaryFile> file, ConvertOptions options)
      : target_(std::move(target)), file_(std::move(file)), options_(std::move(options)) {}

  bool seekable() const override { return true; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return file_->write_at(offset, from);
  }
  Result<void> commit() override;
  std::optional<int> native_handle() const override { return file_->native_handle(); }
  void cancel() noexcept override { target_->cancel(); }

 private:
  std::unique_ptr<Writer> target_;
  std::unique_ptr<TemporaryFile> file_;
  ConvertOptions options_;
};

Result<void> copy_bytes(Reader& from, Writer& to, const ConvertOptions& options) {
  std::vector<std::byte> block(kSpoolBlockBytes);
  std::uint64_t offset = 0;
  for (;;) {
    CONVERT_TRY(options.check_cancellation());
    CONVERT_TRY_ASSIGN(auto count, from.read_at(offset, block));
    if (count == 0) return {};
    CONVERT_TRY(to.write_at(offset, std::span(block).first(count)));
    offset += count;
  }
}

Result<void> SpooledWriter::commit() {
  CONVERT_TRY(copy_bytes(*file_, *target_, options_));
  return target_->commit();
}

}  // namespace

Result<std::unique_ptr<Reader>> spool(Reader& source, const ConvertOptions& options) {
  CONVERT_TRY_ASSIGN(auto file, TemporaryFile::create(options));
  CONVERT_TRY(copy_bytes(source, *file, options));
  return std::unique_ptr<Reader>(std::move(file));
}

Result<std::unique_ptr<Writer>> spooled_writer(std::unique_ptr<Writer> target,
                                               const ConvertOptions& options) {
  CONVERT_TRY_ASSIGN(auto file, TemporaryFile::create(options));
  return std::unique_ptr<Writer>(
      std::make_unique<SpooledWriter>(std::move(target), std::move(file), options));
}

}  // namespace convert::base
