// SPDX-License-Identifier: MIT
#include "archive/unpack.hpp"

#include <algorithm>

#include "archive/read_handle.hpp"

namespace convert::archive {
namespace {

int filter_code(Filter filter) {
  switch (filter) {
    case Filter::bzip2:
      return ARCHIVE_FILTER_BZIP2;
    case Filter::xz:
      return ARCHIVE_FILTER_XZ;
    case Filter::zstd:
      return ARCHIVE_FILTER_ZSTD;
    case Filter::gzip:
      return ARCHIVE_FILTER_GZIP;
    case Filter::none:
      break;
  }
  return ARCHIVE_FILTER_NONE;
}

class FilterReader : public Reader {
 public:
  FilterReader(Filter filter, Reader& packed, Context& context)
      : filter_(filter), feed_(packed), blocks_(feed_), context_(context) {}

  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  Result<void> open();

  Filter filter_;
  ReadFeed feed_;
  EntryBlocks blocks_;
  std::span<const std::byte> block_;
  Context& context_;
  std::uint64_t unpacked_ = 0;
  bool opened_ = false;
  bool empty_ = false;
};

constexpr std::string_view kWhat = "The compressed input";

/// How long the file of nothing is, the shortest there is.
std::uint64_t shortest(Filter filter) {
  switch (filter) {
    case Filter::bzip2:
      return 14;
    case Filter::xz:
      return 32;
    case Filter::zstd:
      return 9;
    case Filter::gzip:
      return 20;
    case Filter::none:
      break;
  }
  return 0;
}

Result<void> FilterReader::open() {
  auto* const handle = feed_.handle();
  archive_read_support_format_raw(handle);
  archive_read_support_format_empty(handle);
  // A chosen filter, not a guessed one: libarchive would take off up to 25 layers.
  if (archive_read_append_filter(handle, filter_code(filter_)) != ARCHIVE_OK || feed_.open() != ARCHIVE_OK) {
    return read_error(feed_, kWhat);
  }
  // A failure in the very first bytes looks like emptiness to libarchive, but leaves its number.
  if (archive_errno(handle) != 0) return read_error(feed_, kWhat);
  ::archive_entry* entry = nullptr;
  const int status = archive_read_next_header(handle, &entry);
  if (status == ARCHIVE_EOF) {
    empty_ = true;
    if (feed_.delivered() < shortest(filter_))
      return Error{Errc::truncated_input, "The compressed input ends too early: get the whole file."};
  } else if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return read_error(feed_, kWhat);
  }
  opened_ = true;
  return {};
}

Result<std::size_t> FilterReader::read_at(std::uint64_t, std::span<std::byte> into) {
  if (!opened_) {
    if (auto opened = open(); !opened) return opened.error();
  }
  if (empty_) return std::size_t{0};
  if (block_.empty()) {
    auto next = blocks_.next(kWhat);
    if (!next) return next.error();
    block_ = *next;
    unpacked_ += block_.size();
    if (auto fine = context_.check_ratio(unpacked_); !fine) return fine.error();
  }
  const auto count = std::min(block_.size(), into.size());
  std::copy_n(block_.begin(), count, into.begin());
  block_ = block_.subspan(count);
  return count;
}

}  // namespace

Result<std::unique_ptr<Reader>> unpack(Filter filter, Reader& packed, Context& context) {
  if (filter == Filter::none) return Error{Errc::internal, "There is no compression to take off."};
  if (filter == Filter::gzip) return unpack_gzip(packed, context);
  return std::unique_ptr<Reader>(std::make_unique<FilterReader>(filter, packed, context));
}

std::span<const std::byte> PeekReader::peek(std::size_t want) {
  const auto have = head_.size();
  if (have < want) head_.resize(want);
  auto filled = have;
  while (filled < want && !failure_) {
    auto got = source_.read_at(filled, std::span(head_).subspan(filled));
    if (!got) {
      failure_ = got.error();
    } else if (*got == 0) {
      break;
    } else {
      filled += *got;
    }
  }
  head_.resize(filled);
  return head_;
}

Result<std::size_t> PeekReader::read_at(std::uint64_t offset, std::span<std::byte> into) {
  if (offset < head_.size()) {
    const auto rest = std::span(head_).subspan(static_cast<std::size_t>(offset));
    const auto count = std::min(rest.size(), into.size());
    std::copy_n(rest.begin(), count, into.begin());
    return count;
  }
  if (failure_) return *failure_;
  return source_.read_at(offset, into);
}

}  // namespace convert::archive
