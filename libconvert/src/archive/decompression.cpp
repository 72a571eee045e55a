// SPDX-License-Identifier: MIT
#include "archive/decompression.hpp"

#include <algorithm>

#include "archive/libarchive_reader.hpp"

namespace convert::archive {
namespace {

int compression_code(Compression compression) {
  switch (compression) {
    case Compression::bzip2:
      return ARCHIVE_FILTER_BZIP2;
    case Compression::xz:
      return ARCHIVE_FILTER_XZ;
    case Compression::zstd:
      return ARCHIVE_FILTER_ZSTD;
    case Compression::gzip:
      return ARCHIVE_FILTER_GZIP;
    case Compression::none:
      break;
  }
  return ARCHIVE_FILTER_NONE;
}

class DecompressingReader : public Reader {
 public:
  DecompressingReader(Compression compression, Reader& packed, ConversionContext& context)
      : compression_(compression), reader_(packed), blocks_(reader_), context_(context) {}

  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  Result<void> open();

  Compression compression_;
  LibarchiveReader reader_;
  EntryBlockReader blocks_;
  std::span<const std::byte> block_;
  ConversionContext& context_;
  std::uint64_t unpacked_ = 0;
  bool opened_ = false;
  bool empty_ = false;
};

constexpr std::string_view kCompressedInput = "The compressed input";

/// How long the file of nothing is, the shortest there is.
std::uint64_t min_compressed_size(Compression compression) {
  switch (compression) {
    case Compression::bzip2:
      return 14;
    case Compression::xz:
      return 32;
    case Compression::zstd:
      return 9;
    case Compression::gzip:
      return 20;
    case Compression::none:
      break;
  }
  return 0;
}

Result<void> DecompressingReader::open() {
  auto* const handle = reader_.handle();
  archive_read_support_format_raw(handle);
  archive_read_support_format_empty(handle);
  // A chosen filter, not a guessed one: libarchive would take off up to 25 layers.
  if (archive_read_append_filter(handle, compression_code(compression_)) != ARCHIVE_OK ||
      reader_.open() != ARCHIVE_OK) {
    return libarchive_read_error(reader_, kCompressedInput);
  }
  // A failure in the very first bytes looks like emptiness to libarchive, but leaves its number.
  if (archive_errno(handle) != 0) return libarchive_read_error(reader_, kCompressedInput);
  ::archive_entry* entry = nullptr;
  const int status = archive_read_next_header(handle, &entry);
  if (status == ARCHIVE_EOF) {
    empty_ = true;
    if (reader_.delivered() < min_compressed_size(compression_))
      return Error{Errc::truncated_input, "The compressed input ends too early: get the whole file."};
  } else if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return libarchive_read_error(reader_, kCompressedInput);
  }
  opened_ = true;
  return {};
}

Result<std::size_t> DecompressingReader::read_at(std::uint64_t, std::span<std::byte> into) {
  if (!opened_) {
    if (auto opened = open(); !opened) return opened.error();
  }
  if (empty_) return std::size_t{0};
  if (block_.empty()) {
    auto next = blocks_.next(kCompressedInput);
    if (!next) return next.error();
    block_ = *next;
    unpacked_ += block_.size();
    if (auto checked = context_.check_ratio(unpacked_); !checked) return checked.error();
  }
  const auto count = std::min(block_.size(), into.size());
  std::copy_n(block_.begin(), count, into.begin());
  block_ = block_.subspan(count);
  return count;
}

}  // namespace

Result<std::unique_ptr<Reader>> decompress(Compression compression, Reader& packed,
                                           ConversionContext& context) {
  if (compression == Compression::none) return Error{Errc::internal, "There is no compression to take off."};
  if (compression == Compression::gzip) return decompress_gzip(packed, context);
  return std::unique_ptr<Reader>(std::make_unique<DecompressingReader>(compression, packed, context));
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
