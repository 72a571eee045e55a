// SPDX-License-Identifier: MIT
#include "base/temporary_file.hpp"

#include <utility>
#include <vector>

namespace convert::base {
namespace {

constexpr std::size_t kSpoolBlockBytes = std::size_t{256} << 10;

/// Keeps its bytes in a temporary file until `commit`.
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

 private:
  std::unique_ptr<Writer> target_;
  std::unique_ptr<TemporaryFile> file_;
  ConvertOptions options_;
};

Result<void> copy_bytes(Reader& from, Writer& to, const ConvertOptions& options) {
  std::vector<std::byte> block(kSpoolBlockBytes);
  std::uint64_t offset = 0;
  for (;;) {
    if (auto go_on = options.check_cancellation(); !go_on) return go_on;
    auto count = from.read_at(offset, block);
    if (!count) return std::move(count).error();
    if (*count == 0) return {};
    if (auto written = to.write_at(offset, std::span(block).first(*count)); !written) return written;
    offset += *count;
  }
}

Result<void> SpooledWriter::commit() {
  if (auto copied = copy_bytes(*file_, *target_, options_); !copied) return copied;
  return target_->commit();
}

}  // namespace

Result<std::unique_ptr<Reader>> spool(Reader& source, const ConvertOptions& options) {
  auto file = TemporaryFile::create(options);
  if (!file) return std::move(file).error();
  if (auto copied = copy_bytes(source, **file, options); !copied) return std::move(copied).error();
  return std::unique_ptr<Reader>(std::move(*file));
}

Result<std::unique_ptr<Writer>> spooled_writer(std::unique_ptr<Writer> target,
                                               const ConvertOptions& options) {
  auto file = TemporaryFile::create(options);
  if (!file) return std::move(file).error();
  return std::unique_ptr<Writer>(
      std::make_unique<SpooledWriter>(std::move(target), std::move(*file), options));
}

}  // namespace convert::base
