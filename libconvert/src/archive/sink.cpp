// SPDX-License-Identifier: MIT
#include "archive/sink.hpp"

#include <cerrno>
#include <limits>
#include <vector>

namespace convert::archive {
namespace {

constexpr std::size_t kGzipHeader = 10;

}  // namespace

int LibarchiveWriter::open(::archive* handle) {
  return archive_write_open2(handle, this, nullptr, &LibarchiveWriter::write, nullptr, nullptr);
}

void LibarchiveWriter::set_gzip_header_name(std::string name, std::int64_t modified) {
  gzip_name_ = GzipName{std::move(name), modified};
}

Result<void> LibarchiveWriter::put(std::span<const std::byte> bytes) {
  if (auto checked = context_.checkpoint(); !checked) return checked;
  if (auto put = target_.write_at(offset_, bytes); !put) return put;
  offset_ += bytes.size();
  context_.add_written(bytes.size());
  return {};
}

/// RFC 1952: flags say that a name follows the ten bytes, with a zero at its end.
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

}  // namespace convert::archive
