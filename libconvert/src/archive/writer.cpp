// SPDX-License-Identifier: MIT
#include "archive/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "archive/names.hpp"

namespace convert::archive {
namespace {

constexpr int kBlock = 256'000;  // a multiple of the 10,240 bytes that a tar's end is padded to
constexpr int kTarRecord = 10'240;
constexpr std::size_t kPiece = std::size_t{128}
                               << 10;  // how much is compressed between two looks at the stop token
// Above these levels a thread works on its block for seconds, and nobody can stop it meanwhile.
constexpr int kThreadableXz = 2;
constexpr int kThreadableZstd = 9;
constexpr int kUsual7z = 5;  // as the 7z program; libarchive would take 6
constexpr int kUsualXz = 6;
constexpr int kUsualZstd = 3;

int add_filter(::archive* handle, Filter filter) {
  switch (filter) {
    case Filter::none:
      return archive_write_add_filter_none(handle);
    case Filter::gzip:
      return archive_write_add_filter_gzip(handle);
    case Filter::bzip2:
      return archive_write_add_filter_bzip2(handle);
    case Filter::xz:
      return archive_write_add_filter_xz(handle);
    case Filter::zstd:
      return archive_write_add_filter_zstd(handle);
  }
  return ARCHIVE_FATAL;
}

int set_container(::archive* handle, Container container) {
  switch (container) {
    case Container::file:
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

const char* module_of(Shape shape) {
  switch (shape.filter) {
    case Filter::gzip:
      return "gzip";
    case Filter::bzip2:
      return "bzip2";
    case Filter::xz:
      return "xz";
    case Filter::zstd:
      return "zstd";
    case Filter::none:
      break;
  }
  return shape.container == Container::zip ? "zip" : "7zip";
}

int set_option(::archive* handle, Shape shape, const char* option, int value) {
  const auto text = std::to_string(value);
  return shape.filter != Filter::none
             ? archive_write_set_filter_option(handle, module_of(shape), option, text.c_str())
             : archive_write_set_format_option(handle, module_of(shape), option, text.c_str());
}

int set_level(::archive* handle, const WriterSettings& settings) {
  if (!settings.level && settings.shape.container != Container::seven_zip) return ARCHIVE_OK;
  // bzip2 and zstd have no 0 (to zstd it means its default).
  const bool no_zero = settings.shape.filter == Filter::bzip2 || settings.shape.filter == Filter::zstd;
  return set_option(handle, settings.shape, "compression-level",
                    std::max(settings.level.value_or(kUsual7z), no_zero ? 1 : 0));
}

int set_threads(::archive* handle, const WriterSettings& settings) {
  const bool xz = settings.shape.filter == Filter::xz && settings.level.value_or(kUsualXz) <= kThreadableXz;
  const bool zstd =
      settings.shape.filter == Filter::zstd && settings.level.value_or(kUsualZstd) <= kThreadableZstd;
  if (settings.threads < 2 || !(xz || zstd)) return ARCHIVE_OK;
  return set_option(handle, settings.shape, "threads", static_cast<int>(std::min(settings.threads, 64U)));
}

}  // namespace

Result<std::unique_ptr<EntryWriter>> EntryWriter::open(const WriterSettings& settings, Writer& target,
                                                       Context& context) {
  std::unique_ptr<EntryWriter> writer(new EntryWriter(settings, target, context));
  if (auto started = writer->start(settings); !started) return started.error();
  return writer;
}

/// libarchive frees a compressor only when it is closed, and that of a zip's entry only when the entry is
/// finished. Other formats would fill up the entry with zeros first; on a failed handle they do not.
EntryWriter::~EntryWriter() {
  if (closed_) return;
  const bool zip = shape_.container == Container::zip;
  sink_.stop(zip ? Sink::Rest::vanishes : Sink::Rest::fails);
  if (zip) archive_write_finish_entry(handle_.get());
  archive_write_fail(handle_.get());
  archive_write_close(handle_.get());
}

Result<void> EntryWriter::start(const WriterSettings& settings) {
  auto* const handle = handle_.get();
  if (auto set = check(set_container(handle, shape_.container)); !set) return set;
  if (auto added = check(add_filter(handle, shape_.filter)); !added) return added;
  if (auto set = check(set_level(handle, settings)); !set) return set;
  if (auto set = check(set_threads(handle, settings)); !set) return set;
  if (shape_.filter == Filter::gzip) archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr);
  if (shape_.container != Container::file) {
    const char* module = shape_.container == Container::zip   ? "zip"
                         : shape_.container == Container::tar ? "pax"
                                                              : nullptr;
    if (module != nullptr) archive_write_set_format_option(handle, module, "hdrcharset", "UTF-8");
  }
  const bool padded = shape_.container == Container::tar && shape_.filter == Filter::none;
  archive_write_set_bytes_per_block(handle, kBlock);
  archive_write_set_bytes_in_last_block(handle, padded ? kTarRecord : 1);
  return check(sink_.open(handle));
}

Result<void> EntryWriter::check(int status) {
  if (status == ARCHIVE_OK || status == ARCHIVE_WARN) return {};
  if (sink_.failure()) return *sink_.failure();
  const bool memory = archive_errno(handle_.get()) == ENOMEM;
  return Error{memory ? Errc::unavailable : Errc::io,
               fmt::format("{} could not be written: {}.",
                           name_.empty() ? "The output" : fmt::format("The entry \"{}\"", name_),
                           memory ? "there is not enough memory" : reason(handle_.get())),
               memory};
}

Result<void> EntryWriter::begin(const Entry& entry) {
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
  if (shape_ == Shape{Container::file, Filter::gzip}) {
    if (auto name = last_part(entry.name))
      sink_.name_in_gzip_header(*std::move(name), archive_entry_mtime(meta));
  }
  return check(archive_write_header(handle_.get(), meta));
}

Result<void> EntryWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPiece));
    const auto written = archive_write_data(handle_.get(), piece.data(), piece.size());
    if (written < 0) return check(ARCHIVE_FATAL);
    if (written == 0) {
      return Error{Errc::io, fmt::format("The entry \"{}\" has more bytes than its size said.", name_)};
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> EntryWriter::end() { return check(archive_write_finish_entry(handle_.get())); }

Result<void> EntryWriter::close() {
  closed_ = true;
  return check(archive_write_close(handle_.get()));
}

}  // namespace convert::archive
