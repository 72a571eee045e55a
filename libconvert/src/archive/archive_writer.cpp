// SPDX-License-Identifier: MIT
#include "archive/archive_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <vector>

#include "archive/entry_names.hpp"
#include "base/try.hpp"

namespace convert::archive {
namespace {

constexpr std::size_t kGzipHeader = 10;

constexpr int kWriteBlock = 256'000;  // a multiple of the 10,240 bytes to which a tar is padded
constexpr int kTarRecord = 10'240;
constexpr std::size_t kWriteSlice = std::size_t{128}
                                    << 10;  // bytes compressed between two checks for cancellation
// Above these levels a thread compresses a block for seconds without a check for cancellation.
constexpr int kMaxThreadedXzLevel = 2;
constexpr int kMaxThreadedZstdLevel = 9;
constexpr int kDefault7zLevel = 5;  // default of the 7z program; libarchive's is 6
constexpr int kDefaultXzLevel = 6;
constexpr int kDefaultZstdLevel = 3;

int add_compression(::archive* handle, Compression compression) {
  switch (compression) {
    case Compression::none:
      return archive_write_add_filter_none(handle);
    case Compression::gzip:
      return archive_write_add_filter_gzip(handle);
    case Compression::bzip2:
      return archive_write_add_filter_bzip2(handle);
    case Compression::xz:
      return archive_write_add_filter_xz(handle);
    case Compression::zstd:
      return archive_write_add_filter_zstd(handle);
  }
  return ARCHIVE_FATAL;
}

int set_container(::archive* handle, Container container) {
  switch (container) {
    case Container::single_file:
      return archive_write_set_format_raw(handle);
    case Container::zip:
      return archive_write_set_format_zip(handle);
    case Container::seven_zip:
      return archive_write_set_format_7zip(handle);
    case Container::tar:
      return archive_write_set_format_pax(handle);
  }
  return ARCHIVE_FATAL;
}

const char* libarchive_module(ArchiveFormat archive_format) {
  switch (archive_format.compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::bzip2:
      return "bzip2";
    case Compression::xz:
      return "xz";
    case Compression::zstd:
      return "zstd";
    case Compression::none:
      break;
  }
  return archive_format.container == Container::zip ? "zip" : "7zip";
}

int set_option(::archive* handle, ArchiveFormat archive_format, const char* option, int value) {
  const auto text = std::to_string(value);
  return archive_format.compression != Compression::none
             ? archive_write_set_filter_option(handle, libarchive_module(archive_format), option,
                                               text.c_str())
             : archive_write_set_format_option(handle, libarchive_module(archive_format), option,
                                               text.c_str());
}

int set_level(::archive* handle, const WriterSettings& settings) {
  if (!settings.level && settings.archive_format.container != Container::seven_zip) return ARCHIVE_OK;
  // bzip2 and zstd have no level 0 (for zstd, 0 is the default).
  const bool no_zero = settings.archive_format.compression == Compression::bzip2 ||
                       settings.archive_format.compression == Compression::zstd;
  return set_option(handle, settings.archive_format, "compression-level",
                    std::max(settings.level.value_or(kDefault7zLevel), no_zero ? 1 : 0));
}

int set_threads(::archive* handle, const WriterSettings& settings) {
  const bool xz = settings.archive_format.compression == Compression::xz &&
                  settings.level.value_or(kDefaultXzLevel) <= kMaxThreadedXzLevel;
  const bool zstd = settings.archive_format.compression == Compression::zstd &&
                    settings.level.value_or(kDefaultZstdLevel) <= kMaxThreadedZstdLevel;
  if (settings.threads < 2 || !(xz || zstd)) return ARCHIVE_OK;
  return set_option(handle, settings.archive_format, "threads",
                    static_cast<int>(std::min(settings.threads, 64U)));
}

}  // namespace

int LibarchiveWriter::open(::archive* handle) {
  return archive_write_open2(handle, this, nullptr, &LibarchiveWriter::write, nullptr, nullptr);
}

void LibarchiveWriter::set_gzip_header_name(std::string name, std::int64_t modified) {
  gzip_name_ = GzipName{std::move(name), modified};
}

Result<void> LibarchiveWriter::put(std::span<const std::byte> bytes) {
  CONVERT_TRY(context_.checkpoint());
  CONVERT_TRY(target_.write_at(offset_, bytes));
  offset_ += bytes.size();
  context_.add_written(bytes.size());
  return {};
}

/// RFC 1952: a flag announces a zero-terminated name after the ten bytes.
Result<void> LibarchiveWriter::put_gzip_header(std::span<const std::byte> header) {
  std::vector<std::byte> named(header.begin(), header.end());
  named[3] |= std::byte{8};
  const bool fits =
      gzip_name_->modified > 0 && gzip_name_->modified <= std::numeric_limits<std::uint32_t>::max();
  const auto modified = fits ? static_cast<std::uint32_t>(gzip_name_->modified) : 0U;
  for (unsigned i = 0; i < 4; ++i) named[4 + i] = static_cast<std::byte>(modified >> (8 * i) & 0xFF);
  for (const char c : gzip_name_->name) named.push_back(static_cast<std::byte>(c));
  named.push_back(std::byte{0});
  gzip_name_.reset();
  return put(named);
}

la_ssize_t LibarchiveWriter::write(::archive* handle, void* self, const void* bytes, std::size_t count) {
  auto& sink = *static_cast<LibarchiveWriter*>(self);
  if (sink.write_mode_ == WriteMode::fail) return -1;
  if (sink.write_mode_ == WriteMode::discard || count == 0) return static_cast<la_ssize_t>(count);
  auto rest = std::span(static_cast<const std::byte*>(bytes), count);
  auto put = Result<void>();
  if (sink.gzip_name_ && rest.size() >= kGzipHeader) {
    put = sink.put_gzip_header(rest.first(kGzipHeader));
    rest = rest.subspan(kGzipHeader);
  }
  if (put && !rest.empty()) put = sink.put(rest);
  if (put) return static_cast<la_ssize_t>(count);
  sink.failure_ = put.error();
  sink.write_mode_ = WriteMode::fail;
  archive_set_error(handle, EIO, "The output could not be written");
  return -1;
}

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::open(const WriterSettings& settings, Writer& target,
                                                           ConversionContext& context) {
  std::unique_ptr<ArchiveWriter> writer(new ArchiveWriter(settings, target, context));
  CONVERT_TRY(writer->start(settings));
  return writer;
}

/// libarchive frees a compressor only on close, and that of a zip entry only when the entry is finished.
/// Other formats would pad the entry with zeros first; on a failed handle they do not.
ArchiveWriter::~ArchiveWriter() {
  if (closed_) return;
  const bool zip = archive_format_.container == Container::zip;
  output_.set_write_mode(zip ? LibarchiveWriter::WriteMode::discard : LibarchiveWriter::WriteMode::fail);
  if (zip) archive_write_finish_entry(handle_.get());
  archive_write_fail(handle_.get());
  archive_write_close(handle_.get());
}

Result<void> ArchiveWriter::start(const WriterSettings& settings) {
  auto* const handle = handle_.get();
  CONVERT_TRY(check(set_container(handle, archive_format_.container)));
  CONVERT_TRY(check(add_compression(handle, archive_format_.compression)));
  CONVERT_TRY(check(set_level(handle, settings)));
  CONVERT_TRY(check(set_threads(handle, settings)));
  if (archive_format_.compression == Compression::gzip)
    archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr);
  if (archive_format_.container != Container::single_file) {
    const char* module = archive_format_.container == Container::zip   ? "zip"
                         : archive_format_.container == Container::tar ? "pax"
                                                                       : nullptr;
    if (module != nullptr) archive_write_set_format_option(handle, module, "hdrcharset", "UTF-8");
  }
  const bool padded =
      archive_format_.container == Container::tar && archive_format_.compression == Compression::none;
  archive_write_set_bytes_per_block(handle, kWriteBlock);
  archive_write_set_bytes_in_last_block(handle, padded ? kTarRecord : 1);
  return check(output_.open(handle));
}

Result<void> ArchiveWriter::check(int status) {
  if (status == ARCHIVE_OK || status == ARCHIVE_WARN) return {};
  if (output_.failure()) return *output_.failure();
  const bool memory = archive_errno(handle_.get()) == ENOMEM;
  return Error{memory ? Errc::unavailable : Errc::io,
               fmt::format("{} could not be written: {}.",
                           name_.empty() ? "The output" : fmt::format("The entry \"{}\"", name_),
                           memory ? "there is not enough memory" : last_error(handle_.get())),
               memory};
}

Result<void> ArchiveWriter::start_entry(const Entry& entry) {
  name_ = entry.name;
  const EntryHandle stored(archive_entry_clone(entry.meta.get()));
  auto* const meta = stored.get();
  archive_entry_set_pathname_utf8(meta, entry.name.c_str());
  archive_entry_unset_atime(meta);
  archive_entry_unset_ctime(meta);
  archive_entry_unset_birthtime(meta);
  archive_entry_sparse_clear(meta);
  if (entry.kind == EntryKind::symbolic_link) archive_entry_set_symlink_utf8(meta, entry.target.c_str());
  if (entry.kind == EntryKind::hard_link) archive_entry_set_hardlink_utf8(meta, entry.target.c_str());
  if (entry.kind != EntryKind::file) {
    archive_entry_set_size(meta, 0);
  } else if (entry.size) {
    archive_entry_set_size(meta, static_cast<la_int64_t>(*entry.size));
  } else {
    archive_entry_unset_size(meta);
  }
  if (archive_format_ == ArchiveFormat{Container::single_file, Compression::gzip}) {
    if (auto name = last_component(entry.name))
      output_.set_gzip_header_name(*std::move(name), archive_entry_mtime(meta));
  }
  return check(archive_write_header(handle_.get(), meta));
}

Result<void> ArchiveWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kWriteSlice));
    const auto written = archive_write_data(handle_.get(), piece.data(), piece.size());
    if (written < 0) return check(ARCHIVE_FATAL);
    if (written == 0) {
      return Error{Errc::io, fmt::format("The entry \"{}\" has more bytes than its declared size.", name_)};
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> ArchiveWriter::finish_entry() { return check(archive_write_finish_entry(handle_.get())); }

Result<void> ArchiveWriter::close() {
  closed_ = true;
  return check(archive_write_close(handle_.get()));
}

}  // namespace convert::archive
